"""Whatever a column was and is declared to be, reading it again never fails."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations

import polars as pl
import pytest

from schemas.table import POLARS_TYPES
from transforms.lake.retyped import restated

SOME: dict[str, list[object]] = {
    "string": ["x", "2026-01-05", "12", "true", None],
    "date": [date(2026, 1, 5), None],
    "timestamp": [datetime(2026, 1, 5, 3), None],
    "int32": [12, 20260105, None],
    "int64": [2**40, None],
    "float64": [1.5, 2.0, float("nan"), float("inf"), None],
    "boolean": [True, False, None],
    "binary": [b"\xff", None],
    "list<string>": [["a"], None],
}


def said(values: list[object], stored: str, declared: str) -> pl.Series:
    kind, asked = POLARS_TYPES[stored], POLARS_TYPES[declared]
    frame = pl.LazyFrame({"told": pl.Series(values, dtype=kind)})
    return frame.select(told=restated(pl.col("told"), kind, asked)).collect()["told"]


@pytest.mark.parametrize(("stored", "declared"), list(permutations(POLARS_TYPES, 2)))
def test_every_type_can_be_asked_for_as_every_other(stored: str, declared: str) -> None:
    frame = pl.LazyFrame({"told": pl.Series(SOME[stored], dtype=POLARS_TYPES[stored])})
    found = frame.with_columns(told=restated(pl.col("told"), POLARS_TYPES[stored], POLARS_TYPES[declared])).collect()
    assert found["told"].dtype == POLARS_TYPES[declared] and found.height == len(SOME[stored])
    assert found["told"][-1] is None


def test_what_cannot_be_said_is_null_and_not_something_else() -> None:
    assert said(["2026-01-05 03:04:05", "20260105", "5"], "string", "date").to_list() == [date(2026, 1, 5)] * 2 + [None]
    assert said([1.5, 2.0, float("nan"), 1e300], "float64", "int32").to_list() == [None, 2, None, None]
    assert said([2**40], "int64", "int32").to_list() == [None]
    assert said([12, 20260105], "int32", "date").to_list() == [None, date(2026, 1, 5)]
    assert said(["yes", "True"], "string", "boolean").to_list() == [None, True]
