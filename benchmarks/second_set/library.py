"""A made district as the frames of `address.*`: what `AddressLibrary.from_frames` takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from benchmarks.second_set.districts import District
from benchmarks.second_set.housing import House, Room
from schemas.table import load_tables

SINCE, RENAMED = date(2015, 7, 1), date(2016, 12, 29)
TABLES = ("building", "unit", "area", "alias", "doorplate")
USAGE = {"village": "urban_village", "lane_village": "urban_village", "rural": "urban_village", "tower": "office",
         "industrial": "factory", "factory": "factory", "temporary": "temporary"}  # fmt: skip


@dataclass(frozen=True)
class MadeLibrary:
    """The frames, and for every house its code (units are that code and the room's place in the house)."""

    frames: dict[str, pl.DataFrame]
    houses: list[House]
    codes: list[str]
    area_codes: dict[tuple[str, str | None], str]

    def unit_code(self, house: int, room: int) -> str:
        """Code of a room by the positions of house and room."""
        return f"{self.codes[house]}{room + 1:06d}"


def area_codes_of(district: District) -> dict[tuple[str, str | None], str]:
    """A code for every street and (street, community): in no relation to the real ones."""
    codes: dict[tuple[str, str | None], str] = {}
    for n, (street, communities) in enumerate(district.streets.items(), start=1):
        codes[street, None] = f"{district.code}{n + 60:03d}"
        for m, community in enumerate(communities, start=1):
            codes[street, community] = f"{codes[street, None]}{m:03d}"
    return codes


def standard_address(district: District, house: House, room: Room | None) -> str:
    """The full name: province to room (SZDB/Z 281—2017); a municipality is said once."""
    top = district.province if district.province == district.city else district.province + district.city
    parts = [top, district.county, house.street, house.community, house.road, house.plate]
    if house.estate and not (house.road or "").startswith(house.estate.name):
        parts.append(house.estate.name)
    parts.append(house.number)
    if room:
        parts += [room.entrance, room.text]
    return "".join(part for part in parts if part)


def library_of(district: District, houses: list[House]) -> MadeLibrary:
    """Codes in no relation to today's areas for one house in ten, as redrawn communities leave them."""
    areas = area_codes_of(district)
    codes: list[str] = []
    building, unit, alias, plates = [], [], [], []
    for position, item in enumerate(houses):
        community = areas[item.street, item.community]
        born = community if position % 10 else areas[next(iter(areas))] + "001"
        serial = f"T{position % 10000:04d}" if item.is_temporary else f"{position:05d}"
        code = f"{born}01{serial}"
        codes.append(code)
        place = item.estate
        building.append(
            {
                "building_code": code, "name": item.number or item.plate, "estate": place.name if place else None,
                "estate_number": item.number, "road": item.road, "road_number": item.plate,
                "street_code": areas[item.street, None], "community_code": community, "grid_code": community + "01",
                "usage": USAGE.get(item.housing, "residential"), "is_temporary": item.is_temporary,
                "status": "active", "first_seen": SINCE, "last_changed": SINCE, "version": 1,
            }
        )  # fmt: skip
        for n, room in enumerate(item.rooms, start=1):
            unit.append(
                {
                    "unit_code": f"{code}{n:06d}", "building_code": code, "entrance": room.entrance,
                    "floor": room.floor, "room": room.text,
                    "standard_address": standard_address(district, item, room), "status": "active",
                    "first_seen": SINCE, "last_changed": SINCE, "version": 1,
                }
            )  # fmt: skip
        if place:
            tail = item.number or (item.road or "").removeprefix(place.name) + (item.plate or "")
            if place.former:
                alias.append(_former(code, place.former + tail))
            if place.other:
                alias.append(
                    {
                        "code": code, "kind": "colloquial", "text": place.other + tail, "valid_from": SINCE,
                        "valid_to": None,
                    }
                )  # fmt: skip
        for road, plate in ((item.road, item.plate), *item.plates):
            if road and plate:
                plates.append({"building_code": code, "road": road, "road_number": plate, "valid_from": SINCE})
    alias += [_former(areas[street, None], old) for old, streets in district.former.items() for street in streets]
    area = [{"area_code": district.code, "level": "district", "name": district.county, "parent_code": None}]
    area += [
        {
            "area_code": code,
            "level": "community" if community else "street",
            "name": community or street,
            "parent_code": areas[street, None] if community else district.code,
        }
        for (street, community), code in areas.items()
    ]
    rows: dict[str, list[dict[str, Any]]] = {
        "building": building,
        "unit": unit,
        "area": area,
        "alias": alias,
        "doorplate": plates,
    }
    tables = load_tables()
    frames = {}
    for name in TABLES:
        table = tables[f"address.{name}"]
        known = {
            column: kind for column, kind in table.polars_schema().items() if not rows[name] or column in rows[name][0]
        }
        frames[name] = table.conform(pl.DataFrame(rows[name], schema=known))
    return MadeLibrary(frames, houses, codes, areas)


def _former(code: str, text: str) -> dict[str, Any]:
    """A former name: it ended, and is written all the same."""
    return {"code": code, "kind": "former", "text": text, "valid_from": SINCE, "valid_to": RENAMED}
