from __future__ import annotations

import polars as pl
import pytest

from transforms.addressing.tail import parse_tail, tail_readings, with_tail


def readings(tail: str) -> list[tuple]:
    """plate, number, entrance, floor, room of every reading, first choice first."""
    frame = tail_readings(pl.DataFrame({"tail": [tail]})).sort("reading")
    return frame.select("plate", "number", "entrance", "floor", "room").rows()


@pytest.mark.parametrize(
    ("tail", "first"),
    [
        ("12号3栋2单元5楼501室", ("12", "3", "2", "5", "501")),
        ("3-2-501", (None, "3", "2", None, "501")),
        ("A座1203", (None, "A", None, None, "1203")),
        ("19-501", (None, "19", None, None, "501")),
        ("66号", ("66", None, None, None, None)),
        ("23楼4单元502室", (None, "23", "4", None, "502")),
        ("3楼302", (None, None, None, "3", "302")),
        ("16号楼2门401", (None, "16", "2", None, "401")),
        ("19#1-401", (None, "19", "1", None, "401")),
        ("58号院3号楼2门401", ("58", "3", "2", None, "401")),
        ("5-25-1号", ("5-25-1", None, None, None, None)),
        ("东单元501", (None, None, "东", None, "501")),
        ("17栋206房", (None, "17", None, None, "206")),
        ("4栋3单元1006号", (None, "4", "3", None, "1006")),
        ("66号铺3", ("66", None, None, None, "铺3")),
        ("1楼3号铺", (None, None, None, "1", "铺3")),
        ("A6-1-3D", (None, "A6", "1", None, "3D")),
        ("3-17楼1702", (None, "3", None, "17", "1702")),
        ("3栋0501", (None, "3", None, None, "501")),
    ],
)
def test_the_first_reading(tail: str, first: tuple) -> None:
    assert readings(tail)[0] == first


@pytest.mark.parametrize(
    ("tail", "also"),
    [
        ("19-501", (None, "19-501", None, None, None)),
        ("66", (None, "66", None, None, None)),
        ("3栋2-501", (None, "3", None, None, "2-501")),
        ("A501", (None, "A", None, None, "501")),
        ("2C2001", (None, "2C", None, None, "2001")),
        ("3栋A座2001", (None, "3", "A", None, "2001")),
        ("501-A", (None, "501A", None, None, None)),
        ("3楼501", (None, "3", None, None, "501")),
    ],
)
def test_other_readings_are_kept(tail: str, also: tuple) -> None:
    assert also in readings(tail)


def test_a_range_of_rooms_is_no_entrance() -> None:
    assert all(entrance is None for _, _, entrance, _, _ in readings("66号501-502"))


def test_what_no_grammar_reads_is_odd_and_has_no_reading() -> None:
    assert parse_tail(pl.DataFrame({"tail": ["3栋单元楼"]}))["is_odd"].to_list() == [True]
    assert readings("3栋单元楼") == []


@pytest.mark.parametrize(
    ("text", "head", "tail"),
    [
        ("固戍一村66号501", "固戍一村", "66号501"),
        ("新安街道43区13巷9栋302", "新安街道43区13巷", "9栋302"),
        ("嘉岐楼B栋401", "嘉岐楼", "B栋401"),
        ("宝民一路", "宝民一路", ""),
        ("状元楼3栋", "状元楼", "3栋"),
        ("碧海花园3栋东单元501", "碧海花园", "3栋东单元501"),
        ("A8音乐大厦", "A8音乐大厦", ""),
    ],
)
def test_the_cut(text: str, head: str, tail: str) -> None:
    assert with_tail(pl.DataFrame({"text": [text]})).row(0) == (text, head, tail)
