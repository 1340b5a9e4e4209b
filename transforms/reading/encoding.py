"""Bytes to UTF-8, and the name of the fault when the file is not written as its contract says.

Own code: guessing libraries (chardet and its kin) answer “what might this be”; the question here is “is it what was
agreed, and if not, from which row on”.
"""

from __future__ import annotations

import codecs
import threading
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import numpy as np

from schemas.errors import BatchRefused
from transforms.reading.source import SourceFile

UTF8_BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")
CHUNK = 32 * 1024 * 1024
EXAMINED = 200  # suspicious lines looked at one by one before the verdict
TOLERATED = 2  # broken lines that say nothing of the file, however short it is
ASK = "have the department export the whole file in the agreed encoding"


def to_utf8(source: SourceFile, encoding: str) -> bytes:
    """The content as UTF-8 without BOM; cells that cannot be decoded hold U+FFFD.

    Raises BatchRefused: wrong_encoding, mixed_encoding (both with the row) or truncated_file (ends inside a character).
    """
    content = source.content
    if content.startswith(WIDE_BOMS):
        raise _refused("wrong_encoding", source, 1, "the file is written in UTF-16")
    if content.startswith(UTF8_BOM):
        if encoding == "gb18030":
            raise _refused("wrong_encoding", source, 1, "the file is written in UTF-8 with BOM, agreed is GB18030")
        content = content[len(UTF8_BOM) :]
    if encoding == "gb18030":
        return b"".join(_from_gb18030(source, chunk, line) for chunk, line in _chunks(content))
    try:
        for chunk, _ in _chunks(content):
            chunk.decode("utf-8")
        return content
    except UnicodeDecodeError:
        return _mended_utf8(source, content)


def _chunks(content: bytes) -> Iterator[tuple[bytes, int]]:
    """Pieces that end at a line end, with the number of lines before each."""
    start, line = 0, 0
    while start < len(content):
        end = len(content)
        if end - start > CHUNK:
            cut = content.rfind(b"\n", start, start + CHUNK)
            end = cut + 1 if cut >= 0 else end
        chunk = content[start:end]
        yield chunk, line
        line += chunk.count(b"\n")
        start = end


def _from_gb18030(source: SourceFile, chunk: bytes, lines_before: int) -> bytes:
    foreign = _utf8_lines(chunk)
    if not lines_before and _is_utf8_header(chunk):
        foreign = foreign or [0]
    if foreign:
        sample = list(_non_ascii(source.content))
        if _nearly_all(sum(map(_is_utf8, sample)), len(sample)):
            raise _refused("wrong_encoding", source, 1, "the file is written in UTF-8, agreed is GB18030")
        message = f"{len(foreign)} or more lines are written in UTF-8, agreed is GB18030"
        raise _refused("mixed_encoding", source, lines_before + foreign[0] + 1, message)
    text, bad = _decoded(chunk, "gb18030")
    if not bad:
        return text.encode()
    last = chunk[chunk.rfind(b"\n") + 1 :]
    if bad[-1].end == len(chunk) and _cut_off(last, "gb18030"):
        row = lines_before + bad[-1].number + 1
        raise _refused("truncated_file", source, row, "the file ends inside a character", "")
    if _too_many(len(bad), chunk):
        row = lines_before + bad[0].number + 1
        raise _refused("wrong_encoding", source, row, "the file is not written in GB18030")
    return text.encode()


def _mended_utf8(source: SourceFile, content: bytes) -> bytes:
    """UTF-8 with some undecodable lines: broken cells become U+FFFD, lines in another encoding refuse."""
    text, bad = _decoded(content, "utf-8")
    last = content[content.rfind(b"\n") + 1 :]
    if bad[-1].end == len(content) and _cut_off(last, "utf-8"):
        raise _refused("truncated_file", source, bad[-1].number + 1, "the file ends inside a character", "")
    foreign = [line for line in bad[:EXAMINED] if _is_gb18030(content[line.start : line.end])]
    if foreign or _too_many(len(bad), content):
        first = (foreign or bad)[0]
        kind = "GB18030" if foreign else "another encoding"
        if _nearly_all(len(bad), sum(1 for _ in _written(content))):
            row = first.number + 1
            raise _refused("wrong_encoding", source, row, f"the file is written in {kind}, agreed is UTF-8")
        message = f"{len(bad)} lines are written in {kind}, agreed is UTF-8"
        raise _refused("mixed_encoding", source, first.number + 1, message)
    return text.encode()


class _Line(NamedTuple):
    """A line by its number (from 0) and where it stands, its line end apart."""

    number: int
    start: int
    end: int


def _decoded(content: bytes, encoding: str) -> tuple[str, list[_Line]]:
    """The text, U+FFFD for what cannot be decoded, and the lines where that was.

    A line end is no part of any character of the two encodings: no fault reaches into the next line.
    """
    faults: list[int] = []

    def note(error: UnicodeError) -> tuple[str, int]:
        assert isinstance(error, UnicodeDecodeError)
        faults.append(error.start)
        return "�", error.end

    handler = f"note_{threading.get_ident()}"
    codecs.register_error(handler, note)
    text = content.decode(encoding, handler)
    bad: list[_Line] = []
    number, at = 0, 0
    for fault in faults:
        if bad and fault < bad[-1].end:
            continue
        number, at = number + content.count(b"\n", at, fault), fault
        end = content.find(b"\n", fault)
        bad.append(_Line(number, content.rfind(b"\n", 0, fault) + 1, end if end >= 0 else len(content)))
    return text, bad


def _too_many(bad: int, content: bytes) -> bool:
    """Broken cells are rare; a fifth of the lines that are not ASCII says another encoding. No more lines are looked
    at than it takes to tell."""
    if bad <= TOLERATED:
        return False
    return sum(1 for _ in islice(_written(content), 5 * bad)) < 5 * bad


def _written(content: bytes) -> Iterator[bytes]:
    """The lines that are not ASCII."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start)
        end = end if end >= 0 else len(content)
        line = content[start:end]
        if not line.isascii():
            yield line
        start = end + 1


def _nearly_all(lines: int, written: int) -> bool:
    """A short line may read in either encoding by accident, so the whole file is told from a part of it by nine in
    ten lines that are not ASCII."""
    return lines * 10 >= written * 9


def _utf8_lines(chunk: bytes) -> list[int]:
    """Line numbers (from 0) of what is plainly UTF-8 inside a GB18030 chunk: three Han characters in a row, and the
    whole line valid UTF-8. By array: a regular expression over the bytes takes ten times as long."""
    octets = np.frombuffer(chunk, np.uint8)
    if len(octets) < 9:
        return []
    is_lead = (octets - np.uint8(0xE4)) <= 5  # what is below 0xE4 wraps around and is large
    hits = np.flatnonzero(is_lead[:-8])
    for step in (3, 6):
        hits = hits[is_lead[hits + step]]
    for step in (1, 2, 4, 5, 7, 8):
        hits = hits[(octets[hits + step] & 0xC0) == 0x80]
    found: list[int] = []
    before = -1
    for at in hits[:100_000]:
        if at < before:
            continue
        start, end = chunk.rfind(b"\n", 0, at) + 1, chunk.find(b"\n", at)
        before = end if end >= 0 else len(chunk)
        if _is_utf8(chunk[start:before]):
            found.append(chunk.count(b"\n", 0, start))
            if len(found) == EXAMINED:
                break
    return found


def _is_utf8_header(chunk: bytes) -> bool:
    """The header is short; all of it valid UTF-8 with Han characters is no accident."""
    header = chunk.split(b"\n", 1)[0]
    return _is_utf8(header) and any("一" <= character <= "龥" for character in header.decode())


def _non_ascii(content: bytes) -> Iterator[bytes]:
    return (line for line in content.split(b"\n")[:10_000] if not line.isascii())


def _is_utf8(line: bytes) -> bool:
    return _decodes(line, "utf-8")


def _is_gb18030(line: bytes) -> bool:
    """True when most of what is not ASCII fails as UTF-8 and reads as GB18030: no mere broken cell."""
    high = sum(octet >= 0x80 for octet in line)
    as_utf8 = sum(not character.isascii() for character in line.decode("utf-8", "ignore"))
    return high >= 4 and as_utf8 * 4 <= high and _decodes(line, "gb18030")


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _cut_off(line: bytes, encoding: str) -> bool:
    """True when the line would decode but for an unfinished character at its very end."""
    return bool(line) and any(_decodes(line[:-missing], encoding) for missing in (1, 2, 3)) and line[-1] >= 0x80


def _refused(rule: str, source: SourceFile, row: int, message: str, mend: str = ASK) -> BatchRefused:
    return BatchRefused(
        rule, message, mend or "ask the department to send the file again", file=source.base_name, row=row
    )
