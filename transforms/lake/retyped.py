"""Files written under an older declaration, read as declared today: a contract may change a column's type, add a
column or drop one, and what lies in the lake stays as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import polars as pl


def scan_as(files: Sequence[Path], schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The files lazily, in their order, with exactly these columns: missing ones null, others left out.

    A value that cannot be said in the declared type is null; the file keeps it.
    """
    runs = groupby(((_differing(path, schema), path) for path in files), key=lambda told: told[0])
    frames = [_run([path for _, path in told], schema, dict(differing)) for differing, told in runs]
    return pl.concat(frames) if frames else pl.LazyFrame(schema=dict(schema))


def restated(column: pl.Expr, stored: pl.DataType, declared: pl.DataType) -> pl.Expr:
    """Values of one type said in another, null where they cannot be: days as text are YYYY-MM-DD, as numbers
    YYYYMMDD, and a number with a fraction is no whole number.
    """
    kinds = {_kind(stored), _kind(declared)}
    if stored == declared:
        return column
    if "other" in kinds or kinds == {"day", "yes or no"}:
        return pl.lit(None, dtype=declared)
    if declared == pl.String:
        return column.cast(pl.String)
    if stored == pl.String:
        return _from_text(column.str.strip_chars(), declared)
    return column.cast(declared, strict=False) if len(kinds) == 1 else _between(column, stored, declared)


def _kind(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "whole"
    if dtype.is_temporal():
        return "day"
    return {pl.String: "text", pl.Float64: "number", pl.Boolean: "yes or no"}.get(type(dtype), "other")


def _between(column: pl.Expr, stored: pl.DataType, declared: pl.DataType) -> pl.Expr:
    """Days, numbers and truth said in another kind."""
    if stored.is_temporal():
        return column.dt.strftime("%Y%m%d").cast(declared, strict=False)
    if stored == pl.Boolean or declared == pl.Float64:
        return column.cast(declared, strict=False)
    whole = pl.when(column == column.round()).then(column).cast(pl.Int64, strict=False)
    return _from_text(whole.cast(pl.String), declared) if declared.is_temporal() else whole.cast(declared, strict=False)


def _from_text(text: pl.Expr, declared: pl.DataType) -> pl.Expr:
    if declared == pl.Date:
        days = (text.str.to_date(form, strict=False) for form in ("%Y-%m-%d", "%Y%m%d"))
        return pl.coalesce(*days, text.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False).cast(pl.Date))
    if declared.is_temporal():
        forms = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
        times = (text.str.to_datetime(form, strict=False, time_unit="us") for form in forms)
        return pl.coalesce(*times, _from_text(text, pl.Date()).cast(declared))
    if declared == pl.Boolean:
        low = text.str.to_lowercase()
        return pl.when(low == "true").then(True).when(low == "false").then(False)
    number = text.cast(pl.Float64, strict=False)
    if declared.is_integer():
        return pl.coalesce(text.cast(declared, strict=False), restated(number, pl.Float64(), declared))
    return number


def _differing(path: Path, schema: Mapping[str, pl.DataType]) -> tuple[tuple[str, pl.DataType], ...]:
    """Columns a file holds in another type than declared, with that type."""
    stored = _stored(path, path.stat().st_mtime_ns)
    return tuple((name, stored[name]) for name, dtype in schema.items() if name in stored and stored[name] != dtype)


@lru_cache(maxsize=2048)
def _stored(path: Path, changed: int) -> Mapping[str, pl.DataType]:
    """The columns of a file: a load asks for those of the same files a dozen times."""
    return pl.read_parquet_schema(path)


def _run(files: list[Path], schema: Mapping[str, pl.DataType], differing: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    frame = pl.scan_parquet(
        files,
        schema={**schema, **differing},
        missing_columns="insert",
        extra_columns="ignore",
        hive_partitioning=False,
        glob=False,
    )
    return frame.with_columns(
        restated(pl.col(name), stored, schema[name]).alias(name) for name, stored in differing.items()
    )
