"""What rows about persons and organisations carry of the building they stand in: its street and community of today.

A count by place then asks one table, as one of events does, and joins no millions of rows by a text key.
"""

from __future__ import annotations

import polars as pl

OF_BUILDING = ("street_code", "community_code")


def placed(rows: pl.DataFrame, building: pl.DataFrame) -> pl.DataFrame:
    """The rows with OF_BUILDING as `building` (address.building) has them, whatever they carried before."""
    areas = building.select("building_code", *OF_BUILDING)
    return rows.drop(OF_BUILDING, strict=False).join(areas, on="building_code", how="left", maintain_order="left")


def redrawn(before: pl.DataFrame, now: pl.DataFrame) -> pl.Series:
    """building_code of those that lie in another street or community than they did, of new ones and of those gone."""
    known = ["building_code", *OF_BUILDING]
    was, stands = before.select(known), now.select(known)
    differ = [
        stands.join(was, on=known, how="anti", nulls_equal=True),
        was.join(stands, on=known, how="anti", nulls_equal=True),
    ]
    return pl.concat(differ)["building_code"].unique()
