"""Whose rows reading kept out: keys found again in torn lines, and never guessed."""

from __future__ import annotations

import pytest

from schemas.contract import Contract
from tests.reading.small_feed import COLUMNS, contract
from transforms.reading.read import read
from transforms.reading.source import SourceFile

HEADER = "编号,姓名,地址,日期"
SOUND = "N001,甲,青石路1号,2026-03-01"
FORMLESS = [{**COLUMNS[0], "pattern": None}, *COLUMNS[1:]]


def kept_out(lines: list[str], feed: Contract | None = None, name: str = "a.csv") -> dict[int, str | None]:
    """Key by row number of what reading kept out; a file is let in whatever the share."""
    frame = read([SourceFile(name, ("\n".join(lines) + "\n").encode())], feed or contract()).kept_out
    assert frame is not None
    return dict(frame.select("row_number", "number").iter_rows())


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("N002,乙,青石路2号", "N002"),
        ("N002,乙,青石路,2号,2026-03-01", "N002"),
        (",N002,乙,青石路2号,2026-03-01", "N002"),
        ('"N002",乙,青石路2号', "N002"),
        ("Ｎ００２,乙,青石路2号", "N002"),
        ("N002,N003,乙,青石路2号,2026-03-01", None),
        ("乙,青石路2号", None),
    ],
)
def test_a_torn_line_tells_its_key_by_its_form(line: str, key: str | None) -> None:
    assert kept_out([HEADER, SOUND, line, SOUND.replace("N001", "N009")]) == {3: key}


def test_without_a_form_only_a_key_in_front_is_told() -> None:
    feed = contract(FORMLESS)
    assert kept_out([HEADER, SOUND, "X2,乙,青石路2号", SOUND], feed) == {3: "X2"}
    turned = "姓名,编号,地址,日期"
    assert kept_out([turned, "甲,N001,青石路1号,2026-03-01", "乙,N002,青石路2号", "丙,N3,路,"], feed) == {3: None}


def test_the_rest_of_a_row_torn_by_a_line_break_is_of_that_row() -> None:
    lines = [HEADER, SOUND, "N002,乙,青石路", "2号,2026-03-01", "散落", SOUND.replace("N001", "N009")]
    assert kept_out(lines) == {3: "N002", 4: "N002", 5: None}


def test_a_faulty_cell_leaves_the_key_of_its_row_unless_it_is_the_key() -> None:
    lines = [HEADER, "N001,甲\x01,青石路1号,", "N0\x0102,乙,青石路2号,", SOUND.replace("N001", "N009")]
    assert kept_out(lines) == {2: "N001", 3: None}


def test_a_line_that_is_no_object_tells_its_key() -> None:
    sound = '{"编号": "N001", "姓名": "甲", "地址": "青石路1号", "日期": ""}'
    lines = [sound, '{"编号": "N002", "姓名": "乙}', '{"姓名": "丙", "地址"}', sound.replace("N001", "N009")]
    assert kept_out(lines, contract(format="jsonl"), "a.jsonl") == {2: "N002", 3: None}
