"""How a building is called when the library has no address for a door of it: by what a person would look for."""

from __future__ import annotations

import polars as pl


def short_address() -> pl.Expr:
    """A building within its community: its name when it holds the estate's, estate and number, or road and number."""
    estate = pl.concat_str("estate", pl.col("estate_number").fill_null(""))
    road = pl.concat_str("road", pl.col("road_number").fill_null(""))
    name = pl.when(pl.col("name").str.starts_with(pl.col("estate"))).then("name")
    return pl.coalesce(name, estate, road, "name", "building_code")


def full_addresses(building: pl.DataFrame, areas: pl.DataFrame) -> pl.DataFrame:
    """building_code, full_address: province to building (SZDB/Z 281-2017, full name), by the areas of today.

    `areas` is area.hierarchy.
    """
    from schemas import reference

    names = areas.select(code="area_code", area="name")
    provinces = reference.provinces().select(code="code", area="name")
    cities = reference.cities().select(code="code", area="name")
    rows = building.select(
        "building_code",
        "street_code",
        "community_code",
        short_address().alias("short"),
        pl.col("building_code").str.slice(0, 2).alias("province"),
        pl.col("building_code").str.slice(0, 4).alias("city"),
    )
    district = areas.select(street_code="area_code", district="district_code")
    rows = rows.join(district, on="street_code", how="left", maintain_order="left")
    parts = []
    for column, lookup in (
        ("province", provinces),
        ("city", cities),
        ("district", names),
        ("street_code", names),
        ("community_code", names),
    ):
        named = lookup.rename({"code": column, "area": f"{column}_name"}).unique(
            column, keep="first", maintain_order=True
        )
        rows = rows.join(named, on=column, how="left", maintain_order="left")
        parts.append(pl.col(f"{column}_name").fill_null(""))
    return rows.select("building_code", pl.concat_str(*parts, "short").alias("full_address"))
