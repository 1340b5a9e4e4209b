"""Areas as they are today, each with all its ancestors: the current area is an attribute, never read off a code."""

from __future__ import annotations

from datetime import date

import polars as pl

LEVELS = ("grid", "community", "street", "district")


def valid_on(frame: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Rows whose valid_from and valid_to hold the day."""
    day = pl.lit(as_of)
    return frame.filter(
        (pl.col("valid_from").is_null() | (pl.col("valid_from") <= day))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") > day))
    )


def hierarchy(area: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """One row an area valid on the day: area_code, level, name, parent_code and its grid_code, community_code,
    street_code, district_code (its own code at its own level, null below it)."""
    today = valid_on(area, as_of).sort("area_code", "valid_from").unique("area_code", keep="last", maintain_order=True)
    rows = today.select("area_code", "level", "name", "parent_code").with_columns(
        *[pl.when(pl.col("level") == level).then("area_code").alias(f"{level}_code") for level in LEVELS],
        pl.col("parent_code").alias("up"),
    )
    parents = today.select(
        pl.col("area_code").alias("up"), pl.col("level").alias("up_level"), pl.col("parent_code").alias("next")
    )
    for _ in LEVELS[1:]:
        rows = rows.join(parents, on="up", how="left", maintain_order="left")
        rows = rows.with_columns(
            *[
                pl.coalesce(f"{level}_code", pl.when(pl.col("up_level") == level).then("up")).alias(f"{level}_code")
                for level in LEVELS
            ],
            pl.col("next").alias("up"),
        ).drop("next", "up_level")
    return rows.drop("up")
