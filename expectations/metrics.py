"""One row of numbers about a whole batch, counted over all its rows by Polars, for Great Expectations to judge.

How earlier batches are remembered: every metric becomes one row of quality.validation with suite `metrics`, the
metric's name in `column_name` and its number in `observed`. Nothing else is kept. Loading a batch is then

    history = earlier(lake.read("quality.validation", feed_id=feed_id), lake.listed(), feed_id, batch_id, day)
    metrics = batch_metrics(rows, quarantined, counts, keyed, history)
    verdict = judge(rows, metrics, contract, batch_id, day)

What to hand in, so that a snapshot of few changes is not judged by those few alone:

- `rows`: the sound rows of the delivery as they will stand in record.<feed> (deletes left out), and `same`: numbers of
  the rows that stand there already and did not change. Without them shares are over the changed rows alone.
- `quarantined`: the QUARANTINE frame (file_name, row_number, column, rule, masked_value), reading, cleaning and keying.
- `counts`: received, ignored, duplicates, unchanged ... of the reconciliation; missing ones are 0.
- `keyed`: anything with `match_level` per row, usually `rows` itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from expectations.lake_column import lake_column
from schemas.contract import Contract, Role
from schemas.record_table import LAKE_COLUMNS

# What the lake adds to a contract's columns; judged by name where it matters, not as a column of the department.
BOOKKEEPING = LAKE_COLUMNS | {"feed_id", "is_approximate", "geometry"}
HISTORY = {"batch_id": pl.String, "delivered_on": pl.Date, "metric": pl.String, "value": pl.Float64}
POOLED_BATCHES = 5  # shares are compared with the rows of this many last good batches together


@dataclass(frozen=True)
class Unchanged:
    """What the gate must know of rows that stand and did not change: how many they are, nulls by column, rows by
    match_level, hashes (`value_hash`) of the values of columns whose distinct values are counted."""

    rows: int = 0
    nulls: Mapping[str, int] = field(default_factory=dict)
    levels: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, pl.Series] = field(default_factory=dict)


def value_hash(values: pl.Expr) -> pl.Expr:
    """Equal values, equal integers; null for null. The same within one version of Polars."""
    return pl.when(values.is_not_null()).then(values.hash(0))


def counted_columns(contract: Contract) -> tuple[str, ...]:
    """Lake columns whose distinct values are counted: those whose repetition the contract bounds."""
    bounded = (
        column
        for column in contract.columns
        if column.role is not Role.GEOMETRY and any(rule.metric == "duplicateValues" for rule in column.quality)
    )
    return tuple(dict.fromkeys(name for column in bounded if (name := lake_column(column)) is not None))


def batch_metrics(
    rows: pl.DataFrame,
    quarantined: pl.DataFrame,
    reading_counts: Mapping[str, int],
    keyed: pl.DataFrame,
    history: pl.DataFrame,
    *,
    same: Unchanged | None = None,
    counted: Sequence[str] = (),
) -> pl.DataFrame:
    """One row; counts in rows, shares 0 to 1, null where there is nothing to count or to compare with.

    Columns: received, ignored, delivered (received less ignored), rows, unchanged, duplicates, quarantined,
    quarantined_share, record_share (distinct record_id / rows), keyed_rows, keyed_unit_share, keyed_building_share
    (building or better), keyed_none_share, row_ratio (delivered / delivered of the last good batch), usual_ratio
    (delivered / median of the last good ones, null under three), match_before (pooled keyed_building_share),
    match_fall; per column c of `rows` null_share__c, null_before__c, null_rise__c, and distinct__c of those `counted`;
    per column c named in `quarantined` missing_share__c and invalid_share__c (of delivered rows).
    """
    same = same or Unchanged()
    numbers: dict[str, float | None] = {
        **_counts(rows, quarantined, reading_counts, same),
        **_levels(keyed, same),
        **_columns(rows, same, counted),
        **_broken(quarantined, reading_counts),
    }
    numbers |= _changes(numbers, history)
    return pl.DataFrame({name: [value] for name, value in numbers.items()}, schema=dict.fromkeys(numbers, pl.Float64))


def earlier(
    validation: pl.DataFrame, listed: pl.DataFrame, feed_id: str, batch_id: str = "", day: date | None = None
) -> pl.DataFrame:
    """Metrics of the feed's listed batches up to `day`, this batch apart, in HISTORY's shape, oldest first."""
    batches = listed.filter((pl.col("feed_id") == feed_id) & (pl.col("batch_id") != batch_id))
    if day is not None:
        batches = batches.filter(pl.col("delivered_on") <= day)
    return (
        validation.filter(pl.col("suite") == "metrics")
        .join(batches.select("batch_id", "delivered_on"), on="batch_id", how="inner")
        .select(
            "batch_id", "delivered_on", metric="column_name", value=pl.col("observed").cast(pl.Float64, strict=False)
        )
        .sort("delivered_on", "batch_id", "metric")
    )


def no_history() -> pl.DataFrame:
    """What the first batch of a feed is compared with."""
    return pl.DataFrame(schema=HISTORY)


def _counts(
    rows: pl.DataFrame, quarantined: pl.DataFrame, counts: Mapping[str, int], same: Unchanged
) -> dict[str, float | None]:
    received, ignored = counts.get("received", 0), counts.get("ignored", 0)
    delivered = received - ignored
    broken = quarantined.select("file_name", "row_number").n_unique() if quarantined.height else 0
    distinct = rows["record_id"].n_unique() if "record_id" in rows.columns else rows.height
    return {
        "received": received,
        "ignored": ignored,
        "delivered": delivered,
        "rows": rows.height + same.rows,
        "unchanged": counts.get("unchanged", 0),
        "duplicates": counts.get("duplicates", 0),
        "quarantined": broken,
        "quarantined_share": _share(broken, delivered),
        "record_share": _share(distinct + same.rows, rows.height + same.rows),
    }


def _levels(keyed: pl.DataFrame, same: Unchanged) -> dict[str, float | None]:
    if "match_level" not in keyed.columns:
        return {"keyed_rows": 0.0}
    levels = Counter(dict(keyed["match_level"].fill_null("none").value_counts().iter_rows()))
    levels.update(same.levels)
    rows = keyed.height + same.rows
    return {
        "keyed_rows": rows,
        "keyed_unit_share": _share(levels["unit"], rows),
        "keyed_building_share": _share(levels["unit"] + levels["building"], rows),
        "keyed_none_share": _share(levels["none"], rows),
    }


def _columns(rows: pl.DataFrame, same: Unchanged, counted: Sequence[str]) -> dict[str, float | None]:
    names = [name for name in rows.columns if name not in BOOKKEEPING]
    height = rows.height + same.rows
    if not names or not height:
        return {}
    nulls = rows.select(pl.col(names).null_count()).row(0)
    values = {
        name: pl.concat([rows.select(value_hash(pl.col(name))).to_series(), same.values[name].rename(name)])
        if name in same.values
        else rows[name]
        for name in counted
        if name in names
    }
    return {
        **{
            f"null_share__{name}": _share(count + same.nulls.get(name, 0), height)
            for name, count in zip(names, nulls, strict=True)
        },
        **{f"distinct__{name}": float(column.drop_nulls().n_unique()) for name, column in values.items()},
    }


def _broken(quarantined: pl.DataFrame, counts: Mapping[str, int]) -> dict[str, float | None]:
    delivered = counts.get("received", 0) - counts.get("ignored", 0)
    named = quarantined.filter(pl.col("column").is_not_null() & (pl.col("column") != ""))
    share: dict[str, float | None] = {}
    for prefix, lines in (
        ("missing_share__", named.filter(pl.col("rule") == "missing_value")),
        ("invalid_share__", named.filter(pl.col("rule") != "missing_value")),
    ):
        each = lines.unique(["file_name", "row_number", "column"]).group_by("column").len().sort("column")
        share |= {prefix + column: _share(count, delivered) for column, count in each.iter_rows()}
    return share


def _changes(now: Mapping[str, float | None], history: pl.DataFrame) -> dict[str, float | None]:
    """Today against the last good batches: rows against the last one, shares against the last few pooled."""
    order = history.select("batch_id", "delivered_on").unique().sort("delivered_on", "batch_id")["batch_id"].to_list()
    before = {
        batch: dict(zip(part["metric"], part["value"], strict=True))
        for (batch,), part in history.group_by("batch_id")
        if isinstance(batch, str)
    }
    last = before[order[-1]] if order else {}
    pool = [before[batch] for batch in order[-POOLED_BATCHES:]]
    seen = sorted(batch["delivered"] for batch in pool if batch.get("delivered"))
    usual = seen[len(seen) // 2] if len(seen) >= 3 else 0
    match_before = _pooled(pool, "keyed_building_share", "keyed_rows")
    changes: dict[str, float | None] = {
        "row_ratio": _share(now["delivered"] or 0, last.get("delivered") or 0),
        "usual_ratio": _share(now["delivered"] or 0, usual),
        "match_before": match_before,
        "match_fall": _difference(match_before, now.get("keyed_building_share")),
    }
    for name in [name for name in now if name.startswith("null_share__")]:
        was = _pooled(pool, name, "rows")
        changes[name.replace("null_share__", "null_before__")] = was
        changes[name.replace("null_share__", "null_rise__")] = _difference(now[name], was)
    return changes


def _pooled(batches: list[dict[str, float]], share: str, weight: str) -> float | None:
    known = [(batch[share], batch[weight]) for batch in batches if batch.get(share) is not None and batch.get(weight)]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _difference(left: float | None, right: float | None) -> float | None:
    return left - right if left is not None and right is not None else None
