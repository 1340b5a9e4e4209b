"""A place gets a new code: the old one was wrong, or its district of registration changed. The old leads to the new."""

from __future__ import annotations

from schemas.code import unit_code as code_of
from schemas.home import Home
from transforms.library.book import BUILDING, UNIT, Row
from transforms.library.doors import refuse_taken
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.mint import NewBuilding, put_building
from transforms.library.names import hand_over
from transforms.library.operation import Done, perform
from transforms.library.sequence import next_room

OWN = ("building_code", "unit_code", "first_seen", "last_changed", "version")


def renumber(
    home: Home, code: str, order: Order, *, grid_code: str = "", building_code: str = "", dry_run: bool = False
) -> Done:
    """A new code for a building in a base grid (its own unless told), its rooms with it; or for a unit in a building
    (its own unless told).
    """
    request = {"code": code, "grid_code": grid_code, "building_code": building_code}

    def work(draft: Draft) -> None:
        row = standing_row(draft, code)
        if (grid_code and len(code) == UNIT) or (building_code and len(code) == BUILDING):
            raise LibraryRefusal("a unit moves to a building, a building to a grid", "give --building or --grid")
        if len(code) == UNIT:
            standing_row(draft, building_code or row["building_code"])
            move_unit(draft, row, building_code or row["building_code"])
        else:
            renumber_building(draft, row, grid_code or row["grid_code"] or "")

    return perform(home, "renumber", request, order, work, dry_run=dry_run)


def renumber_building(draft: Draft, row: Row, grid_code: str) -> str:
    """A building and its live rooms under a new code; returns it."""
    old = row["building_code"]
    kept = {name: value for name, value in row.items() if name in ("geometry", "status")}
    new = put_building(draft, as_new(row, grid_code), "mint", frozenset({old}), **kept)
    rooms = draft.live_rooms(old)
    draft.fetch_names(room["unit_code"] for room in rooms)
    for room in rooms:
        move_unit(draft, room, new, keep_number=True)
    hand_over(draft, old, new)
    give_way(draft, row, "renumber", new)
    return new


def as_new(row: Row, grid_code: str, **other: str | None) -> NewBuilding:
    """A standing building as one that wants a code in a grid."""
    fields = NewBuilding.__dataclass_fields__
    told = {
        name: value for name, value in row.items() if name in fields and name not in ("street_code", "community_code")
    }
    return NewBuilding(**{**told, **other, "grid_code": grid_code, "is_temporary": bool(row["is_temporary"])})


def move_unit(
    draft: Draft,
    row: Row,
    building_code: str,
    kind: str = "renumber",
    *,
    keep_number: bool = False,
    **other: str | None,
) -> str:
    """A room under a new code of `building_code`; the old one leads there. Returns the new code.

    `keep_number`: with the room number it had, where the building is new and has no room yet. `other` are columns that
    change with the move.
    """
    new = {**{name: value for name, value in row.items() if name not in OWN}, **other}
    refuse_taken(draft, building_code, new["entrance"], new["room"], frozenset({row["unit_code"]}))
    code = code_of(building_code, int(row["unit_code"][BUILDING:])) if keep_number else next_room(draft, building_code)
    draft.put({**new, "building_code": building_code, "unit_code": code}, "mint")
    hand_over(draft, row["unit_code"], code)
    give_way(draft, row, kind, code)
    return code


def give_way(draft: Draft, row: Row, kind: str, *successors: str) -> None:
    """A code is cancelled and leads to its successors."""
    code = row.get("unit_code") or row["building_code"]
    for successor in successors:
        draft.lead(code, kind, successor)
    draft.put({**row, "status": "cancelled"}, kind)
