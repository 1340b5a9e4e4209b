"""event.event: what happened, with its place as a masked unified code (SZDB/Z 281-2017) and today's grid and street.

An element inside a building but in no known room has * in positions 20 to 25; one outside buildings in 15 to 25.
"""

from __future__ import annotations

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.roles import named, value

MOMENT = pl.Datetime("us")
TOLD: dict[str, tuple[Role, pl.DataType]] = {
    "kind": (Role.EVENT_KIND, pl.String()),
    "channel": (Role.CHANNEL, pl.String()),
    "occurred_at": (Role.EVENT_TIME, MOMENT),
    "accepted_at": (Role.ACCEPTED_TIME, MOMENT),
    "due_at": (Role.DUE_TIME, MOMENT),
    "closed_at": (Role.CLOSED_TIME, MOMENT),
    "reopened_count": (Role.REOPENED_COUNT, pl.Int32()),
    "status": (Role.STATUS, pl.String()),
    "responsible_department": (Role.RESPONSIBLE_DEPARTMENT, pl.String()),
    "satisfaction": (Role.SATISFACTION, pl.String()),
}
FOUND: dict[str, pl.DataType] = {
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "area_code": pl.String(),
    "match_level": pl.String(),
    "lon": pl.Float64(),
    "lat": pl.Float64(),
    "is_approximate": pl.Boolean(),
    "organisation_key": pl.String(),
}
NEAR_DEGREES = 0.002  # about 200 m: a request "beside" a building lies in that building's grid


def events_of(current: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """The events of one feed as told and keyed; empty unless its subject is events."""
    schema: dict[str, pl.DataType] = {"feed_id": pl.String(), "record_id": pl.String()}
    schema |= {name: dtype for name, (_, dtype) in TOLD.items()} | FOUND
    if contract.subject.kind != "event":
        return pl.LazyFrame(schema=schema)
    return current.select(
        pl.lit(contract.feed_id).alias("feed_id"),
        "record_id",
        *[value(current, contract, role, dtype).alias(name) for name, (role, dtype) in TOLD.items()],
        *[named(current, name, dtype).alias(name) for name, dtype in FOUND.items()],
    ).select(*schema)


def events(told: pl.DataFrame, building: pl.DataFrame, area: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """The events with unified_address, grid_code, street_code and area_code, the lowest area known.

    `areas` is area.hierarchy. The grid is the building's; else the area the address keyed to; else the grid polygon the
    point lies in, else the grid of the nearest building within 200 m, unless that grid lies outside the community or
    street the address names.
    """
    of_building = building.select(
        "building_code",
        pl.col("grid_code").alias("of_building"),
        pl.col("community_code").alias("community_of_building"),
        "street_code",
    )
    of_area = areas.select(
        "area_code",
        pl.col("grid_code").alias("of_area"),
        pl.col("community_code").alias("community_of_area"),
        pl.col("street_code").alias("street_of_area"),
    )
    rows = told.join(of_building, on="building_code", how="left", maintain_order="left").join(
        of_area, on="area_code", how="left", maintain_order="left"
    )
    rows = rows.with_columns(
        pl.coalesce("of_building", "of_area").alias("grid_code"),
        pl.coalesce("community_of_building", "community_of_area").alias("community"),
    )
    rows = rows.with_columns(_grid_of_points(rows, building, area).alias("of_point"))
    rows = _with_ancestors(rows, areas, "of_point")
    named_street = pl.coalesce("street_code", "street_of_area")
    agrees = (pl.col("community").is_null() | (pl.col("community") == pl.col("community_of_point"))) & (
        named_street.is_null() | (named_street == pl.col("street_of_point"))
    )
    rows = rows.with_columns(
        pl.coalesce("grid_code", pl.when(agrees).then("of_point")).alias("of_grid"),
        pl.col("community").alias("of_community"),
    )
    rows = _with_ancestors(_with_ancestors(rows, areas, "of_grid"), areas, "of_community")
    rows = rows.with_columns(
        pl.col("of_grid").alias("grid_code"),
        pl.coalesce("street_code", "street_of_grid", "street_of_community", "street_of_area").alias("street_code"),
    )
    outside = pl.col("grid_code").str.slice(0, 14)
    return (
        rows.with_columns(
            pl.coalesce("grid_code", "community", "street_code").alias("area_code"),
            pl.coalesce(
                "unit_code",
                pl.col("building_code") + "*" * 6,
                pl.when(outside.str.len_chars() == 14).then(outside + "*" * 11),
            ).alias("unified_address"),
        )
        .select(*told.columns, "grid_code", "street_code", "unified_address")
        .drop("match_level")
    )


def _with_ancestors(rows: pl.DataFrame, areas: pl.DataFrame, code: str) -> pl.DataFrame:
    """The rows with community_<code> and street_<code> of the area each names in column `code`."""
    above = areas.select(
        pl.col("area_code").alias(code),
        pl.col("community_code").alias(f"community_{code}"),
        pl.col("street_code").alias(f"street_{code}"),
    )
    return rows.join(above, on=code, how="left", maintain_order="left")


def _grid_of_points(rows: pl.DataFrame, building: pl.DataFrame, area: pl.DataFrame) -> pl.Series:
    """Grid of each row by its point, null where a grid is known already, no point is given, or nothing is near."""
    import shapely

    grid: list[str | None] = [None] * rows.height
    asked = rows.with_row_index("row").filter(
        pl.col("grid_code").is_null() & pl.col("lon").is_not_null() & pl.col("lat").is_not_null()
    )
    if asked.is_empty():
        return pl.Series("grid_code", grid, pl.String)
    points = shapely.points(asked["lon"].to_numpy(), asked["lat"].to_numpy())
    found = pl.DataFrame(schema={"at": pl.Int64, "grid": pl.String, "way": pl.Int8})
    polygons = area.filter(
        (pl.col("level") == "grid") & pl.col("geometry").is_not_null() & pl.col("valid_to").is_null()
    )
    if polygons.height:
        tree = shapely.STRtree(shapely.from_wkb(polygons["geometry"].to_numpy()))
        at, polygon = tree.query(points, predicate="intersects")
        codes = polygons["area_code"].gather(polygon)
        found = pl.concat(
            [found, pl.DataFrame({"at": at, "grid": codes}).with_columns(pl.lit(0, pl.Int8).alias("way"))]
        )
    near = building.filter(
        pl.col("lon").is_not_null() & pl.col("lat").is_not_null() & pl.col("grid_code").is_not_null()
    )
    if near.height:
        tree = shapely.STRtree(shapely.points(near["lon"].to_numpy(), near["lat"].to_numpy()))
        at, neighbour = tree.query_nearest(points, max_distance=NEAR_DEGREES, all_matches=False)
        codes = near["grid_code"].gather(neighbour)
        found = pl.concat(
            [found, pl.DataFrame({"at": at, "grid": codes}).with_columns(pl.lit(1, pl.Int8).alias("way"))]
        )
    best = found.sort("at", "way", "grid").unique("at", keep="first", maintain_order=True)
    rows_found = asked.with_row_index("at").with_columns(pl.col("at").cast(pl.Int64)).join(best, on="at", how="inner")
    placed = rows.select(pl.int_range(pl.len(), dtype=pl.get_index_type()).alias("row")).join(
        rows_found.select("row", "grid"), on="row", how="left", maintain_order="left"
    )
    return placed["grid"].alias("grid_code")
