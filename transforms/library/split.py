"""One place becomes several: a room two rooms, a building two buildings with its rooms shared out among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.home import Home
from transforms.library.book import UNIT, Row
from transforms.library.doors import entrance_name, room_name, tidy
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.mint import NewUnit, put_building, put_unit
from transforms.library.names import readdressed
from transforms.library.operation import Done, perform
from transforms.library.renumber import as_new, give_way, move_unit


def split(
    home: Home,
    code: str,
    into: Sequence[str],
    order: Order,
    *,
    assign: Mapping[str, str] | None = None,
    rest: str = "",
    dry_run: bool = False,
) -> Done:
    """Split a unit `into` rooms, or a building into parts named by their number in the estate (by their name where
    there is no estate). Every part gets a new code.

    A building's rooms go where `assign` says, by entrance (1单元), room or unit code → part; the others to `rest`.
    LibraryRefusal for fewer than two parts, or rooms nobody said where to.
    """
    parts = list(dict.fromkeys(text for text in map(tidy, into) if text))
    request = {"code": code, "into": parts, "assign": dict(assign or {}), "rest": rest}

    def work(draft: Draft) -> None:
        row = standing_row(draft, code)
        if len(parts) < 2:
            raise LibraryRefusal(
                f"a split of {code} into fewer than two is none", "give --into twice or more, or rename"
            )
        if len(code) == UNIT:
            split_unit(draft, row, parts)
        else:
            split_building(draft, row, parts, assign or {}, rest)

    return perform(home, "split", request, order, work, dry_run=dry_run)


def split_unit(draft: Draft, row: Row, rooms: Sequence[str]) -> None:
    """Rooms of the same entrance and floor in place of one."""
    gives_up = frozenset({row["unit_code"]})
    new = [
        put_unit(
            draft,
            NewUnit(row["building_code"], room, row["entrance"], row["floor"], usage=row["usage"]),
            but=gives_up,
        )
        for room in rooms
    ]
    give_way(draft, row, "split", *new)


def split_building(draft: Draft, row: Row, parts: Sequence[str], assign: Mapping[str, str], rest: str) -> None:
    """Buildings of the same estate, road and areas in place of one; every live room goes to one of them."""
    code = row["building_code"]
    strange = sorted({*assign.values(), *([rest] if rest else [])} - set(parts))
    if strange:
        raise LibraryRefusal(f"{strange[0]} is none of the parts", f"assign to {', '.join(parts)}")
    idle = sorted(key for key in assign if not any(_part(room, {key: "-"}) for room in draft.live_rooms(code)))
    if idle:
        raise LibraryRefusal(
            f"{idle[0]} is no entrance, room or unit of {code}", "see its rooms: blockdata lookup " + code
        )
    part_of = {room["unit_code"]: _part(room, assign) or rest for room in draft.live_rooms(code)}
    lost = sorted(unit for unit, part in part_of.items() if not part)
    if lost:
        raise LibraryRefusal(
            f"{len(lost)} rooms of {code} go to no part (such as {', '.join(lost[:3])})",
            "give --assign ENTRANCE=PART, ROOM=PART or UNITCODE=PART, or --rest PART",
        )
    column = "estate_number" if row["estate"] else "name"
    new = {}
    for part in parts:
        names: dict[str, str | None] = {column: part}
        if column == "estate_number":
            names["name"] = None
        new[part] = put_building(draft, as_new(row, row["grid_code"] or "", **names), "mint", frozenset({code}))
    draft.fetch_names(part_of)
    for room in draft.live_rooms(code):
        building = draft.get(new[part_of[room["unit_code"]]])
        assert building is not None
        address = readdressed(room["standard_address"], row, building)
        move_unit(draft, room, building["building_code"], standard_address=address)
    give_way(draft, row, "split", *new.values())


def _part(room: Row, assign: Mapping[str, str]) -> str:
    """Where a room goes: by its code, else its room, else its entrance."""
    by_room = {room_name(key): part for key, part in assign.items()}
    by_entrance = {entrance_name(key): part for key, part in assign.items()}
    return assign.get(room["unit_code"]) or by_room.get(room["room"]) or by_entrance.get(room["entrance"]) or ""
