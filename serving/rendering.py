"""An answer as bytes in the form asked for: CSV, JSON (a list of objects) or Parquet."""

from __future__ import annotations

import io
import json
import math
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl


def rendered(frame: pl.DataFrame, form: str) -> bytes:
    """`frame` as one file: csv, json or parquet.

    CSV is UTF-8, a list cell joined by `|`; JSON dates and times are ISO 8601, numbers that are none are null.
    """
    if form == "parquet":
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        return buffer.getvalue()
    if form == "csv":
        return flat(frame).write_csv().encode()
    import polars.selectors as cs

    finite = frame.with_columns(cs.float().replace([math.nan, math.inf, -math.inf], None))
    document = json.dumps(finite.to_dicts(), ensure_ascii=False, indent=2, default=_plain, allow_nan=False)
    return (document + "\n").encode()


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Nested and binary columns as text: a CSV has only cells."""
    import polars as pl

    lists = [name for name, kind in frame.schema.items() if kind.base_type() in (pl.List, pl.Array)]
    structs = [name for name, kind in frame.schema.items() if kind.base_type() is pl.Struct]
    binary = [name for name, kind in frame.schema.items() if kind == pl.Binary]
    return frame.with_columns(
        *(pl.col(name).cast(pl.List(pl.String)).list.join("|") for name in lists),
        *(pl.col(name).struct.json_encode() for name in structs),
        *(pl.col(name).bin.encode("hex") for name in binary),
    )


def _plain(value: Any) -> str | int | float:
    """Decimals as JSON numbers (DuckDB sums integers into them); dates and bytes as text."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
