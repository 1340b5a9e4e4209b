"""The workbook a department gets back: a cover in Chinese, a sheet a feed in its own columns, and the hidden mark."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from transforms.replaying.sheet import (
    ACTION,
    COVER,
    DONE,
    FILE,
    LINE,
    MARK,
    REASON,
    ROW,
    TORN,
    WITHDRAW,
    shown,
)

ORIGIN = datetime(2000, 1, 1)  # written into every workbook, so that the same rows are the same bytes under the seal
WIDEST, NARROWEST = 48, 8  # characters


@dataclass(frozen=True)
class SheetRow:
    """One quarantined row. `bad`: positions of the cells at fault, empty where the whole row is."""

    reason: str
    cells: Sequence[str] = field(repr=False)
    bad: frozenset[int]
    torn: str | None = field(repr=False)
    file_name: str
    row_number: int
    line_id: str


@dataclass(frozen=True)
class FeedSheet:
    """The rows of one feed, under its own headers. `left_out`: rows for which the sheet had no room."""

    name: str
    header: Sequence[str]
    rows: Sequence[SheetRow]
    left_out: int = 0


def return_workbook(team: str, feeds: Sequence[FeedSheet], mark: str, made_on: date, valid_until: date) -> bytes:
    """The workbook in memory, not sealed yet. Every cell is text, so that a code stays a code."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_urls": False}) as book:
        book.set_properties({"created": ORIGIN, "title": "退回单"})
        formats = {
            "text": book.add_format({"num_format": "@", "valign": "top"}),
            "wrapped": book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "bad": book.add_format({"num_format": "@", "bg_color": "#FFC7CE", "valign": "top"}),
            "header": book.add_format({"bold": True, "text_wrap": True, "bg_color": "#D9E1F2", "valign": "top"}),
            "ours": book.add_format({"num_format": "@", "font_color": "#7F7F7F", "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
        }
        names = _names([feed.name for feed in feeds])
        _cover(book, formats, team, list(zip(names, feeds, strict=True)), made_on=made_on, valid_until=valid_until)
        for name, feed in zip(names, feeds, strict=True):
            _feed(book, formats, name, feed)
        hidden = book.add_worksheet(MARK)
        hidden.write_string(0, 0, mark)
        hidden.hide()
    return buffer.getvalue()


def _cover(
    book: Any,
    formats: dict[str, Any],
    team: str,
    feeds: Sequence[tuple[str, FeedSheet]],
    *,
    made_on: date,
    valid_until: date,
) -> None:
    sheet = book.add_worksheet(COVER)
    sheet.set_column(0, 0, 100, formats["wrapped"])
    count = sum(len(feed.rows) for _, feed in feeds)
    lines = [
        f"{team}：下列各表共 {count} 行数据未能入库，请更正后退还。",
        f"制表日期：{made_on}　　请于 {valid_until} 前退还，逾期须随下次报送重新提交。",
        "",
        *(f"· {name}：{len(feed.rows)} 行" + _left_out(feed) for name, feed in feeds),
        "",
        "怎么填",
        f"1. 每张表一行即原文件中的一行，列与原文件相同；左起第一列{REASON}说明问题所在，有问题的单元格标红。",
        "2. 直接在标红的单元格中更正；同一行其他列也可以改。请勿增删列，请勿改动表头。",
        f"3. 原样即为正确的，在{ACTION}列选“{DONE}”；不应存在的行选“{WITHDRAW}”；暂时不改的行不用动，以后仍可更正。",
        f"4. {FILE}{ROW}{LINE}三列用于对应原文件，请勿改动；请勿添加新行，新增数据随下次报送提交。",
        "5. 改好后保存为 XLSX（可保留密码，也可去掉），放回报送目录，或交数据管理方。改对的行自动入库，其余仍待更正。",
        "6. 源系统中的同一错误也请更正，否则下次报送还会出现。",
        "",
        "本表含个人信息，仅供本部门更正数据使用；请勿转发，用毕删除。",
    ]
    sheet.write_string(0, 0, "退回单", formats["title"])
    for at, line in enumerate(lines, start=1):
        sheet.write_string(at, 0, line, formats["wrapped"])


def _left_out(feed: FeedSheet) -> str:
    return f"（另有 {feed.left_out} 行，待这些更正后再发）" if feed.left_out else ""


def _feed(book: Any, formats: dict[str, Any], name: str, feed: FeedSheet) -> None:
    sheet = book.add_worksheet(name)
    torn = [TORN] if any(row.torn is not None for row in feed.rows) else []
    header = [REASON, *feed.header, ACTION, *torn, FILE, ROW, LINE]
    first, action = 1, 1 + len(feed.header)
    for at, text in enumerate(header):
        sheet.write_string(0, at, shown(text), formats["header"])
    for number, row in enumerate(feed.rows, start=1):
        sheet.write_string(number, 0, row.reason, formats["wrapped"])
        for at, text in enumerate(row.cells):
            style = formats["bad"] if at in row.bad or not row.bad else formats["text"]
            _write(sheet, number, first + at, shown(text), style)
        _write(sheet, number, action, "", formats["text"])
        aside = [*([row.torn or ""] if torn else []), row.file_name, str(row.row_number), row.line_id]
        for at, text in enumerate(aside, start=action + 1):
            _write(sheet, number, at, shown(text), formats["ours"])
    sheet.set_column(0, 0, 44, formats["wrapped"])
    for at, text in enumerate(feed.header):
        longest = max([_width(text), *(_width(row.cells[at]) for row in feed.rows[:500])])
        sheet.set_column(first + at, first + at, min(max(longest + 2, NARROWEST), WIDEST), formats["text"])
    sheet.set_column(action, len(header) - 1, 14, formats["text"])
    sheet.set_column(len(header) - 1, len(header) - 1, 24, formats["text"])
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, len(feed.rows), len(header) - 1)
    choice = {"validate": "list", "source": [DONE, WITHDRAW], "error_title": "请从列表中选择"}
    sheet.data_validation(1, action, max(1, len(feed.rows)), action, choice)


def _write(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    if text:
        sheet.write_string(row, column, text, style)
    else:
        sheet.write_blank(row, column, None, style)


def _width(text: str) -> int:
    """Characters a spreadsheet needs: a Han character is twice as wide."""
    line = text.split("\n", maxsplit=1)[0][:WIDEST]
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in line)


def _names(names: Sequence[str]) -> list[str]:
    """Names a worksheet can have: at most 31 characters, none of []:*?/\\, each once."""
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:28] or "数据"
        again = plain if plain not in made else f"{plain}{len(made) + 1}"
        made.append(again)
    return made
