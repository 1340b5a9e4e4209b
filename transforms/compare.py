"""A delivery against what stands: which rows are new, which records vanished, what a late day restores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from transforms.lake.fold import current_state, latest_changes

STATE = ["record_id", "row_hash", "delivered_on", "operation"]  # all that comparing reads of a history


@dataclass(frozen=True)
class Comparison:
    """`changed`: rows to clean and key. `unchanged`: file_name, row_number, record_id of rows that stand already.

    `duplicates` counts rows that came word for word a second time in the delivery.
    """

    changed: pl.DataFrame
    unchanged: pl.DataFrame
    duplicates: int


def state_of(history: pl.LazyFrame, day: date) -> pl.DataFrame:
    """record_id and row_hash of what stands at the end of `day`."""
    return current_state(history.select(STATE), day).select("record_id", "row_hash").collect()


def compare(rows: pl.DataFrame, state: pl.DataFrame) -> Comparison:
    """Splits delivered rows (with row_hash) by whether the same row stands in `state` (record_id, row_hash).

    Looks at the hashes alone: of rows as wide as a feed's, those that changed are taken once.
    """
    hashes = rows["row_hash"]
    first = hashes.is_first_distinct()
    known = state.unique("row_hash")
    unchanged = (
        rows.select("file_name", "row_number", "row_hash")
        .filter(first)
        .join(known, on="row_hash", how="inner", maintain_order="left")
        .select("file_name", "row_number", "record_id")
    )
    is_new = first & ~hashes.is_in(known["row_hash"].implode()) if known.height else first
    return Comparison(
        changed=rows if is_new.all() else rows.filter(is_new),
        unchanged=unchanged,
        duplicates=rows.height - int(first.sum()),
    )


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
    """file_name, row_number, record_id of rows that share their key with another, different row of the delivery."""
    place = ["file_name", "row_number", "record_id"]
    both = pl.concat([cleaned.select(place), unchanged.select(place)], how="vertical_relaxed")
    return both.filter(both["record_id"].is_duplicated())


def vanished(state: pl.DataFrame, *present: pl.Series) -> pl.Series:
    """Records of `state` that a snapshot no longer holds; `present`: ids it holds, sound or quarantined."""
    return state.filter(~pl.col("record_id").is_in(pl.concat(present).implode()))["record_id"].sort()


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
