"""XLSX sheets written straight as XML: titles, merged headers, dates as serial numbers, codes as text or numbers.

Rows are put together by Polars; the archive's dates are fixed, so the same rows give the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from xml.sax.saxutils import escape

import polars as pl

from schemas.contract import Column, Contract
from synth.recipe import Sheet, recipe_of

NUMBER = "\x03"  # before a code that a spreadsheet shall hold as a number
SHEETS = {  # of the feeds made without a recipe
    "health__births_deaths": Sheet(
        title="宝安区出生死亡登记表", groups=("基本信息", "登记信息"), foot=["合计", "填表人：", "审核人："]
    ),
    "civil_affairs__elderly_subsidies": Sheet(title="宝安区高龄津贴发放名册"),
}
DATE_STYLE, TIME_STYLE = 1, 2
_EPOCH = datetime(1899, 12, 30)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
    '<Override PartName="/xl/styles.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>',
    "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{_HEAD}<styleSheet xmlns="{_MAIN}"><numFmts count="2">'
    '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '</numFmts><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs></styleSheet>',
}  # fmt: skip


def sheet_of(contract: Contract) -> Sheet:
    """What the department writes around its rows."""
    recipe = recipe_of(contract.feed_id)
    return recipe.sheet if recipe else SHEETS.get(contract.feed_id, Sheet())


def head_rows(contract: Contract) -> int:
    """Lines above the first record: title and merged header where the department has them, and the header."""
    return sheet_of(contract).head_rows


def xlsx(rows: pl.DataFrame, columns: list[Column], contract: Contract, day: date) -> bytes:
    """The workbook of one delivery; `rows` holds `columns` as text."""
    head = head_rows(contract)
    letters = [_letter(number) for number in range(len(columns))]
    lines, merged = _head(columns, letters, contract, day)
    if rows.height:
        number = (pl.int_range(pl.len()) + head + 1).cast(pl.String)
        cells = [_cell(column, letter, number) for column, letter in zip(columns, letters, strict=True)]
        text = pl.concat_str(pl.lit('<row r="'), number, pl.lit('">'), *cells, pl.lit("</row>"))
        lines += rows.select(text.alias("line"))["line"].to_list()
    for place, label in enumerate(sheet_of(contract).foot, start=head + rows.height + 1):
        total = f'<c r="B{place}"><v>{rows.height}</v></c>' if label == "合计" else ""
        lines.append(f'<row r="{place}">{_text_cell(f"A{place}", label)}{total}</row>')
    merges = "".join(f'<mergeCell ref="{area}"/>' for area in merged)
    merges = f'<mergeCells count="{len(merged)}">{merges}</mergeCells>' if merged else ""
    body = f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merges}</worksheet>'
    return _archive({**_PARTS, "xl/worksheets/sheet1.xml": body})


def _head(columns: list[Column], letters: list[str], contract: Contract, day: date) -> tuple[list[str], list[str]]:
    sheet, head, last = sheet_of(contract), head_rows(contract), letters[-1]
    lines, merged = [], []
    if sheet.title:
        title = f"{sheet.title}（{day.year}年{day.month}月{day.day}日）"
        lines.append(f'<row r="1">{_text_cell("A1", title)}</row>')
        merged.append(f"A1:{last}1")
    if sheet.groups:
        half = len(columns) // 2
        first, second = (
            _text_cell(f"{letter}2", text)
            for letter, text in zip((letters[0], letters[half]), sheet.groups, strict=True)
        )
        lines.append(f'<row r="2">{first}{second}</row>')
        merged += [f"A2:{letters[half - 1]}2", f"{letters[half]}2:{last}2"]
    names = "".join(
        _text_cell(f"{letter}{head}", column.header) for letter, column in zip(letters, columns, strict=True)
    )
    return [*lines, f'<row r="{head}">{names}</row>'], merged


def _text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def _cell(column: Column, letter: str, number: pl.Expr) -> pl.Expr:
    """Numbers as numbers, dates and times as serial numbers, anything that is not one as text."""
    told = pl.col(column.name)
    place = pl.lit(f'<c r="{letter}') + number
    escaped = told.str.replace_many({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
    text = place + pl.lit('" t="inlineStr"><is><t xml:space="preserve">') + escaped + pl.lit("</t></is></c>")
    style, serial = "", pl.lit(None, pl.String)
    if column.type in ("integer", "number"):
        serial = told.cast(pl.Float64, strict=False).cast(pl.String)
    elif column.type == "date" and not column.meaning.masked:
        style = f'" s="{DATE_STYLE}'
        days = told.str.to_date("%Y-%m-%d", strict=False) - _EPOCH.date()
        serial = days.dt.total_days().cast(pl.String)
    elif column.type == "timestamp":
        style = f'" s="{TIME_STYLE}'
        seconds = (told.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False) - _EPOCH).dt.total_seconds()
        serial = (seconds / 86_400).cast(pl.String)
    elif column.type == "string":
        marked = pl.when(told.str.starts_with(NUMBER)).then(told.str.slice(1))
        serial = marked.cast(pl.Float64, strict=False).cast(pl.String)
    figure = place + pl.lit(style + '"><v>') + serial + pl.lit("</v></c>")
    return pl.coalesce(figure, text, pl.lit(""))


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else chr(ord("A") + number // 26 - 1) + chr(ord("A") + number % 26)


def _archive(parts: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=4) as archive:
        for name, text in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text.encode(), compresslevel=4)
    return buffer.getvalue()
