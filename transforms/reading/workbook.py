"""XLSX and XLS: the sheet as text, with the cells' types beside it and the header found among titles."""

from __future__ import annotations

from typing import Any

import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.headers import count_known, file_columns
from transforms.reading.source import Sheet, SourceFile, ignored_lines
from transforms.reading.workbook_guard import refuse_dangerous

HEADER_WITHIN = 30  # rows searched for the header
WIDEST = 1024  # columns read


def read_workbook(source: SourceFile, contract: Contract) -> Sheet:
    """One sheet as a grid of text; formulas by their last computed value.

    Row numbers are those the spreadsheet shows. A header may span two rows (merged groups above, names below).
    Raises BatchRefused: encrypted_file, archive_bomb, unreadable_file, missing_column.
    """
    refuse_dangerous(source)
    text, numeric = _load(source, contract)
    if text.is_empty():
        raise BatchRefused(
            "no_rows", "the sheet is empty", "ask the department to send it again", file=source.base_name
        )
    header, top, bottom = _header(text, contract)
    rows = text.with_row_index("row_number", 1).with_columns(pl.col("row_number").cast(pl.UInt32))
    width = [str(position) for position in range(len(header))]
    filled = pl.any_horizontal(pl.col(name).str.strip_chars().fill_null("") != "" for name in width)
    titles = rows.head(top).filter(filled)
    return Sheet(
        header=header,
        body=rows.slice(bottom + 1),
        ignored=ignored_lines(source.base_name, titles, "title line"),
        numeric=numeric.slice(bottom + 1),
    )


def _load(source: SourceFile, contract: Contract) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The sheet twice: as text, and as truth values, which the reader fills for number cells alone.

    That second load is how a number is told from digits typed as text: no reader of the two formats gives cell types
    in bulk, and the loss is invisible in the text.
    """
    import fastexcel

    try:
        book = fastexcel.read_excel(source.content)
        sheet = _sheet_name(book, contract)
        text = _grid(book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string"))
        numeric = _grid(book.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="boolean"))
    except BatchRefused:
        raise
    except Exception as error:
        if "password" in str(error).lower():
            raise _refused("encrypted_file", source, "the file opens with a password only") from None
        raise _refused("unreadable_file", source, "the file is damaged or no spreadsheet") from None
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ != "PanicException":
            raise
        raise _refused("unreadable_file", source, "the file is damaged") from None
    return text, numeric.select(pl.all().is_not_null())


def _grid(sheet: Any) -> pl.DataFrame:
    frame: pl.DataFrame = sheet.to_polars()
    frame = frame.select(frame.columns[:WIDEST])
    return frame.rename({name: str(position) for position, name in enumerate(frame.columns)})


def _sheet_name(book: Any, contract: Contract) -> str | int:
    """The contract's sheet; else the only one, or the first that names the contract's columns."""
    wanted = contract.reading.sheet
    names: list[str] = book.sheet_names
    if wanted is not None:
        if wanted not in names:
            raise BatchRefused(
                "unreadable_file",
                f"there is no sheet {wanted}",
                "correct reading.sheet in the contract or have the sheet renamed",
            )
        return wanted
    for name in names if len(names) > 1 else []:
        head = book.load_sheet(name, header_row=None, skip_rows=0, n_rows=HEADER_WITHIN, dtypes="string").to_polars()
        if any(count_known(row, contract) * 2 >= len(file_columns(contract)) for row in head.iter_rows()):
            return name
    return 0


def _header(text: pl.DataFrame, contract: Contract) -> tuple[list[str], int, int]:
    """The header's cells and its first and last row (from 0).

    Either one row, or two: a column takes the lower cell, or the upper where a merged cell spans both.
    """
    rows = [[cell or "" for cell in row] for row in text.head(HEADER_WITHIN).iter_rows()]
    best: tuple[int, list[str], int, int] = (-1, rows[0], 0, 0)
    for number, row in enumerate(rows):
        known = count_known(row, contract)
        if known > best[0]:
            best = (known, row, number, number)
        if number:
            merged = [lower if lower.strip() else upper for upper, lower in zip(rows[number - 1], row, strict=True)]
            known = count_known(merged, contract)
            if known > best[0]:
                best = (known, merged, number - 1, number)
    known, header, top, bottom = best
    if known and top == bottom and top and _is_group_row(rows[top - 1], header):
        top -= 1
    return header, top, bottom


def _is_group_row(above: list[str], header: list[str]) -> bool:
    """A row of merged group names (基本信息 | 登记信息) right above the names, told from a title by having several."""
    filled = [position for position, cell in enumerate(above) if cell.strip()]
    return 2 <= len(filled) < len(header)


def _refused(rule: str, source: SourceFile, message: str) -> BatchRefused:
    mend = "have it sent without a password" if rule == "encrypted_file" else "have it exported again"
    return BatchRefused(rule, message, mend, file=source.base_name)
