from __future__ import annotations

import pytest

from tests.cleaning.tidy import fates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234.5", 1234.5), ("1,234.50", 1234.5), ("１２３４．５", 1234.5), ("1，234.5", 1234.5), ("¥1,234.5", 1234.5),
        (" 1234.5 ", 1234.5), ("1234.5元", 1234.5), ("-3", -3.0), ("1.2345E3", 1234.5), ("+7", 7.0),
        (".5", 0.5), ("0", 0.0),
    ],
)  # fmt: skip
def test_forms_of_a_number(text: str, expected: float) -> None:
    assert fates([text], type="number", unit="yuan") == [expected]


@pytest.mark.parametrize("text", ["约100", "1,23", "12万元", "1.2.3", "inf", "NaN1", "1e999", "85平方米"])
def test_no_numbers(text: str) -> None:
    assert fates([text], type="number", unit="yuan") == ["wrong_type"]


def test_the_columns_own_unit_may_stand_and_no_other() -> None:
    assert fates(["85㎡", "85m²", "85平方米", "85元"], type="number", unit="m2") == [85.0, 85.0, 85.0, "wrong_type"]
    assert fates(["500万元"], type="number", unit="ten_thousand_yuan") == [500.0]


def test_integers() -> None:
    assert fates(["3", "3.0", "１，０００", "3人", "3.5", "三", "99999999999999999999"], type="integer") == [
        3, 3, 1000, 3, "wrong_type", "wrong_type", "wrong_type",
    ]  # fmt: skip


def test_ranges_are_inclusive() -> None:
    assert fates(["0", "5000", "-0.01", "5000.01"], type="number", options={"minimum": 0, "maximum": 5000}) == [
        0.0, 5000.0, "out_of_range", "out_of_range",
    ]  # fmt: skip


def test_booleans() -> None:
    assert fates(["是", "否", "Y", "0", "TRUE", "无", None, "也许"], type="boolean") == [
        True, False, True, False, True, False, None, "wrong_type",
    ]  # fmt: skip


def test_words_for_nothing_are_empty() -> None:
    assert fates(["-", "N/A", "无", "null", "/"], type="number") == [None] * 5
