"""New codes: buildings in a base grid, rooms in a building. The code begins with the grid the place stands in today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from schemas.code import GRID_LENGTH
from schemas.errors import UsageError
from schemas.home import Home
from transforms.library.book import BUILDING
from transforms.library.doors import (
    address_of_door,
    entrance_name,
    refuse_taken,
    refuse_twin,
    room_name,
    tidy,
)
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.operation import Done, perform
from transforms.library.sequence import next_building, next_room
from transforms.library.wishes import refuse_area, refuse_floor, refuse_point, usage_code

NAMES = ("name", "estate", "estate_number", "road", "road_number")


@dataclass(frozen=True)
class NewBuilding:
    """A building that wants a code. `street_code` and `community_code` are the grid's unless told."""

    grid_code: str
    name: str | None = None
    estate: str | None = None
    estate_number: str | None = None
    road: str | None = None
    road_number: str | None = None
    street_code: str | None = None
    community_code: str | None = None
    usage: str | None = None
    structure: str | None = None
    built_year: int | None = None
    floors: int | None = None
    lifts: int | None = None
    lon: float | None = None
    lat: float | None = None
    is_temporary: bool = False


@dataclass(frozen=True)
class NewUnit:
    """A room that wants a code. `entrance` 2 is 2单元; `standard_address` is made from today's areas unless told."""

    building_code: str
    room: str
    entrance: str | None = None
    floor: int | None = None
    area_m2: float | None = None
    usage: str | None = None
    standard_address: str | None = None


def mint(
    home: Home, wanted: Sequence[NewBuilding | NewUnit], order: Order, *, dry_run: bool = False, file: str = ""
) -> Done:
    """Give every one of `wanted` a code, in one operation; `Done.of_kind("mint")` are the codes, in their order.
    A refusal names the row of the `file` they stand in, below its header, else which of them it is.

    Raises LibraryRefusal when one cannot have any: nobody gets one then.
    """
    if not wanted:
        raise UsageError("nothing to mint", "give a grid and a name, or a building and a room")
    request: Mapping[str, Any] = {"wanted": [asdict(one) for one in wanted]}
    return perform(home, "mint", request, order, lambda draft: _mint(draft, wanted, file), dry_run=dry_run)


def _mint(draft: Draft, wanted: Sequence[NewBuilding | NewUnit], file: str) -> None:
    owners = [one.building_code for one in wanted if isinstance(one, NewUnit)]
    draft.fetch(owners)
    draft.fetch_rooms(owners)
    for line, one in enumerate(wanted, start=1):
        try:
            if isinstance(one, NewUnit):
                refuse_area(one.area_m2)
                refuse_floor(one.floor)
                put_unit(draft, replace(one, usage=usage_code("unit_usage", one.usage)))
            else:
                refuse_point(one.lon, one.lat)
                refuse_floor(one.floors, least=1)
                put_building(draft, replace(one, usage=usage_code("building_usage", one.usage)))
        except LibraryRefusal as refusal:
            if len(wanted) == 1 and not file:
                raise
            place = f"{file} row {line + 1}" if file else f"no. {line}"
            raise LibraryRefusal(f"{place}: {refusal.message}", refusal.mend) from None


def put_unit(draft: Draft, one: NewUnit, kind: str = "mint", but: frozenset[str] = frozenset(), **more: Any) -> str:
    """Put a new room into the draft and return its code. `but` are codes that give up their door to it."""
    if len(one.building_code) != BUILDING:
        raise LibraryRefusal(f"{one.building_code} is no code of a building", "a building has 19 positions")
    building = standing_row(draft, one.building_code)
    room, entrance = room_name(one.room), entrance_name(one.entrance)
    if not room:
        raise LibraryRefusal("a unit without a room has no door", "give --room")
    refuse_taken(draft, one.building_code, entrance, room, but)
    code = next_room(draft, one.building_code)
    address = tidy(one.standard_address) or address_of_door(draft.address(building), entrance, room)
    told = {name: value for name, value in asdict(one).items() if value is not None}
    draft.put({"status": "active", **told, "unit_code": code, "room": room, "entrance": entrance,
               "standard_address": address, **more}, kind)  # fmt: skip
    return code


def put_building(
    draft: Draft, one: NewBuilding, kind: str = "mint", but: frozenset[str] = frozenset(), **more: Any
) -> str:
    """Put a new building into the draft and return its code. `but` are codes that give up their names to it."""
    row = {
        **asdict(one),
        **{name: tidy(getattr(one, name)) for name in NAMES},
        **_areas(draft, one),
        "status": "active",
    }
    if not any(row[name] for name in NAMES):
        raise LibraryRefusal(
            "a building without any name cannot be found", "give an estate and number, a road and number or a name"
        )
    row |= {**more, "building_code": next_building(draft, one.grid_code, is_temporary=one.is_temporary)}
    refuse_twin(draft, row, but)
    draft.put(row, kind)
    return row["building_code"]


def _areas(draft: Draft, one: NewBuilding) -> dict[str, str | None]:
    """Street and community of a building: those of its grid, which must be valid that day."""
    if len(one.grid_code) != GRID_LENGTH or not one.grid_code.isdigit():
        raise LibraryRefusal(f"{one.grid_code} is no base grid", "a base grid has 14 digits")
    found = draft.area_row(one.grid_code)
    if found is None or found["level"] != "grid":
        raise LibraryRefusal(
            f"{one.grid_code} is no base grid valid on {draft.order.date}",
            "see address.area; enter a new grid with: blockdata library redraw --areas FILE",
        )
    for name in ("street_code", "community_code"):
        if getattr(one, name) and getattr(one, name) != found[name]:
            raise LibraryRefusal(
                f"grid {one.grid_code} lies in {name.removesuffix('_code')} {found[name]}",
                "leave it out, the grid tells",
            )
    return {"street_code": found["street_code"], "community_code": found["community_code"]}
