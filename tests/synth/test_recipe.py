"""Feeds made from recipes: rows from any seed, keys that tell records apart, mistakes told where they stand."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.contract import Role, contract_of
from schemas.errors import ContractError
from synth.feeds import of_recipes
from synth.make import FEEDS, due, feeds_made, file_name, make_district
from synth.recipe import Recipe, recipe_ids, recipe_of
from synth.world import World, make_world

FIRST = date(2026, 3, 2)
SEEDS = (1, 2, 3)
FEEDS_WITH_RECIPE = recipe_ids()


@pytest.fixture(scope="module", params=SEEDS)
def small_world(request: pytest.FixtureRequest) -> World:
    return make_world(60, request.param, 3, FIRST)


def test_every_recipe_makes_rows_from_any_seed(small_world: World):
    for feed_id in FEEDS_WITH_RECIPE:
        contract = contract_of(feed_id)
        versions = of_recipes.made(small_world, feed_id)
        days = [due(versions, contract, position) for position in range(3)]
        assert days[0].height >= 4, feed_id
        assert versions.columns[: len(contract.columns)] == [column.name for column in contract.columns]
        for rows in days:
            assert not rows["_record"].is_duplicated().any(), feed_id
            assert rows["_record"].null_count() == 0, feed_id
        for column in contract.columns:
            values = versions[column.name].drop_nulls()
            assert not column.required or values.len() == versions.height, f"{feed_id} {column.name}"
            if column.options.pattern and not column.is_dropped:
                assert values.str.contains(column.options.pattern).all(), f"{feed_id} {column.name}: {values[0]}"
        told = pl.col("_level").is_in(["unit", "building", "grid", "estate", "street"])
        assert versions.filter(told).height > versions.height * 0.3, feed_id


@pytest.mark.parametrize("feed_id", sorted(feeds_made()))
def test_the_name_of_a_file_is_what_the_contract_expects(feed_id: str):
    contract = contract_of(feed_id)
    found = re.fullmatch(contract.delivery.file_pattern, file_name(contract, FIRST))
    assert found and found["day"].replace("-", "") == "20260302"


def test_no_feed_is_made_twice_and_a_recipe_shadows_no_hand():
    assert not set(FEEDS) & set(FEEDS_WITH_RECIPE)


def test_a_chosen_feed_delivers_the_same_as_among_all(tmp_path: Path):
    feed_id = FEEDS_WITH_RECIPE[0]
    make_district(60, 5, 2, tmp_path / "some", feeds=[feed_id])
    make_district(60, 5, 2, tmp_path / "two", feeds=[feed_id, "police__residents"])
    some = {path.name: path.read_bytes() for path in (tmp_path / "some").glob(f"deliveries/*/{feed_id}/*")}
    two = {path.name: path.read_bytes() for path in (tmp_path / "two").glob(f"deliveries/*/{feed_id}/*")}
    assert some and some == two


def test_a_cell_is_drawn_in_exactly_one_way():
    with pytest.raises(ValueError, match="exactly one of"):
        Recipe(about="person", number="A{n}", cells={"x": {"text": "a", "flag": 0.5}})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "registered"}, "person can be at home"),
        ({"style": {"streets": 0.5}}, "no habit"),
        ({"outdoors": 0.2}, "set told"),
    ],
)
def test_a_recipe_that_does_not_fit_together_is_refused(wrong: dict[str, object], said: str):
    with pytest.raises(ValueError, match=said):
        Recipe(about="person", number="A{n}", **wrong)  # type: ignore[arg-type]


def test_a_cell_without_its_column_and_a_column_without_its_cell_are_named():
    feed_id = "power__occupancy"
    contract, recipe = contract_of(feed_id), recipe_of(feed_id)
    assert recipe is not None
    stray = recipe.model_copy(update={"cells": {**recipe.cells, "nobody": recipe.cells["period"]}})
    with pytest.raises(ContractError, match=r"cells\.nobody"):
        of_recipes.check(contract, stray)
    bare = recipe.model_copy(update={"cells": {}})
    with pytest.raises(ContractError, match=r"cells\.supply_point"):
        of_recipes.check(contract, bare)


def test_an_occupancy_flag_says_whether_somebody_lives_there(small_world: World):
    """Wrong in three cases in a hundred, as the recipe says; nothing but the flag is told of it."""
    versions = of_recipes.made(small_world, "power__occupancy")
    contract = contract_of("power__occupancy")
    assert not [column for column in contract.columns if column.role in (Role.QUANTITY, Role.PERSON_NAME)]
    codes = small_world.unit["unit_code"].gather(
        pl.Series(small_world.people.unit_on(int(small_world.days[0])).clip(0))
    )
    first = versions.filter((pl.col("_first") == 0) & pl.col("_unit").is_not_null())
    agree = (first["is_vacant"] == "否") == first["_unit"].is_in(codes.implode())
    assert 0.9 < agree.mean() < 1  # type: ignore[operator]


def _in_street(world: World, versions: pl.DataFrame) -> pl.Series:
    """The street of the building each record means."""
    streets = dict(world.building.select("building_code", "street").iter_rows())
    return versions["_building"].drop_nulls().replace_strict(streets)


def test_a_street_office_knows_its_own_street_first(small_world: World):
    """Sixty buildings leave some streets with too few: the rest is from elsewhere, the ledger is never empty."""
    feed_id = "xinan_street__shops"
    recipe = recipe_of(feed_id)
    assert recipe is not None
    here = (small_world.building["street"] == "新安街道").to_numpy()[small_world.unit["building"].to_numpy()]
    shops = ((small_world.unit["usage"] == "shop").to_numpy() & here & small_world.unit["is_listed"].to_numpy()).sum()
    versions = of_recipes.made(small_world, feed_id).unique("_record")
    own = (_in_street(small_world, versions) == "新安街道").sum()
    assert versions.height == max(shops, recipe.who.at_least)
    assert own <= shops
    assert own >= shops - 2  # but for an address of another city or of nowhere


def test_a_room_in_a_column_of_its_own_still_means_the_room(small_world: World):
    versions = of_recipes.made(small_world, "fuyong_street__dormitories")
    rooms = dict(small_world.unit.select("unit_code", "room").iter_rows())
    told = versions.filter(pl.col("_unit").is_not_null())
    assert told.height > versions.height / 2
    for unit, address, room in told.select("_unit", "site_address", "room").iter_rows():
        assert room.endswith(rooms[unit])
        assert not address.endswith(room)


def test_a_code_says_what_is_meant_whatever_address_stands_beside_it(small_world: World):
    units, buildings = (frame.filter("is_listed") for frame in (small_world.unit, small_world.building))
    told = [feed for feed in FEEDS_WITH_RECIPE if contract_of(feed).column_of(Role.UNIT_CODE)]
    assert len(told) >= 4
    for feed_id in told:
        column = contract_of(feed_id).column_of(Role.UNIT_CODE)
        assert column is not None
        versions = of_recipes.made(small_world, feed_id)
        for means, codes in (("_unit", units["unit_code"]), ("_building", buildings["building_code"])):
            listed = versions.filter(pl.col(column.name).is_in(codes.implode()))
            assert listed[means].eq_missing(listed[column.name]).all(), feed_id


def test_a_ledger_of_quarters_has_each_estate_once_and_stops_there(small_world: World):
    versions = of_recipes.made(small_world, "shiyan_street__residential_quarters").filter(pl.col("_first") == 0)
    assert not versions.select("scope").is_duplicated().any()
    assert versions["_unit"].null_count() == versions.height
    assert versions.select(pl.col("scope").str.ends_with(pl.col("quarter_name")).all()).item()


def test_a_feed_of_areas_means_no_building(small_world: World):
    versions = of_recipes.made(small_world, "meteorology__warnings")
    assert set(versions["_level"]) == {"street"}
    assert versions["_building"].null_count() == versions.height
