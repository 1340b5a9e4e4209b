"""What a place leaves behind when it is called otherwise or its code gives way: former names, plates, addresses."""

from __future__ import annotations

from transforms.library.book import Row
from transforms.library.doors import address_of_door
from transforms.library.draft import Draft

FORMER = "former"
PAIRS = (("estate", "estate_number"), ("road", "road_number"))


def written(row: Row, pair: tuple[str, str]) -> str:
    """Estate and number, or road and number, as one text; empty where the first is not told."""
    return f"{row[pair[0]]}{row[pair[1]] or ''}" if row[pair[0]] else ""


def names_of(row: Row) -> list[str]:
    """What a building is called: its name, and estate and number."""
    name = row["name"] if row["name"] and row["name"] != row["estate_number"] else ""
    return [text for text in (name, written(row, PAIRS[0])) if text]


def called(row: Row) -> str | None:
    """What a person calls a building: its name, else estate and number, else road and number; a name that says its
    number again (1号) tells nobody where it is.
    """
    own = row["name"] if row["name"] not in (row["estate_number"], row["road_number"]) else None
    return own or written(row, PAIRS[0]) or written(row, PAIRS[1]) or row["name"] or None


def keep_former(draft: Draft, code: str, texts: list[str]) -> None:
    """Former names of a place: addresses written with them still find it."""
    known = {row["text"] for row in draft.aliases(code) if row["valid_to"] is None}
    for text in dict.fromkeys(texts):
        if text not in known:
            draft.add("alias", code=code, kind=FORMER, text=text, valid_from=draft.order.date, valid_to=None)


def change_plate(draft: Draft, old: Row, new: Row) -> None:
    """The doorplate of a building changes: the old one ends, and still finds it."""
    code, day = new["building_code"], draft.order.date
    if old["road"] and old["road_number"]:
        standing = [
            row
            for row in draft.plates(code)
            if (row["road"], row["road_number"]) == (old["road"], old["road_number"]) and row["valid_to"] is None
        ]
        for row in standing or [{"building_code": code, "road": old["road"], "road_number": old["road_number"],
                                 "valid_from": old["first_seen"]}]:  # fmt: skip
            draft.add("doorplate", **{**row, "valid_to": day})
    if new["road"] and new["road_number"]:
        draft.add(
            "doorplate",
            building_code=code,
            road=new["road"],
            road_number=new["road_number"],
            valid_from=day,
            valid_to=None,
        )


def hand_over(draft: Draft, old: str, new: str) -> None:
    """Names and plates in force of a code that gives way go on under its successor."""
    day = draft.order.date
    for row in draft.aliases(old):
        if row["valid_to"] is None:
            draft.add("alias", **{**row, "code": new, "valid_from": day})
    for row in draft.plates(old):
        if row["valid_to"] is None:
            draft.add("doorplate", **{**row, "building_code": new, "valid_from": day})


def readdressed(address: str | None, old: Row, new: Row) -> str | None:
    """A room's standard address after its building is called otherwise: its words for the building exchanged."""
    if address is None:
        return None
    exchanged = address
    for before, after in (
        *((written(old, pair), written(new, pair)) for pair in PAIRS),
        (old["name"] or "", new["name"] or ""),
    ):
        if before and after and before != after and before in exchanged:
            exchanged = exchanged.replace(before, after, 1)
    return exchanged


def redoored(draft: Draft, old: Row, new: Row) -> str:
    """A room's standard address after the room is called otherwise."""
    before = address_of_door("", old["entrance"], old["room"])
    after = address_of_door("", new["entrance"], new["room"])
    address = old["standard_address"]
    if address and address.endswith(before):
        return f"{address.removesuffix(before)}{after}"
    return draft.address(draft.get(new["building_code"]) or {}) + after
