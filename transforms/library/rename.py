"""A place is called otherwise. Its code stays, its former name still finds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from schemas.errors import UsageError
from schemas.home import Home
from transforms.library.book import UNIT, Row
from transforms.library.doors import entrance_name, refuse_taken, refuse_twin, room_name, tidy
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.mint import NAMES
from transforms.library.names import PAIRS, change_plate, keep_former, names_of, readdressed, redoored
from transforms.library.operation import Done, perform

OF_A_ROOM = ("entrance", "room", "standard_address")


def rename(home: Home, code: str, names: Mapping[str, str], order: Order, *, dry_run: bool = False) -> Done:
    """Call a building (name, estate, estate_number, road, road_number) or a unit (entrance, room, standard_address)
    otherwise; an empty text takes a name away.

    A building's rooms are addressed anew. LibraryRefusal when another place has the name.
    """
    if not names:
        raise UsageError("nothing to rename", f"give one of {', '.join((*NAMES, *OF_A_ROOM))}")
    request: Mapping[str, Any] = {"code": code, "names": dict(names)}
    return perform(home, "rename", request, order, lambda draft: _rename(draft, code, names), dry_run=dry_run)


def _rename(draft: Draft, code: str, names: Mapping[str, str]) -> None:
    old = standing_row(draft, code)
    mine = OF_A_ROOM if len(code) == UNIT else NAMES
    strange = [name for name in names if name not in mine]
    if strange:
        raise LibraryRefusal(f"{code} has no {strange[0]}", f"give one of {', '.join(mine)}")
    if len(code) == UNIT:
        _rename_unit(draft, old, names)
    else:
        _rename_building(draft, old, {name: tidy(text) for name, text in names.items()})


def _rename_unit(draft: Draft, old: Row, names: Mapping[str, str]) -> None:
    new = {**old}
    if "room" in names:
        new["room"] = room_name(names["room"])
    if "entrance" in names:
        new["entrance"] = entrance_name(names["entrance"])
    if not new["room"]:
        raise LibraryRefusal("a unit without a room has no door", "give --room")
    refuse_taken(draft, old["building_code"], new["entrance"], new["room"], frozenset({old["unit_code"]}))
    new["standard_address"] = tidy(names.get("standard_address")) or redoored(draft, old, new)
    if old["standard_address"] and old["standard_address"] != new["standard_address"]:
        keep_former(draft, old["unit_code"], [old["standard_address"]])
    draft.put(new)


def _rename_building(draft: Draft, old: Row, names: Mapping[str, str | None]) -> None:
    new = {**old, **names}
    if not any(new[name] for name in NAMES):
        raise LibraryRefusal("a building without any name cannot be found", "leave it one")
    if all(new[name] == old[name] for name in NAMES):
        raise LibraryRefusal("nothing would change", "the library says so already")
    refuse_twin(draft, new)
    keep_former(draft, old["building_code"], [text for text in names_of(old) if text not in names_of(new)])
    if any(new[name] != old[name] for name in PAIRS[1]):
        change_plate(draft, old, new)
    draft.put(new)
    for room in draft.live_rooms(old["building_code"]):
        address = readdressed(room["standard_address"], old, new)
        if address != room["standard_address"]:
            draft.put({**room, "standard_address": address})
