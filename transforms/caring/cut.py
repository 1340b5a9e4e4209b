"""A person's rows cut out of a delivered file: the row stays as an empty one, so that the others keep their numbers.

By kind of file, told by its first bytes: lines (CSV, JSON Lines), XLSX, DBF, GeoPackage. A file of another kind, or one
that cannot be cut, that holds the number is dropped whole: an empty file is left in its place.
"""

from __future__ import annotations

import io
import re
import sqlite3
import unicodedata
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass

from transforms.caring.subject import Subject
from transforms.reading.source import SourceFile

ENCODINGS = ("utf-8", "gb18030")
_ROW = re.compile(rb"<row\b[^>]*?(?:/>|>.*?</row>)", re.DOTALL)
_CELL = re.compile(rb"<c\b[^>]*?(?:/>|>.*?</c>)", re.DOTALL)
_SHARED = re.compile(rb"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_INDEX = re.compile(rb'\bt="s"[^>]*>.*?<v>(\d+)</v>', re.DOTALL)


@dataclass(frozen=True)
class Cut:
    """The file without the person; `rows` cut out of it. `is_dropped`: the whole file went."""

    file: SourceFile
    rows: int
    is_dropped: bool = False


def cut(file: SourceFile, subject: Subject) -> Cut:
    """The file as it is where it does not hold the person; `rows` is 0 then."""
    content = file.content
    if not holds(content, subject):
        return Cut(file, 0)
    try:
        if content.startswith(b"PK\x03\x04"):
            made, rows = _workbook(content, subject)
        elif content.startswith(b"SQLite format 3\x00"):
            made, rows = _geopackage(content, subject)
        elif file.name.lower().endswith(".dbf"):
            made, rows = _dbase(content, subject)
        else:
            made, rows = _lines(content, subject)
        if rows and not holds(made, subject):
            return Cut(SourceFile(file.name, made, file.shown), rows)
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, sqlite3.Error):
        pass
    return Cut(SourceFile(file.name, b"", file.shown), 1, is_dropped=True)


def holds(content: bytes, subject: Subject) -> bool:
    """True when the number stands anywhere in a content, compressed members of a ZIP included."""
    pattern = subject.pattern()
    return any(pattern.search(text) for part in _parts(content) for text in _texts(part))


def _parts(content: bytes) -> Iterable[bytes]:
    yield content
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as opened:
                for name in opened.namelist():
                    yield from _parts(opened.read(name))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError):
            return


def _texts(content: bytes) -> Iterable[str]:
    """The content read in the encodings a number may stand in. Latin letters are the same in all but UTF-16."""
    yield content.decode("utf-8", "replace")
    if any(byte >= 0x80 for byte in content[:65536]):
        yield content.decode("gb18030", "replace")
    if b"\x00" in content:
        yield content.decode("utf-16-le", "replace")
        yield content[1:].decode("utf-16-le", "replace")


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1"), "latin-1"


def _lines(content: bytes, subject: Subject) -> tuple[bytes, int]:
    """Records that hold the number become blank lines. A record is a line, or several joined by an open quote."""
    text, encoding = _decoded(content)
    pattern = subject.pattern()
    lines = text.splitlines(keepends=True) if "\n" not in text else re.findall(r"[^\n]*\n|[^\n]+\Z", text)
    is_json = text.lstrip("\ufeff \r\n").startswith("{")
    kept: list[str] = []
    rows, at = 0, 0
    while at < len(lines):
        end = at + 1
        if not is_json and lines[at].count('"') % 2:
            closing = next((n for n in range(at + 1, min(at + 50, len(lines))) if lines[n].count('"') % 2), None)
            end = closing + 1 if closing is not None else end
        record = "".join(lines[at:end])
        if pattern.search(record):
            rows += 1
            kept.append(record[len(record.rstrip("\r\n")) :])
        else:
            kept.append(record)
        at = end
    return "".join(kept).encode(encoding), rows


def _dbase(content: bytes, subject: Subject) -> tuple[bytes, int]:
    """Records that hold the number are marked deleted and filled with spaces: readers count them and leave them out."""
    start, width = int.from_bytes(content[8:10], "little"), int.from_bytes(content[10:12], "little")
    if width < 2 or start < 33:
        raise ValueError("no DBF table")
    made, rows = bytearray(content), 0
    pattern = subject.pattern()
    for at in range(start, len(content) - width + 1, width):
        record = content[at : at + width]
        if any(pattern.search(text) for text in _texts(record)):
            made[at : at + width] = b"*" + b" " * (width - 1)
            rows += 1
    return bytes(made), rows


def _geopackage(content: bytes, subject: Subject) -> tuple[bytes, int]:
    """Rows that hold the number lose every value but their own id; the file is packed so that nothing is left over."""
    rows, pattern = 0, subject.pattern()
    con = sqlite3.connect(":memory:", isolation_level=None)
    try:
        con.deserialize(content)  # originals are never plain on a disk
        con.execute("PRAGMA secure_delete = ON")
        for (trigger,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            con.execute(f'DROP TRIGGER "{trigger}"')
        for (table,) in con.execute("SELECT table_name FROM gpkg_contents").fetchall():
            columns = con.execute(f'PRAGMA table_info("{table}")').fetchall()
            empty = ", ".join(f'"{one[1]}" = NULL' for one in columns if not one[5])
            for rowid, *values in con.execute(f'SELECT rowid, * FROM "{table}"').fetchall():
                if any(isinstance(value, str) and pattern.search(value) for value in values):
                    con.execute(f'UPDATE "{table}" SET {empty} WHERE rowid = ?', (rowid,))
                    rows += 1
        con.execute("VACUUM")
        return con.serialize(), rows
    finally:
        con.close()


def _workbook(content: bytes, subject: Subject) -> tuple[bytes, int]:
    """Rows of sheets that hold the number lose their cells; texts nobody uses any more are emptied."""
    pattern = subject.pattern()
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        members = {info.filename: (info, opened.read(info)) for info in opened.infolist()}
    shared_name = next((name for name in members if name.endswith("sharedStrings.xml")), None)
    shared = _SHARED.findall(members[shared_name][1]) if shared_name else []
    hits = {number for number, item in enumerate(shared) if pattern.search(_plain(item))}
    rows, gone, used = 0, set[int](), set[int]()

    def emptied(found: re.Match[bytes]) -> bytes:
        nonlocal rows
        row = found.group()
        texts = {int(number) for cell in _CELL.findall(row) for number in _INDEX.findall(cell)}
        if texts & hits or pattern.search("\n".join(_plain(cell) for cell in _CELL.findall(row))):
            rows += 1
            gone.update(texts)
            return row[: row.index(b">")].rstrip(b"/") + b"/>"
        used.update(texts)
        return row

    made = {}
    for name, (info, part) in members.items():
        is_sheet = "/worksheets/" in name and name.endswith(".xml")
        made[name] = (info, _ROW.sub(emptied, part) if is_sheet else part)
    if shared_name:
        numbers = iter(range(len(shared)))

        def forgotten(found: re.Match[bytes]) -> bytes:
            return b"<si><t/></si>" if next(numbers) in (gone | hits) - used else found.group()

        info, part = made[shared_name]
        made[shared_name] = (info, _SHARED.sub(forgotten, part))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as written:
        for info, part in made.values():
            written.writestr(info, part)
    return buffer.getvalue(), rows


def _plain(xml: bytes) -> str:
    return unicodedata.normalize("NFC", _TAG.sub("", xml.decode("utf-8", "replace")))
