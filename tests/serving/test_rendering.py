"""An answer as a file: every type has a way to be written."""

from __future__ import annotations

import io
import json
from datetime import date, datetime

import polars as pl
import pytest

from serving.rendering import rendered

FRAME = pl.DataFrame(
    {
        "code": ["4403060100021300483"],
        "day": [date(2026, 3, 2)],
        "at": [datetime(2026, 3, 2, 8, 30)],
        "many": [["甲", "乙"]],
        "both": [{"a": 1}],
        "shape": [b"\x01\x02"],
        "share": [0.5],
        "none": pl.Series([None], dtype=pl.Int64),
    }
)


def test_json_is_a_list_of_objects_with_dates_as_text() -> None:
    (row,) = json.loads(rendered(FRAME, "json"))
    assert row == {
        "code": "4403060100021300483",
        "day": "2026-03-02",
        "at": "2026-03-02T08:30:00",
        "many": ["甲", "乙"],
        "both": {"a": 1},
        "shape": "0102",
        "share": 0.5,
        "none": None,
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_json_has_no_number_for_is_null(value: float) -> None:
    assert json.loads(rendered(pl.DataFrame({"share": [value]}), "json")) == [{"share": None}]


def test_csv_has_only_cells() -> None:
    header, row = rendered(FRAME, "csv").decode().splitlines()
    assert header == "code,day,at,many,both,shape,share,none"
    assert row.startswith("4403060100021300483,2026-03-02,2026-03-02T08:30:00")
    assert "甲|乙" in row and "0102" in row


def test_parquet_keeps_every_type() -> None:
    assert pl.read_parquet(io.BytesIO(rendered(FRAME, "parquet"))).equals(FRAME)


def test_no_rows_is_an_empty_list() -> None:
    assert json.loads(rendered(FRAME.head(0), "json")) == []
