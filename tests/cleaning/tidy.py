"""One column cleaned, for tests that look at a rule or a value."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from schemas.contract import Contract
from tests.reading.small_feed import contract
from transforms.cleaning.clean import Cleaned, clean
from transforms.cleaning.tokens import Keys

KEYS = Keys(token=b"t" * 32, archive=b"a" * 32, audit=b"u" * 32)
DAY = date(2026, 3, 2)
NUMBER = {"name": "number", "header": "编号", "key": True}


def rows_of(columns: dict[str, list[Any]]) -> pl.DataFrame:
    """Rows as `read` returns them, numbered from 2, with a key `number`."""
    height = len(next(iter(columns.values())))
    schema = {name: pl.Binary if name == "geometry" else pl.String for name in columns}
    return pl.DataFrame(
        {
            "file_name": ["a.csv"] * height,
            "row_number": pl.Series(range(2, 2 + height), dtype=pl.UInt32),
            "number": [f"N{row}" for row in range(height)],
        }
    ).with_columns(pl.Series(name, values, schema[name]) for name, values in columns.items())


def feed_of(*columns: dict[str, Any], **reading: Any) -> Contract:
    """A contract of these columns and the key `number`."""
    return contract([NUMBER, *columns], **reading)


def cleaned(feed: Contract, columns: dict[str, list[Any]]) -> Cleaned:
    """The rows cleaned as of 2026-03-02."""
    return clean(rows_of(columns), feed, DAY, KEYS)


def fates(texts: list[str | None], **column: Any) -> list[Any]:
    """What becomes of each text in a column so declared: its cleaned value, or the name of the rule it breaks."""
    feed = feed_of({"name": "value", **column})
    result = cleaned(feed, {"value": texts})
    broken = dict(result.quarantined.select("row_number", "rule").iter_rows())
    name = next((name for name in result.rows.columns if name.startswith("value")), None)
    kept = dict(result.rows.select("row_number", name).iter_rows()) if name else {}
    return [broken.get(row, kept.get(row)) for row in range(2, 2 + len(texts))]
