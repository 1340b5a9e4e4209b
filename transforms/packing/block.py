"""block.*: one row a place that is active in the district, whatever the measures found there; a column a measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from schemas.measure import Measure
from schemas.table import POLARS_TYPES, Table
from transforms.packing.beside import CODES, side_by_side
from transforms.packing.measured import measured
from transforms.resolving.area import LEVELS, hierarchy


def pack(
    tables: Mapping[str, pl.DataFrame],
    measures: Sequence[Measure],
    declared: Mapping[str, Table],
    as_of: date,
    relations: Mapping[str, str] | None = None,
) -> dict[str, pl.DataFrame]:
    """block.building, .grid, .community, .street, .district by table name, in their declared shape.

    `tables` are address.* and others at hand; `relations` those that lie in files, as DuckDB reads them; `declared` the
    block tables by name.
    """
    return packed(side_by_side(measured(tables, measures, relations)), tables, measures, declared, as_of)


def packed(
    values: pl.DataFrame,
    tables: Mapping[str, pl.DataFrame],
    measures: Sequence[Measure],
    declared: Mapping[str, Table],
    as_of: date,
) -> dict[str, pl.DataFrame]:
    """The same from the values of all measures (`side_by_side`); `tables` are address.area and address.building."""
    areas = hierarchy(tables["address.area"], as_of)
    places = placed_buildings(tables["address.building"], areas)
    districts = places.filter("is_active").select("district_code").unique()
    areas = areas.join(districts, on="district_code", how="semi")  # the library knows its neighbours' areas too
    blocks = {}
    for name, table in declared.items():
        level = name.split(".")[1]
        wanted = [measure for measure in measures if level in measure.levels and measure.id in values.columns]
        rows = places.filter("is_active") if level == "building" else areas.filter(pl.col("level") == level)
        counted = summed(values.select(*CODES, *(measure.id for measure in wanted)), places, areas, level)
        rows = rows.join(counted, on=f"{level}_code", how="left", maintain_order="left").with_columns(
            pl.col(measure.id).fill_null(0.0).cast(POLARS_TYPES[measure.type]) for measure in wanted
        )
        blocks[name] = table.conform(rows.select(name for name in table.column_names if name in rows.columns))
    return blocks


def placed_buildings(building: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """Buildings with the street, community, grid and district they belong to today, and is_active.

    A building knows its grid; what it does not know of the levels above comes from the grid's own ancestors, else from
    the lowest level it does know.
    """
    rows = building.sort("building_code")
    for level in LEVELS[:-1]:
        ancestors = areas.filter(pl.col("level") == level).select(
            pl.col("area_code").alias(f"{level}_code"),
            *[pl.col(f"{upper}_code").alias(f"up_{upper}") for upper in LEVELS if upper != level],
        )
        rows = rows.join(ancestors, on=f"{level}_code", how="left", maintain_order="left")
        known = set(rows.columns)
        rows = rows.with_columns(
            *[
                pl.coalesce(f"{upper}_code", f"up_{upper}").alias(f"{upper}_code")
                if f"{upper}_code" in known
                else pl.col(f"up_{upper}").alias(f"{upper}_code")
                for upper in LEVELS[LEVELS.index(level) + 1 :]
            ]
        ).drop(f"up_{upper}" for upper in LEVELS if upper != level)
    return rows.with_columns((pl.col("status") != "cancelled").fill_null(True).alias("is_active"))


def summed(values: pl.DataFrame, places: pl.DataFrame, areas: pl.DataFrame, level: str) -> pl.DataFrame:
    """Measures at one level: <level>_code and a column a measure, buildings and what lies outside them together."""
    code, measures = f"{level}_code", pl.exclude(*CODES)
    inside = values.filter(pl.col("building_code").is_not_null())
    if level == "building":
        parts = [inside.select(code, measures)]
    else:
        within = areas.select("area_code", pl.col(code).alias("of"))  # null below an area's own level: a street's value
        outside = values.filter(pl.col("building_code").is_null()).join(within, on="area_code", how="inner")
        inside = inside.join(places.select("building_code", pl.col(code).alias("of")), on="building_code", how="inner")
        parts = [rows.select(pl.col("of").alias(code), measures.exclude("of")) for rows in (inside, outside)]
    # A sum of fractions must not tell in which order they lay.
    return pl.concat(parts).drop_nulls(code).group_by(code).agg(measures.exclude(code).sum().round(6))
