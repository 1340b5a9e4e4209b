"""Counts of broken rows are those Great Expectations finds itself, on rows of every kind a feed can have."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expectations.check import Check, between, exists, in_set, lengths, matches, not_null, unique
from expectations.counted import allowed, broken_rows
from expectations.engine import Asked, judged, validation_result

ROWS = pl.DataFrame(
    {
        "code": ["A1", "A2", None, "a3", "A1", "", "B22", None, "A9", "甲1"],
        "count": [1, 5, None, -3, 100, 0, 5, 7, None, 8],
        "share": [0.0, 1.0, 0.5, None, 1.0000001, -0.1, 0.2, 0.3, None, 1.0],
        "day": [date(2026, 3, day) if day != 4 else None for day in range(1, 11)],
        "at": [datetime(2026, 3, 3, hour) if hour else None for hour in range(10)],
        "none": pl.Series([None] * 10, dtype=pl.String),
    }
)
CHECKS = [
    *(exists(name) for name in ("code", "absent")),
    *(not_null(name) for name in ROWS.columns),
    not_null("code", mostly=0.8),
    not_null("code", mostly=0.81),
    matches("code", "^[A-Z][0-9]+$"),
    matches("none", "^x$"),
    in_set("code", ["A1", "A2", "A9"]),
    in_set("none", ["A1"]),
    between("count", 0, 7),
    between("count", None, 7),
    between("share", 0, 1),
    between("day", None, date(2026, 3, 7)),
    between("at", None, datetime(2026, 3, 3, 5)),
    lengths("code", 2, 2),
    lengths("code", 1, None),
    unique("code"),
    unique("count"),
]


def judged_by_great_expectations(frame: pl.DataFrame, check: Check) -> tuple[bool, int | None]:
    (item,) = validation_result("plain", frame, [check]).results
    return bool(item.success), (item.result or {}).get("unexpected_count")


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: f"{check.kind[7:]}-{check.column}")
def test_a_count_and_a_verdict_are_those_of_great_expectations(check: Check) -> None:
    passed, unexpected = judged_by_great_expectations(ROWS, check)
    (count,) = broken_rows(ROWS, [check])
    (outcome,) = judged(Asked("columns", [check], rows=ROWS))
    assert outcome.passed == passed
    if unexpected is not None:
        assert count == unexpected == outcome.broken_rows


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.none(), st.text("AB1甲 ", max_size=3)), min_size=1, max_size=12))
def test_any_texts_are_counted_as_great_expectations_counts_them(texts: list[str | None]) -> None:
    frame = pl.DataFrame({"code": pl.Series(texts, dtype=pl.String)})
    checks = [not_null("code"), matches("code", "^A"), in_set("code", ["A", ""]), lengths("code", 1, 2), unique("code")]
    found = validation_result("plain", frame, checks).results
    assert broken_rows(frame, checks) == [item.result["unexpected_count"] for item in found]


def test_a_column_of_another_type_or_none_at_all_is_not_judged_sound() -> None:
    checks = [matches("count", "^1$"), matches("absent", "^1$"), not_null("code")]
    assert broken_rows(ROWS, checks) == [None, None, 2]
    assert [outcome.passed for outcome in judged(Asked("columns", checks, rows=ROWS))] == [False, False, False]


def test_all_rows_are_judged_and_counted_in_what_is_told() -> None:
    many = pl.concat([ROWS] * 30_000)
    (outcome,) = judged(Asked("columns", [not_null("code", mostly=0.9)], rows=many))
    assert (outcome.judged_rows, outcome.broken_rows, outcome.observed) == (300_000, 60_000, 0.2)
    assert not outcome.passed


def test_mostly_allows_whole_rows() -> None:
    assert [allowed(not_null("x", mostly=share), 10) for share in (1.0, 0.9, 0.85)] == [0, 1, 1]


def test_numbers_and_rows_are_judged_in_one_go_in_their_order() -> None:
    from expectations.check import metric

    numbers = pl.DataFrame({"share": [0.3]})
    outcomes = judged(
        Asked("limits", [metric("share", 0, 0.2, "few")], numbers=numbers),
        Asked("columns", [not_null("day"), not_null("count")], rows=ROWS),
        Asked("quality", [metric("share", 0, 0.5, "some")], numbers=numbers),
    )
    assert [(one.suite, one.passed, one.judged_rows) for one in outcomes] == [
        ("limits", False, 1),
        ("columns", False, 10),
        ("columns", False, 10),
        ("quality", True, 1),
    ]
