"""Names of places as the library writes them, and the rule that one door has one code."""

from __future__ import annotations

import unicodedata

from transforms.library.book import Row
from transforms.library.draft import Draft, LibraryRefusal, is_live

ENTRANCE, ROOM = "单元", "室"


def tidy(text: str | None) -> str | None:
    """A name as it is kept: forms of width unified, no blanks; None where nothing is left."""
    kept = "".join(unicodedata.normalize("NFKC", text).split()) if text else ""
    return kept or None


def room_name(text: str | None) -> str | None:
    """A room without 室."""
    kept = tidy(text)
    return kept.removesuffix(ROOM).upper() or None if kept else None


def entrance_name(text: str | None) -> str | None:
    """An entrance as the library writes it: 2 is 2单元, A座 stays."""
    kept = tidy(text)
    return kept + ENTRANCE if kept and kept.isdigit() else kept


def door(row: Row) -> tuple[str, str]:
    """What tells a room from its neighbours."""
    return (entrance_name(row["entrance"]) or "", room_name(row["room"]) or "")


def refuse_taken(
    draft: Draft, building_code: str, entrance: str | None, room: str, but: frozenset[str] = frozenset()
) -> None:
    """LibraryRefusal when a room that is not cancelled stands at this door; `but` are codes about to give way."""
    for row in draft.live_rooms(building_code):
        if row["unit_code"] not in but and door(row) == (entrance or "", room):
            raise LibraryRefusal(
                f"{entrance or ''}{room} of {building_code} has a code: {row['unit_code']}",
                "use that code, or rename or cancel it first",
            )


def refuse_twin(draft: Draft, row: Row, but: frozenset[str] = frozenset()) -> None:
    """LibraryRefusal when a live building bears the same names in the same street: no address could tell them apart."""
    names = ("estate", "estate_number", "road", "road_number", "name")
    column = next(name for name in names if row.get(name))
    for other in draft.book.find("building", column, [row[column]]).iter_rows(named=True):
        same = all((other[name] or None) == (row.get(name) or None) for name in (*names, "street_code"))
        if same and is_live(other) and other["building_code"] not in {row["building_code"], *but}:
            raise LibraryRefusal(
                f"{other['building_code']} bears the same names in the same street",
                "use that code, or give another name",
            )


def address_of_door(building_address: str, entrance: str | None, room: str | None) -> str:
    """The full address of a room."""
    return f"{building_address}{entrance or ''}{room}{ROOM}"
