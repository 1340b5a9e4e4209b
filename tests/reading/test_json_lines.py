from __future__ import annotations

import json

import pytest

from schemas.errors import BatchRefused
from tests.reading.small_feed import contract
from transforms.reading.read import Reading, SourceFile, read


def reading_of(text: str | bytes) -> Reading:
    content = text if isinstance(text, bytes) else text.encode()
    return read([SourceFile("small.jsonl", content)], contract(format="jsonl"))


def line(number: int, **more: object) -> str:
    record = {"编号": f"N{number:03}", "姓名": "甲一", "地址": "某路1号", "日期": "2026-03-01", **more}
    return json.dumps(record, ensure_ascii=False) + "\n"


def test_records_by_line_number_blank_lines_counted() -> None:
    reading = reading_of(line(1) + "\n" + line(2))
    assert reading.rows.select("row_number", "number").rows() == [(1, "N001"), (3, "N002")]
    assert reading.received == 2


def test_bad_lines_are_quarantined_and_neighbours_stay() -> None:
    text = line(1) + '{"编号": "N002", \n' + "[1, 2]\n" + '"text"\n' + '{"编号": N}\n' + line(3)
    reading = reading_of(text)
    assert reading.rows["row_number"].to_list() == [1, 6]
    assert reading.quarantined.select("row_number", "rule").rows() == [(n, "row_width") for n in (2, 3, 4, 5)]
    assert reading.received == 6


def test_numbers_and_nested_values_become_text() -> None:
    reading = reading_of(line(1, 日期=20260301) + line(2, 地址={"路": "某路"}) + line(3, 地址=["某路", 1]))
    assert reading.rows["noted_on"].to_list() == ["20260301", "2026-03-01", "2026-03-01"]
    assert reading.rows["address"].to_list() == ["某路1号", '{"路": "某路"}', '["某路", 1]']


def test_a_column_that_is_not_required_may_be_absent() -> None:
    reading = reading_of('{"编号": "N001", "地址": "某路"}\n')
    assert reading.rows.select("number", "full_name", "noted_on").rows() == [("N001", None, None)]


def test_a_column_that_comes_late_is_found() -> None:
    few = "".join(f'{{"编号": "N{n:03}", "地址": "某路"}}\n' for n in range(1200))
    reading = reading_of(few + line(1))
    assert reading.rows["full_name"].to_list()[-1] == "甲一"


def test_escaped_control_characters() -> None:
    reading = reading_of(line(1) + '{"编号": "N002", "姓名": "甲\\u0000一", "地址": "某路"}\n')
    assert reading.quarantined.select("row_number", "rule").rows() == [(2, "control_character")]


def test_undecodable_bytes() -> None:
    reading = reading_of(
        line(1).encode() + '{"编号": "N002", "姓名": "'.encode() + b"\xff\xff" + '", "地址": "某路"}\n'.encode()
    )
    assert reading.quarantined.select("row_number", "rule").rows() == [(2, "bad_encoding")]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (line(1) + line(2)[:25], "truncated_file"),
        ('{"编号": "N001"}\n', "missing_column"),
        ("编号,姓名,地址,日期\nN001,甲,某路,2026-03-01\n", "unreadable_file"),
        ("", "empty_file"),
        (line(1).encode("gb18030"), "wrong_encoding"),
        (b"{" + b"x" * 3_000_000, "line_too_long"),
    ],
    ids=["truncated", "missing column", "no JSON", "empty", "GB18030", "giant line"],
)
def test_refused(text: str | bytes, rule: str) -> None:
    with pytest.raises(BatchRefused) as refusal:
        reading_of(text)
    assert refusal.value.rule == rule
