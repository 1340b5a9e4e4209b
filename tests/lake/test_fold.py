"""Folding a history: the last word of each record as of a day."""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.lake.fold import current_state, latest_changes

HISTORY = pl.LazyFrame(
    [
        ("A", "insert", 1, "first"),
        ("B", "insert", 1, "first"),
        ("A", "update", 3, "third"),
        ("B", "delete", 3, "third"),
        ("A", "update", 2, "late"),  # let in after day 3
        ("C", "insert", 3, "again"),
        ("C", "update", 3, "again, the same day"),
    ],
    schema=["record_id", "operation", "day", "text"],
    orient="row",
).select("record_id", "operation", delivered_on=pl.date(2026, 3, pl.col("day")), text="text")


def told(frame: pl.LazyFrame) -> dict[str, str]:
    return dict(frame.select("record_id", "text").collect().sort("record_id").iter_rows())


def test_the_latest_day_wins_and_deletes_go() -> None:
    assert told(current_state(HISTORY)) == {"A": "third", "C": "again, the same day"}


def test_an_earlier_day_is_as_it_was() -> None:
    assert told(current_state(HISTORY, date(2026, 3, 1))) == {"A": "first", "B": "first"}
    assert told(current_state(HISTORY, date(2026, 3, 2))) == {"A": "late", "B": "first"}
    assert told(current_state(HISTORY, date(2026, 2, 28))) == {}


def test_deletes_are_told_when_asked_for() -> None:
    assert told(latest_changes(HISTORY))["B"] == "third"
