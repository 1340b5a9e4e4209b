"""How sharp a place is: a record that knows only the building supports the best room told of the same subject there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import polars as pl

PRECEDENCE_STEP = 0.1  # each step down the order of precedence costs a tenth
HALF_LIFE_YEARS = 6.0  # a claim six years older weighs half: people move, registers forget
UNDATED_YEARS = 5.0  # what a claim of unknown age counts as
OLDEST_WEIGHT = 0.25  # but an old claim is never nothing
BUILDING_ONLY = 0.6  # a claim that knows the building but not the room
SIMILAR = 0.7  # a runner-up with this share of the winner's weight makes a doubt
CERTAIN = 0.98  # no claim is beyond doubt


def weight_expr(as_of: date) -> pl.Expr:
    """A claim's weight, 0 to 1: precedence x recency x match score x precision of the place.

    Reads precedence, told_on, match_score, unit_code. Age is counted to the first of the month (`weighed_on`).
    """
    years = ((pl.lit(weighed_on(as_of)) - pl.col("told_on")).dt.total_days() / 365.25).fill_null(UNDATED_YEARS)
    recency = pl.max_horizontal((years.clip(0) * (-math.log(2) / HALF_LIFE_YEARS)).exp(), pl.lit(OLDEST_WEIGHT))
    precedence = 1.0 - PRECEDENCE_STEP * (pl.col("precedence") - 1).clip(0)
    place = pl.when(pl.col("unit_code").is_null()).then(BUILDING_ONLY).otherwise(1.0)
    return (precedence * recency * pl.col("match_score").fill_null(0.5) * place).clip(0, CERTAIN)


def weighed_on(as_of: date) -> date:
    """The day to which a claim's age is counted: weights stand still within a month, so that a day on which nothing was
    told of somebody changes nothing about them. A month is a hundredth of a weight.
    """
    return as_of.replace(day=1)


def sharpened(weighed: pl.LazyFrame, subject: Sequence[str]) -> pl.LazyFrame:
    """The rows, those without a room given the heaviest room of the same subject in the same building, if any."""
    by = [*subject, "building_code"]
    known, lacking = (
        weighed.filter(rows) for rows in (pl.col("unit_code").is_not_null(), pl.col("unit_code").is_null())
    )
    best_unit = (
        known.join(lacking.select(by).unique(), on=by, how="semi")  # few lack a room: those of all others stay as told
        .sort("weight", "unit_code", descending=[True, False])
        .unique(by, keep="first", maintain_order=True)
        .select(*by, pl.col("unit_code").alias("best_unit"))
    )
    placed = lacking.join(best_unit, on=by, how="left").with_columns(unit_code="best_unit").drop("best_unit")
    return pl.concat([known, placed])


def agreed() -> pl.Expr:
    """Weight of several feeds together, from the list of their weights in column `weight`: taken as independent
    witnesses, wrong only when each of them is."""
    return pl.col("weight").map_batches(_together, return_dtype=pl.Float64)


def _together(weights: pl.Series) -> pl.Series:
    # Few feeds tell of a place, and places are many: a product made group by group costs four times as much.
    wrong = pl.repeat(1.0, weights.len(), eager=True)
    for feed in range(int(weights.list.len().max() or 0)):  # type: ignore[arg-type]
        wrong *= (1.0 - weights.list.get(feed, null_on_oob=True)).fill_null(1.0)
    return (1.0 - wrong).round(6).alias("weight")
