"""Looks at a spreadsheet before anything unpacks it: passwords, bombs, damage.

Own code: the spreadsheet reader unpacks first and asks later; here the archive's directory is read, and its members
are inflated in small pieces that are thrown away.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from schemas.errors import BatchRefused
from transforms.reading.source import SourceFile

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
UNPACKED_LIMIT = 2 * 1024**3  # bytes of all members
RATIO_LIMIT = 400  # deflate of honest sheets stays under 60
RATIO_FROM = 64 * 1024**2  # small files may compress as they like
MEMBERS_LIMIT = 10_000
CELLS_LIMIT = 60_000_000  # rows × columns the reader would lay out
PIECE = 1024 * 1024
SHEETS = "xl/worksheets/"
HELD_LIMIT = 768 * 1024**2  # bytes of a workbook unpacked that are held in memory


def refuse_dangerous(source: SourceFile) -> None:
    """Raises BatchRefused: encrypted_file, archive_bomb, unreadable_file."""
    if source.content.startswith(OLE):
        if ENCRYPTED_STREAM in source.content:
            raise _refused("encrypted_file", source, "the file opens with a password only", "have it sent without")
        return
    archive = _opened(source)
    for member in archive.infolist():
        _measure(source, archive, member)


def members_of(source: SourceFile) -> dict[str, bytes]:
    """What is packed in a file, unpacked under the same guard; nothing where that is too much to hold, two members
    share a name or one is damaged, which whoever reads the file is told. Raises BatchRefused like `refuse_dangerous`.
    """
    if source.content.startswith(OLE):
        return {}
    archive = _opened(source)
    members = archive.infolist()
    names = {member.filename for member in members}
    if sum(member.file_size for member in members) > HELD_LIMIT or len(names) < len(members):
        return {}
    held = {member.filename: b"".join(_measured(source, archive, member)) for member in members}
    sound = all(zlib.crc32(held[member.filename]) == member.CRC for member in members)
    return held if sound else {}


def _opened(source: SourceFile) -> zipfile.ZipFile:
    """Its directory, once it says nothing dangerous."""
    content = source.content
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError):
        raise _damaged(source) from None
    members = archive.infolist()
    if any(member.flag_bits & 0x1 for member in members):
        raise _refused("encrypted_file", source, "the file opens with a password only", "have it sent without")
    declared = sum(member.file_size for member in members)
    if len(members) > MEMBERS_LIMIT or _is_too_much(declared, len(content)):
        raise _bomb(source, declared)
    return archive


def refuse_zip_bomb(source: SourceFile) -> None:
    """The same for a zipped layer."""
    refuse_dangerous(source)


def _is_too_much(unpacked: int, packed: int) -> bool:
    return unpacked > UNPACKED_LIMIT or (unpacked > RATIO_FROM and unpacked > RATIO_LIMIT * max(packed, 1))


def _measure(source: SourceFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Inflate one member and throw it away."""
    for _ in _measured(source, archive, member):
        pass


def _measured(source: SourceFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """One member piece by piece: it may not hold more than it says, nor a grid of mostly nothing."""
    is_sheet = member.filename.startswith(SHEETS)
    unpacked, last_row, columns = 0, 0, 0
    tail = b""
    for piece in _pieces(source, archive, member):
        unpacked += len(piece)
        if unpacked > member.file_size:
            raise _bomb(source, unpacked)
        if is_sheet:
            seen = tail + piece
            last_row, columns = _extent(seen, last_row, columns)
            if last_row * columns > CELLS_LIMIT:
                raise _bomb(source, last_row * columns)
            tail = seen[-64:]
        yield piece


def _extent(xml: bytes, last_row: int, columns: int) -> tuple[int, int]:
    """The furthest row and column this piece names. Rows come in order, so the last one is enough."""
    at = xml.rfind(b"<row ")
    if at >= 0 and (row := re.match(rb'<row [^>]*?\br="(\d{1,9})"', xml[at:])):
        last_row = max(last_row, int(row[1]))
    if at >= 0 or not columns:
        widest = max(
            (cell[1] for cell in _CELL.finditer(xml, max(xml.rfind(b"<row ", 0, at), 0))), default=b"", key=_order
        )
        columns = max(columns, _column_number(widest))
    if far := _FAR_COLUMN.search(xml):
        columns = max(columns, _column_number(far[1]))
    return last_row, columns


_CELL = re.compile(rb'<c [^>]*?\br="([A-Z]{1,3})\d')
_FAR_COLUMN = re.compile(rb'<c r="([A-Z]{3})\d')


def _order(letters: bytes) -> tuple[int, bytes]:
    return len(letters), letters


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _pieces(source: SourceFile, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member's true content, beyond what its header declares if there is more (zipfile would stop there)."""
    header = source.content[member.header_offset : member.header_offset + 30]
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise _damaged(source)
    start = (
        member.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    )
    packed = source.content[start : start + member.compress_size]
    if member.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if member.compress_type != zipfile.ZIP_DEFLATED:
        raise _damaged(source)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        rest = packed
        while rest and not inflate.eof:
            yield inflate.decompress(rest, PIECE)
            rest = inflate.unconsumed_tail
    except zlib.error:
        raise _damaged(source) from None
    if not inflate.eof and member.file_size:
        raise _damaged(source)


def _bomb(source: SourceFile, size: int) -> BatchRefused:
    message = f"the file of {len(source.content):,} bytes would unpack to {size:,} or more"
    return _refused("archive_bomb", source, message, "ask the department what it sent")


def _damaged(source: SourceFile) -> BatchRefused:
    return _refused("unreadable_file", source, "the file is damaged or of another format", "have it exported again")


def _refused(rule: str, source: SourceFile, message: str, mend: str) -> BatchRefused:
    return BatchRefused(rule, message, mend, file=source.base_name)
