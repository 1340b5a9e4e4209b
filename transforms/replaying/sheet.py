"""A return sheet (退回单) as a workbook: its fixed words, and how one that came back is told and read.

A worksheet a feed: the reason first, then the department's own columns, then what it may say (已改, 作废) and the
place and id of each row. A hidden worksheet holds the signed mark by which the lake knows its own.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from schemas.errors import BatchRefused
from transforms.cleaning.tokens import Keys
from transforms.reading.headers import fold
from transforms.reading.source import SourceFile
from transforms.reading.workbook_guard import refuse_dangerous
from transforms.replaying.delivered import Cell
from transforms.replaying.sheet_secrets import SheetRefused, verified

COVER, MARK = "填写说明", "退回单标记"
REASON, ACTION, TORN, FILE, ROW, LINE = "【问题说明】", "【处理】", "【原行】", "【文件】", "【行号】", "【编号】"
DONE, WITHDRAW = "已改", "作废"
LONGEST = 32_000  # characters a cell of a workbook holds, with some to spare
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SEND_BACK = "send back the workbook as it was handed over; only cells of the department's own columns may change"

Header = tuple[str, int]  # a header without what typists vary, and its how-manieth in the row


@dataclass(frozen=True)
class ReturnedRow:
    """A row of a sheet that came back. `at`: its row as the spreadsheet shows it."""

    worksheet: str
    at: int
    line_id: str
    action: str
    cells: dict[Header, Cell] = field(repr=False)


@dataclass(frozen=True)
class ReturnedSheet:
    """A sheet that came back, its mark verified."""

    sheet_id: str
    department: str
    made_on: date
    valid_until: date
    rows: list[ReturnedRow]


def headers_of(header: Sequence[str]) -> list[Header]:
    """What tells the columns of a file apart, whatever their order."""
    seen: Counter[str] = Counter()
    told = []
    for name in header:
        folded = fold(name)
        told.append((folded, seen[folded]))
        seen[folded] += 1
    return told


def shown(text: str) -> str:
    """A delivered text as a workbook can hold it: control characters as □, line ends as one, cut at the longest."""
    return _CONTROL.sub("□", text.replace("\r\n", "\n").replace("\r", "\n"))[:LONGEST]


def says_the_same(delivered: str, returned: str) -> bool:
    """True when nobody changed the cell: what spreadsheet programs vary on their own is no change."""
    return _bare(shown(delivered)) == _bare(returned)


def is_sheet(content: bytes) -> bool:
    """True for a plain workbook that calls itself a return sheet. Cheap: its list of worksheets alone is looked at."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.getinfo("xl/workbook.xml")
            return listed.file_size < 1 << 20 and MARK.encode() in _unescaped(archive.read(listed))
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, ValueError):
        return False


def read_sheet(content: bytes, keys: Keys) -> ReturnedSheet:
    """A plain workbook that calls itself a return sheet. Raises SheetRefused where it is not, or was changed."""
    try:
        refuse_dangerous(SourceFile("return.xlsx", content))
        grids = _grids(content)
    except BatchRefused as refusal:
        raise SheetRefused("the workbook cannot be read", refusal.mend) from None
    if MARK not in grids or not grids[MARK][0]:
        raise SheetRefused("the workbook has no mark of a return sheet", _SEND_BACK)
    told = verified(grids[MARK][0][0][0] or "", keys)
    rows = [row for name, (text, numeric) in grids.items() for row in _rows(name, text, numeric)]
    return ReturnedSheet(
        sheet_id=str(told["sheet"]),
        department=str(told["department"]),
        made_on=date.fromisoformat(told["made_on"]),
        valid_until=date.fromisoformat(told["valid_until"]),
        rows=rows,
    )


Grid = list[tuple[Any, ...]]


def _grids(content: bytes) -> dict[str, tuple[Grid, Grid]]:
    """Every worksheet as text, and where its cells are numbers (see `reading.workbook`)."""
    import fastexcel

    try:
        book = fastexcel.read_excel(content)
        return {
            name: (_loaded(book, name, "string"), _loaded(book, name, "boolean"))
            for name in book.sheet_names
            if name != COVER
        }
    except BaseException as error:  # a panic of the reader is no Exception
        if isinstance(error, KeyboardInterrupt | SystemExit | MemoryError):
            raise
        raise SheetRefused("the workbook is damaged", _SEND_BACK) from None


def _loaded(book: Any, name: str, kind: str) -> Grid:
    frame: pl.DataFrame = book.load_sheet(name, header_row=None, skip_rows=0, dtypes=kind).to_polars()
    return frame.rows()


def _rows(name: str, text: Grid, numeric: Grid) -> list[ReturnedRow]:
    """The rows of one worksheet; a worksheet without the fixed columns is somebody's own and left alone."""
    header = [cell or "" for cell in text[0]] if text else []
    if LINE not in header:
        return []
    missing = [column for column in (REASON, ACTION, FILE, ROW) if header.count(column) != 1]
    if missing or header.count(LINE) != 1:
        said = "、".join(missing) or LINE
        raise SheetRefused(f"worksheet {name} lacks the column {said}, or has it twice", _SEND_BACK)
    fixed = {column: header.index(column) for column in (ACTION, LINE)}
    own = [at for at, cell in enumerate(header) if cell not in (REASON, ACTION, TORN, FILE, ROW, LINE)]
    own = [at for at in own if at < fixed[ACTION]]
    keys = headers_of([header[at] for at in own])
    rows = []
    for number, cells in enumerate(text[1:], start=2):
        if not any((cell or "").strip() for cell in cells):
            continue
        is_number = numeric[number - 1] if number - 1 < len(numeric) else ()
        own_cells = {
            key: Cell(cells[at] or "", at < len(is_number) and is_number[at] is not None)
            for key, at in zip(keys, own, strict=True)
        }
        line = (cells[fixed[LINE]] or "").strip()
        rows.append(ReturnedRow(name, number, line, (cells[fixed[ACTION]] or "").strip(), own_cells))
    return rows


def _bare(text: str) -> str:
    """Without escapes some programs write out, and without spaces around."""
    plain = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    return "\n".join(line.strip() for line in plain.replace("\r\n", "\n").strip().split("\n"))


def _unescaped(xml: bytes) -> bytes:
    """The list of worksheets, names written as numbered characters (&#36864;) put back as letters."""
    return re.sub(rb"&#(\d{1,7});", lambda found: chr(min(int(found[1]), 0x10FFFF)).encode("utf-8", "replace"), xml)
