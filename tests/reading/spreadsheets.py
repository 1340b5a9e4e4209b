"""Spreadsheets made in memory: a list of rows, numbers as numbers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import xlsxwriter
import xlwt

HEADER = ["编号", "姓名", "地址", "日期"]


def xlsx(rows: Sequence[Sequence[Any]], *, merges: Sequence[tuple[int, int, int, int, str]] = ()) -> bytes:
    """The rows from the first line on; text starting with = is a formula whose last value is 7."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for position, cell in enumerate(row):
            if isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(number, position, cell, None, "N007")
            elif isinstance(cell, str):
                sheet.write_string(number, position, cell)
            elif cell is not None:
                sheet.write(number, position, cell)
    for merge in merges:
        sheet.merge_range(*merge)
    book.close()
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[Any]]) -> bytes:
    """The same in the old format."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    for number, row in enumerate(rows):
        for position, cell in enumerate(row):
            sheet.write(number, position, cell)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def with_member(content: bytes, name: str, member: bytes) -> bytes:
    """The archive with one member replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.namelist():
            new.writestr(item, member if item == name else old.read(item))
    return buffer.getvalue()
