"""Builds address libraries for tests from a few lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from transforms.addressing.library import AddressLibrary

DISTRICT = "440306"


@dataclass(frozen=True)
class Building:
    """One building: areas as "street community", the rest as the library writes it; rooms may begin with an
    entrance.
    """

    areas: str
    estate: str | None = None
    number: str | None = None
    road: str | None = None
    plate: str | None = None
    rooms: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None


def building_code(position: int) -> str:
    """Code of the building at `position` (from 1) of a list: in no relation to its areas, as in life."""
    return f"{DISTRICT}00100101{position:05d}"


def unit_code(position: int, room: int) -> str:
    return f"{building_code(position)}{room:06d}"


def frames_of(buildings: list[Building]) -> dict[str, pl.DataFrame]:
    streets: dict[str, str] = {}
    communities: dict[str, tuple[str, str]] = {}
    rows, units, aliases = [], [], []
    for position, item in enumerate(buildings, start=1):
        street, community = item.areas.split()
        street_code = streets.setdefault(street, f"{DISTRICT}{len(streets) + 901:03d}")
        community_code, _ = communities.setdefault(community, (f"{street_code}{len(communities) + 1:03d}", street_code))
        code = building_code(position)
        rows.append(
            {
                "building_code": code, "name": item.number, "estate": item.estate, "estate_number": item.number,
                "road": item.road, "road_number": item.plate, "street_code": street_code,
                "community_code": community_code, "grid_code": community_code + "01", "status": "active",
                "lon": item.lon, "lat": item.lat,
            }
        )  # fmt: skip
        for number, text in enumerate(item.rooms, start=1):
            entrance, room = re.fullmatch(r"(?:(.+(?:单元|座|门))?)(.+)", text).groups()
            place = "".join(part for part in (item.estate, item.road, item.plate, item.number, text) if part)
            units.append(
                {
                    "unit_code": unit_code(position, number), "building_code": code, "entrance": entrance, "room": room,
                    "floor": None, "standard_address": f"广东省深圳市宝安区{street}{community}{place}",
                    "status": "active",
                }
            )  # fmt: skip
        aliases += [{"code": code, "kind": "alternative", "text": name} for name in item.names]
    areas = [{"area_code": DISTRICT, "level": "district", "name": "宝安区", "parent_code": None}]
    areas += [
        {"area_code": code, "level": "street", "name": name, "parent_code": DISTRICT} for name, code in streets.items()
    ]
    areas += [
        {"area_code": code, "level": "community", "name": name, "parent_code": parent}
        for name, (code, parent) in communities.items()
    ]
    text = dict.fromkeys(("code", "kind", "text"), pl.String)
    return {
        "building": pl.DataFrame(rows, infer_schema_length=None),
        "unit": pl.DataFrame(units, infer_schema_length=None),
        "area": pl.DataFrame(areas, infer_schema_length=None),
        "alias": pl.DataFrame(aliases, schema=text),
    }


def library_of(buildings: list[Building]) -> AddressLibrary:
    return AddressLibrary.from_frames(frames_of(buildings))
