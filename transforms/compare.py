"""A delivery against what stands: which rows are new, which records vanished, what a late day restores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from transforms.lake.fold import latest_changes
from transforms.standing import ROW, halves, places_of


@dataclass(frozen=True)
class Comparison:
    """`changed`: rows to clean and key. `unchanged`: file_name, row_number, at (place in the standing records),
    record_id of rows that stand already.

    `duplicates` counts rows that came word for word a second time in the delivery.
    """

    changed: pl.DataFrame
    unchanged: pl.DataFrame
    duplicates: int


def compare(
    rows: pl.DataFrame, standing: pl.DataFrame, known: pl.DataFrame | None = None, again: int = 0
) -> Comparison:
    """Splits delivered rows (with row_hash) by whether the same row stands in `standing` (`Standing.records`).

    `known` (file_name, row_number, at): rows recognised before they were read, and how many of them came `again`.
    Looks at the hashes alone: of rows as wide as a feed's, those that changed are taken once.
    """
    known = no_rows_known() if known is None else known
    hashes = rows["row_hash"]
    first = hashes.is_first_distinct()
    at = pl.repeat(-1, rows.height, eager=True, dtype=pl.Int64)
    if standing.height:
        at = pl.Series(places_of(pl.DataFrame(halves(hashes)), standing, ROW))
    said = first & (at >= 0) & _are_known(at, known["at"], standing.height) if known.height else first & False
    stands, is_new = first & (at >= 0) & ~said, first & (at < 0)
    found = rows.select("file_name", "row_number").with_columns(at=at).filter(stands | said)
    unchanged = pl.concat([known, found], how="vertical_relaxed")
    if said.any():  # whichever of the two came first
        unchanged = unchanged.sort("row_number", maintain_order=True).unique("at", keep="first", maintain_order=True)
    ids = standing["record_id"].gather(unchanged["at"]) if standing.height else pl.Series([], dtype=pl.String)
    return Comparison(
        changed=rows if is_new.all() else rows.filter(is_new),
        unchanged=unchanged.with_columns(record_id=ids),
        duplicates=again + rows.height - int(first.sum()) + int(said.sum()),
    )


def _are_known(at: pl.Series, known: pl.Series, height: int) -> pl.Series:
    """True for each place in `at` (-1: none) that is among the `known` ones of `height` records."""
    is_known = np.zeros(height + 1, bool)  # the last for none
    is_known[known.to_numpy()] = True
    return pl.Series(is_known[at.to_numpy()])


def no_rows_known() -> pl.DataFrame:
    """No row recognised before it was read: file_name, row_number, at (place in the standing records)."""
    return pl.DataFrame(schema={"file_name": pl.String, "row_number": pl.UInt32, "at": pl.Int64})


def same_after_cleaning(cleaned: pl.DataFrame) -> pl.DataFrame:
    """Cleaned rows without those that differ from an earlier one in writing alone (a space, an excluded column).

    Only rows that share their record_id can be the same, so only those are compared whole.
    """
    alike = cleaned["record_id"].is_duplicated()
    if not alike.any():
        return cleaned
    content = [name for name in cleaned.columns if name not in ("file_name", "row_number", "row_hash")]
    place = pl.int_range(pl.len()).alias("__place")
    several = cleaned.with_columns(place).filter(alike)
    again = several.join(several.unique(content, keep="first"), on="__place", how="anti")["__place"]
    return cleaned.filter(~pl.int_range(cleaned.height, eager=True).is_in(again.implode()))


def conflicting(cleaned: pl.DataFrame, unchanged: pl.DataFrame) -> pl.DataFrame:
    """file_name, row_number, record_id of rows that share their key with another, different row of the delivery.

    Unchanged rows never share one: each stands for a record of its own.
    """
    place = ["file_name", "row_number", "record_id"]
    said_too = unchanged.select(place).filter(unchanged["record_id"].is_in(cleaned["record_id"].unique().implode()))
    both = pl.concat([cleaned.select(place), said_too], how="vertical_relaxed")
    return both.filter(both["record_id"].is_duplicated())


def vanished(standing: pl.DataFrame, unchanged: pl.Series, *present: pl.Series) -> pl.Series:
    """record_id of the `standing` records that a snapshot no longer holds: neither at a place in `unchanged`, nor
    among the ids it names otherwise, sound or quarantined."""
    is_there = pl.repeat(False, standing.height, eager=True).scatter(unchanged, True)
    rest = standing["record_id"].filter(~is_there)
    return rest.filter(~rest.is_in(pl.concat(present).implode())).sort()


def restoring(history: pl.LazyFrame, touched: pl.Series, next_day: date) -> pl.DataFrame:
    """What a late snapshot must write under the following loaded day, so that this day and all after it stay right.

    A snapshot says everything, so the next one's silence about a record meant "as before" and was never written down.
    For each touched record the next day did not write itself, its state of that day is written now: the row again
    (update), or a delete. `history` is without the late batch.
    """
    ids = touched.implode()
    own = history.filter(pl.col("delivered_on") == next_day, pl.col("record_id").is_in(ids)).select("record_id")
    silent = touched.to_frame("record_id").lazy().join(own, on="record_id", how="anti")
    last = latest_changes(history.filter(pl.col("record_id").is_in(ids)), next_day)
    return (
        silent.join(last, on="record_id", how="left")
        .with_columns(
            operation=pl.when(pl.col("operation").fill_null("delete") == "delete")
            .then(pl.lit("delete"))
            .otherwise(pl.lit("update")),
            delivered_on=pl.lit(next_day, dtype=pl.Date),
        )
        .collect()
    )
