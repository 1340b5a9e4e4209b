"""What every row of a library must keep to, read off the declarations: grain, code lists, the order of days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from schemas.codelist import load_codelist
from schemas.table import load_tables

STATUSES = ("proposed", "active", "cancelled")
CHANGES = ("split", "merge", "renumber", "cancel", "reinstate")
LEVELS = ("district", "street", "community", "grid")
POINT = {"lon": (73.0, 136.0), "lat": (3.0, 54.0)}  # degrees, EPSG:4490; NaN lies nowhere
CODED = {"building", "unit"}  # their repeated codes are told apart


@dataclass(frozen=True)
class RowFault:
    """Rows of one table that break one rule, by their codes."""

    table: str
    problem: str
    codes: pl.Series
    mend: str


def row_faults(frames: Mapping[str, pl.DataFrame]) -> Iterator[RowFault]:
    """Every rule that rows of `frames` (short table name → table as delivered) break."""
    words = {
        ("building", "status"): STATUSES,
        ("unit", "status"): STATUSES,
        ("lineage", "kind"): CHANGES,
        ("area", "level"): LEVELS,
        ("alias", "kind"): tuple(code.code for code in load_codelist("alias_kind").codes),
    }
    for name, frame in frames.items():
        table = load_tables().get(f"address.{name}")
        if table is None or frame.is_empty():
            continue
        code = frame.columns[0] if table.grain[0] not in frame.columns else table.grain[0]
        grain = [column for column in table.grain if column in frame.columns]
        if name not in CODED and grain:
            again = frame.filter(pl.struct(grain).is_duplicated())
            yield from _fault(name, "repeated rows", again, code, f"keep one row for {', '.join(grain)}")
        for (owner, column), known in words.items():
            if owner == name and column in frame.columns:
                strange = frame.filter(pl.col(column).is_not_null() & ~pl.col(column).cast(pl.String).is_in(known))
                yield from _fault(
                    name, f"rows with an unknown {column}", strange, code, f"give one of {', '.join(known)}"
                )
        for column, ends in POINT.items():
            if name == "building" and column in frame.columns:
                off = frame.filter(~pl.col(column).cast(pl.Float64, strict=False).is_between(*ends))
                yield from _fault(
                    name, f"rows whose {column} is no place in China", off, code, "give EPSG:4490 degrees"
                )
        if {"valid_from", "valid_to"} <= set(frame.columns):
            turned = frame.filter(pl.col("valid_to") < pl.col("valid_from"))
            yield from _fault(name, "rows that end before they begin", turned, code, "correct valid_from or valid_to")
        if name == "alias" and "text" in frame.columns:
            blank = frame.filter(pl.col("text").str.strip_chars().fill_null("") == "")
            yield from _fault(name, "names without text", blank, code, "leave the row out")


def _fault(table: str, problem: str, rows: pl.DataFrame, code: str, mend: str) -> Iterator[RowFault]:
    if rows.height:
        yield RowFault(table, problem, rows[code], mend)
