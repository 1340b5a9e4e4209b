from __future__ import annotations

import polars as pl
import pytest
import shapely

from tests.addressing.small_library import Building, building_code, frames_of
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary

LON, LAT = 113.85, 22.60
METRE = 1 / 111_000  # degrees, near enough


@pytest.fixture(scope="module")
def library() -> AddressLibrary:
    """Building 1 is a square of 20 m, 2 a point 60 m east of it, 3 a point 2 m from 2."""
    frames = frames_of(
        [
            Building("西乡街道 固戍社区", "甲楼", lon=LON, lat=LAT),
            Building("西乡街道 固戍社区", "乙楼", lon=LON + 60 * METRE, lat=LAT),
            Building("西乡街道 固戍社区", "丙楼", lon=LON + 62 * METRE, lat=LAT),
        ]
    )
    square = shapely.box(LON - 10 * METRE, LAT - 10 * METRE, LON + 10 * METRE, LAT + 10 * METRE)
    frames["building"] = frames["building"].with_columns(
        geometry=pl.Series([shapely.to_wkb(square), None, None], dtype=pl.Binary)
    )
    return AddressLibrary.from_frames(frames)


def ask(library: AddressLibrary, east: float, north: float = 0, address: str | None = None) -> dict:
    records = pl.DataFrame(
        {"row": [0], "lon": [LON + east * METRE], "lat": [LAT + north * METRE], "address": [address]},
        schema_overrides={"row": pl.UInt32, "address": pl.String},
    )
    return key_addresses(records, library).row(0, named=True)


def test_inside_a_footprint(library: AddressLibrary) -> None:
    answer = ask(library, 5, 5)
    assert (answer["match_level"], answer["building_code"]) == ("building", building_code(1))
    assert (answer["match_method"], answer["unit_code"]) == ("coordinate", None)


def test_a_few_metres_from_it(library: AddressLibrary) -> None:
    answer = ask(library, 16)
    assert (answer["match_level"], answer["building_code"]) == ("building", building_code(1))
    assert answer["match_score"] < ask(library, 5)["match_score"]


def test_between_two_buildings_is_neither(library: AddressLibrary) -> None:
    answer = ask(library, 61)
    assert (answer["match_level"], answer["building_code"]) == ("grid", None)
    assert answer["candidates"] == [building_code(2), building_code(3)]


def test_too_far_for_a_building_is_the_grid(library: AddressLibrary) -> None:
    assert ask(library, 0, 60)["match_level"] == "grid"


def test_far_away_is_nowhere(library: AddressLibrary) -> None:
    assert ask(library, 0, 5000)["match_level"] == "none"


def test_the_text_beats_the_ground(library: AddressLibrary) -> None:
    assert ask(library, 5, 5, "乙楼")["building_code"] == building_code(2)
    assert ask(library, 5, 5, "南山区桃园路1号")["match_level"] == "outside"


def test_beside_is_not_in(library: AddressLibrary) -> None:
    assert ask(library, 5, 5, "报刊亭旁边")["building_code"] is None


@pytest.mark.parametrize("wrong", [float("nan"), float("inf")])
def test_no_place_is_no_answer(library: AddressLibrary, wrong: float) -> None:
    assert ask(library, wrong)["match_level"] == "none"
