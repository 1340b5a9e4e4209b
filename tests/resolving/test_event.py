from __future__ import annotations

from typing import Any

import polars as pl
import shapely

from schemas.measure import load_measures
from schemas.table import load_tables
from tests.resolving import town
from tests.resolving.town import DAY1, DAY3, MOVED, REQUESTS, SHED, TOWER, at, change, moment
from transforms.packing.block import pack
from transforms.resolving.area import hierarchy
from transforms.resolving.event import events, events_of
from transforms.resolving.resolve import resolve


def event(**cells: Any) -> dict[str, Any]:
    row = change("QQ1", DAY1, kind="noise", occurred_at=moment(DAY1), **cells)
    (found,) = resolve(town.evidence(DAY3, **{REQUESTS: [row]}))["event.event"].to_dicts()
    return found


def test_in_a_room_the_code_is_whole() -> None:
    assert event(**at(TOWER, 1))["unified_address"] == town.unit(TOWER, 1)


def test_in_a_building_the_room_is_masked() -> None:
    found = event(**at(TOWER))
    assert found["unified_address"] == TOWER + "******"
    assert (found["grid_code"], found["street_code"]) == (town.GRID_SOUTH, town.SOUTH)


def test_the_street_is_todays_not_the_one_in_the_code() -> None:
    assert MOVED.startswith(town.SOUTH)
    assert (event(**at(MOVED))["street_code"], event(**at(MOVED))["grid_code"]) == (town.NORTH, town.GRID_NORTH)


def test_keyed_to_a_grid_the_building_is_masked_too() -> None:
    found = event(match_level="grid", area_code=town.GRID_NORTH)
    assert found["unified_address"] == town.GRID_NORTH + "*" * 11
    assert (len(found["unified_address"]), found["building_code"]) == (25, None)


def test_beside_a_building_it_lies_in_that_buildings_grid() -> None:
    assert event(match_level="none", lon=113.8805, lat=22.5602)["grid_code"] == town.GRID_NORTH


def test_far_from_everything_it_has_no_grid() -> None:
    found = event(match_level="none", lon=113.99, lat=22.70)
    assert (found["grid_code"], found["unified_address"]) == (None, None)


def test_keyed_to_a_street_it_still_counts_there() -> None:
    found = event(match_level="community", area_code="440306008004")
    assert (found["street_code"], found["grid_code"]) == (town.NORTH, None)


def test_a_grid_polygon_decides_before_the_nearest_building() -> None:
    """The point lies beside the southern tower, inside the polygon of the northern grid."""
    library = town.library()
    square = shapely.to_wkb(shapely.box(113.9295, 22.6595, 113.9305, 22.6605))
    area = library["address.area"].with_columns(
        pl.when(pl.col("area_code") == town.GRID_NORTH).then(pl.lit(square)).otherwise("geometry").alias("geometry")
    )
    evidence = town.evidence(DAY3, **{REQUESTS: [change("QQ1", DAY1, match_level="none", lon=113.9301, lat=22.6601)]})
    told = events_of(evidence.current[REQUESTS], evidence.contracts[REQUESTS]).collect()
    found = events(told, library["address.building"], area, hierarchy(area, DAY3))
    assert found["grid_code"].to_list() == [town.GRID_NORTH]


def test_the_lowest_area_known_is_told() -> None:
    assert event(**at(MOVED))["area_code"] == town.GRID_NORTH
    assert event(match_level="community", area_code="440306008004")["area_code"] == "440306008004"
    assert event(match_level="street", area_code=town.NORTH)["area_code"] == town.NORTH
    assert event(match_level="outside", area_code="441900")["area_code"] is None


def test_a_point_does_not_overrule_the_community_the_address_names() -> None:
    """The point lies beside the southern tower, the text names the northern community."""
    found = event(match_level="community", area_code="440306008004", lon=113.9305, lat=22.6605)
    assert (found["grid_code"], found["area_code"], found["street_code"]) == (None, "440306008004", town.NORTH)
    near = event(match_level="community", area_code="440306008004", lon=113.8805, lat=22.5602)
    assert near["grid_code"] == town.GRID_NORTH


def test_every_request_of_a_street_is_counted_in_its_block() -> None:
    places = [
        at(TOWER, 1), at(MOVED), at(SHED),
        {"match_level": "grid", "area_code": town.GRID_SOUTH},
        {"match_level": "community", "area_code": "440306008004"},
        {"match_level": "street", "area_code": town.NORTH},
        {"match_level": "street", "area_code": town.SOUTH},
        {"match_level": "community", "area_code": "440306008004", "lon": 113.9305, "lat": 22.6605},
        {"match_level": "none", "lon": 113.8805, "lat": 22.5602},
        {"match_level": "outside", "area_code": "441900"},
    ]  # fmt: skip
    rows = [change(f"QQ{n}", DAY1, kind="noise", occurred_at=moment(DAY1), **at) for n, at in enumerate(places)]
    evidence = town.evidence(DAY3, **{REQUESTS: rows})
    told = resolve(evidence)["event.event"]
    wanted = {name: table for name, table in load_tables().items() if name.startswith("block.")}
    block = pack({**evidence.library, "event.event": told}, [load_measures()["requests"]], wanted, DAY3)
    by_street = told.drop_nulls("street_code").group_by("street_code").len().sort("street_code")
    counted = block["block.street"].select("street_code", "requests").sort("street_code")
    assert counted.rows() == by_street.rows() == [(town.NORTH, 6), (town.SOUTH, 3)]
    assert block["block.community"]["requests"].sum() == 7, "two are known to their street alone"
    assert block["block.district"]["requests"].to_list() == [9]
