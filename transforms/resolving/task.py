"""quality.verification_task: the doors worth knocking on, per work grid, in walking order, each with one question.

A building with forty doubts comes before forty buildings; among equals the way is short. The table stands in the place
profile, so no task says anything of a person: whom to ask for is told by the written list alone.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.resolving.address import short_address
from transforms.resolving.area import valid_on
from transforms.resolving.outcome import task_id

DEPARTMENT = "grid_office"
CURVE_BITS = 16


def tasks(
    doubts: pl.DataFrame,
    *,
    outcomes: pl.DataFrame,
    building: pl.DataFrame,
    unit: pl.DataFrame,
    work_grid: pl.DataFrame,
    as_of: date,
) -> pl.DataFrame:
    """task_id, doubt_id, work_grid, rank, building_code, unit_code, address, question, listed_on, status.

    `doubts` has the columns of doubt.INNER.
    """
    grids = (
        valid_on(work_grid.filter(pl.col("department") == DEPARTMENT), as_of)
        .sort("base_grid", "work_grid")
        .unique("base_grid", keep="first", maintain_order=True)
        .select(pl.col("base_grid").alias("grid_code"), "work_grid")
    )
    doors = building.select("building_code", "grid_code", way=walking_order(building), building_address=short_address())
    asked = doubts.select(pl.col("unit_code").drop_nulls().unique())
    rooms = unit.select("unit_code", "floor", "room", "standard_address").join(asked, on="unit_code", how="semi")
    rows = (
        doubts.rename({"room": "asked_room"})
        .join(doors, on="building_code", how="left")
        .join(grids, on="grid_code", how="left")
        .join(rooms, on="unit_code", how="left")
        .with_columns(
            task_id(pl.col("doubt_id"), pl.col("place")).alias("task_id"),
            pl.coalesce("work_grid", "grid_code").alias("work_grid"),
            pl.coalesce(
                "standard_address",
                pl.col("building_address") + pl.col("asked_room") + "室",
                "building_address",
            ).alias("address"),
            question_expr().alias("question"),
            (pl.col("status") == "open").sum().over("building_code").alias("doubts_here"),
        )
    )
    tried = outcomes.filter(pl.col("outcome") == "not_reached").select("task_id").drop_nulls().unique()
    rows = rows.join(tried.with_columns(pl.lit(True).alias("was_tried")), on="task_id", how="left")
    order = ["doubts_here", "way", "building_code", "floor", "room", "asked_room", "task_id"]
    rows = rows.sort("work_grid", *order, descending=[False, True, *[False] * 6], nulls_last=True)
    is_open = pl.col("status") == "open"
    return rows.select(
        "task_id",
        "doubt_id",
        "work_grid",
        pl.when(is_open).then(is_open.cum_sum().over("work_grid")).cast(pl.Int32).alias("rank"),
        "building_code",
        "unit_code",
        "address",
        "question",
        pl.col("opened_on").alias("listed_on"),
        pl.when(~is_open)
        .then(pl.lit("answered"))
        .when(pl.col("was_tried"))
        .then(pl.lit("not_reached"))
        .when(pl.col("due_on") < pl.lit(as_of))
        .then(pl.lit("expired"))
        .otherwise(pl.lit("open"))
        .alias("status"),
    )


def question_expr() -> pl.Expr:
    """What to ask at the door."""
    at_room = pl.when(pl.col("unit_code").is_not_null()).then(pl.lit("此房")).otherwise(pl.lit("此楼"))
    lives = at_room + pl.lit("现在是否住着登记在此的居民？")
    exists = pl.concat_str(pl.lit("此楼是否有"), pl.col("asked_room"), pl.lit("室？"))
    operates = pl.lit("此房现在是否有单位在经营？")
    return (
        pl.when(pl.col("kind") == "proposed_unit")
        .then(exists)
        .when(pl.col("kind") == "conflicting_premises")
        .then(operates)
        .otherwise(lives)
    )


def walking_order(building: pl.DataFrame) -> pl.Series:
    """Place of each building on a Z-order curve over the district: near on the curve is near on foot."""
    side = 2**CURVE_BITS - 1
    axes = []
    for axis in ("lon", "lat"):
        low, high = building[axis].min(), building[axis].max()
        span = (high - low) if isinstance(low, float) and isinstance(high, float) and high > low else 1.0
        cell = ((building[axis] - (low or 0.0)) / span * side).round().cast(pl.Int64)
        axes.append(cell)
    curve = pl.Series("way", [0], pl.Int64).new_from_index(0, building.height)
    for bit in range(CURVE_BITS):
        for shift, cell in enumerate(axes):
            curve = curve + (cell // 2**bit % 2) * 2 ** (2 * bit + shift)
    return curve.alias("way")
