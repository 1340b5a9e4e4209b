"""Rows of a workbook as lines (`known_lines`): the XML of a row, its number apart.

A row that was deleted moves all rows below it, and with them the number in every reference (`<c r="A17"`); what they
hold is the same. Only a workbook written the plain way is cut: one sheet, rows in order, every cell with its reference,
none beside the header. Cells point into the styles and the shared strings, so these belong to the form of the file:
where a department's program writes its texts there, a day with another text is read whole.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.source import SourceFile
from transforms.reading.workbook import HEADER_WITHIN, read_workbook
from transforms.reading.workbook_guard import SHEETS, members_of

RELATED, IS_SHEET = "xl/_rels/workbook.xml.rels", b'/worksheet"'
PROPERTIES = "docProps/"  # who saved it when: no cell depends on it
ROW, CELL, END = b'<row r="', b'<c r="', b"</sheetData>"
ANY_ROW = b"<row"
PIECE = 16 * 1024 * 1024  # bytes searched for tags at once
DIGITS = 7  # of the last row a sheet may have
_CELL = re.compile(rb'<c r="([A-Z]+)\d+"')


@dataclass(frozen=True)
class Rows:
    """A sheet cut into rows, one for each number from 1, an empty one where the sheet has none.

    `starts`: where each begins in the sheet, and the end of the last. `plain`: the sheet's bytes, 0 for every digit of
    a row's number. `form`: what else the meaning of a cell depends on. `members`: the workbook unpacked, of which
    `name` is the sheet.
    """

    members: Mapping[str, bytes]
    name: str
    starts: np.ndarray
    plain: np.ndarray
    form: bytes


def rows_of(source: SourceFile, contract: Contract) -> Rows | None:
    """The rows of an XLSX file; None where they are not written the plain way, or the file would be refused."""
    try:
        members = members_of(source)
    except BatchRefused:
        return None
    name = _only_sheet(members)
    sheet = members.get(name, b"")
    begin, end = sheet.find(ROW), sheet.rfind(END)
    if not 0 <= begin < end or sheet.find(ANY_ROW) < begin:
        return None
    octets = np.frombuffer(sheet, np.uint8).copy()
    rows, cells, others = _tags(octets, begin, end)
    numbers, digits = _numbers(octets, rows)
    plainly = _all_begin(octets, rows, ROW) and _all_begin(octets, cells, CELL)
    if others or not plainly or np.diff(numbers, prepend=0).min() < 1:
        return None
    starts = np.append(rows, end)
    head = sheet[: starts[np.searchsorted(numbers, HEADER_WITHIN, "right")]] + sheet[end:]
    header = _header(_packed(source, members, name, head), head, contract)
    if header is None or not _forget_numbers(octets, rows, cells, digits, len(header)):
        return None
    whole = np.repeat(starts, np.diff(numbers, prepend=0, append=numbers[-1] + 1))
    return Rows(members, name, whole, octets, _form(sheet[:begin], header, members, name))


def rest_of_rows(source: SourceFile, rows: Rows, keep: np.ndarray) -> tuple[SourceFile, np.ndarray]:
    """The workbook with the rows to `keep` alone, and for each of its row numbers (from 1) that of the whole sheet.

    Rows among which the header is looked for keep their numbers, those below follow without a gap.
    """
    at, sheet = rows.starts.tolist(), rows.members[rows.name]
    places = [place for place in np.flatnonzero(keep).tolist() if place < HEADER_WITHIN or at[place] < at[place + 1]]
    kept = [
        row if place < HEADER_WITHIN else _renumbered(row, number)
        for number, place in enumerate(places, 1)
        if (row := sheet[at[place] : at[place + 1]])
    ]
    rest = sheet[: at[0]] + b"".join(kept) + sheet[at[-1] :]
    return _packed(source, rows.members, rows.name, rest), np.array(places, np.uint32) + 1


def _only_sheet(members: Mapping[str, bytes]) -> str:
    """The member that is the one sheet of the workbook; empty where there is another one, wherever it lies."""
    sheets = [name for name in members if name.startswith(SHEETS) and name.endswith(".xml")]
    related = members.get(RELATED, b"")
    if len(sheets) != 1 or related.count(IS_SHEET) != 1:
        return ""
    return sheets[0] if sheets[0].removeprefix("xl/").encode() + b'"' in related else ""


def _tags(octets: np.ndarray, begin: int, end: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Where rows and where cells begin, and how many comments, instructions and the like there are, in which anything
    may look like a tag: elsewhere no text holds a bare <."""
    rows, cells, others = [], [], 0
    for at in range(begin, end, PIECE):
        tags = np.flatnonzero(octets[at : min(at + PIECE, end)] == ord("<")) + at
        first = octets[tags + 1]
        named_r = tags[first == ord("r")]  # a run of rich text is <r>
        rows.append(named_r[octets[named_r + 2] == ord("o")])
        cells.append(tags[first == ord("c")])
        others += int(((first == ord("!")) | (first == ord("?"))).sum())
    return np.concatenate(rows), np.concatenate(cells), others


def _all_begin(octets: np.ndarray, tags: np.ndarray, opening: bytes) -> bool:
    return all((octets[tags + place] == octet).all() for place, octet in enumerate(opening))


def _numbers(octets: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Every row's number, and its digits one after the other, 0 behind the last."""
    numbers, is_digit, digits = np.zeros(len(rows), np.int64), np.ones(len(rows), bool), []
    for place in range(DIGITS):
        octet = octets[rows + (len(ROW) + place)]
        is_digit &= (octet >= ord("0")) & (octet <= ord("9"))
        numbers = np.where(is_digit, numbers * 10 + octet - ord("0"), numbers)
        digits.append(np.where(is_digit, octet, 0))
    return numbers, digits


def _header(head: SourceFile, sheet: bytes, contract: Contract) -> list[str] | None:
    """The header as it is read, where it reaches from the first column to the last one among the rows beside it."""
    try:
        header = read_workbook(head, contract).header
    except BatchRefused:
        return None
    columns = {_column(name) for name in _CELL.findall(sheet)}
    return header if {1, len(header)} <= columns and max(columns) == len(header) else None


def _column(name: bytes) -> int:
    number = 0
    for letter in name:
        number = number * 26 + letter - 64
    return number


def _forget_numbers(
    octets: np.ndarray, rows: np.ndarray, cells: np.ndarray, digits: list[np.ndarray], width: int
) -> bool:
    """Writes 0 over the number of every row and in the reference of every cell; False where one stands in another row
    than it says, or beside the header."""
    letter, column = octets[cells + len(CELL)], np.zeros(len(cells), np.int64)
    at = cells + len(CELL)
    for _ in range(3):
        is_letter = (letter >= ord("A")) & (letter <= ord("Z"))
        column = np.where(is_letter, column * 26 + letter - 64, column)
        at = at + is_letter
        letter = octets[at]
    if len(cells) and not 1 <= column.min() <= column.max() <= width:
        return False
    behind = rows + (len(ROW) + sum(digit > 0 for digit in digits))
    many = np.diff(np.searchsorted(cells, np.append(rows, len(octets))))
    for place, digit in enumerate(digits):
        in_row, in_cell = digit > 0, np.repeat(digit, many)
        if not in_row.any():
            break
        wanted = in_cell > 0
        if (octets[at[wanted]] != in_cell[wanted]).any():
            return False
        octets[rows[in_row] + (len(ROW) + place)] = ord("0")
        octets[at[wanted]] = ord("0")
        at = at + wanted
    return bool((octets[at] == ord('"')).all() and (octets[behind] == ord('"')).all())


def _renumbered(row: bytes, number: int) -> bytes:
    behind = row[row.index(b'"', len(ROW)) :]
    return ROW + b"%d" % number + _CELL.sub(rb'<c r="\g<1>%d"' % number, behind)


def _form(opening: bytes, header: list[str], members: Mapping[str, bytes], name: str) -> bytes:
    others = {other: content for other, content in members.items() if other != name}
    digests = {
        other: hashlib.sha256(content).hexdigest()
        for other, content in sorted(others.items())
        if not other.startswith(PROPERTIES)
    }
    written = opening[: opening.find(b">", opening.find(b"<worksheet")) + 1]  # its encoding and names
    return written + json.dumps([header, name, digests]).encode()


def _packed(source: SourceFile, members: Mapping[str, bytes], name: str, sheet: bytes) -> SourceFile:
    """The workbook with another sheet in place of its own."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, sheet if member == name else content)
    return SourceFile(source.name, whole.getvalue(), source.shown)
