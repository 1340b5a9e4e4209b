from __future__ import annotations

from datetime import date

import polars as pl

from tests.resolving import town
from tests.resolving.town import DAY3
from transforms.resolving.area import hierarchy


def test_every_area_knows_all_its_ancestors() -> None:
    areas = {row["area_code"]: row for row in hierarchy(town.library()["address.area"], DAY3).to_dicts()}
    grid = areas[town.GRID_NORTH]
    assert (grid["community_code"], grid["street_code"], grid["district_code"]) == (
        "440306008004",
        town.NORTH,
        town.DISTRICT,
    )
    street = areas[town.NORTH]
    assert (street["grid_code"], street["street_code"], street["district_code"]) == (None, town.NORTH, town.DISTRICT)


def test_an_area_that_ended_is_no_area_of_today() -> None:
    area = town.library()["address.area"]
    ended = area.with_columns(
        pl.when(pl.col("area_code") == town.GRID_NORTH).then(date(2025, 1, 1)).otherwise("valid_to").alias("valid_to")
    )
    assert town.GRID_NORTH not in hierarchy(ended, DAY3)["area_code"].to_list()
    assert town.GRID_NORTH in hierarchy(ended, date(2024, 1, 1))["area_code"].to_list()
