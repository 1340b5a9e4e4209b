"""Several places become one: rooms of a building, or buildings with all their rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.errors import UsageError
from schemas.home import Home
from transforms.library.book import UNIT, Row
from transforms.library.doors import door, tidy
from transforms.library.draft import Draft, LibraryRefusal, Order, standing_row
from transforms.library.mint import NAMES, NewUnit, put_building, put_unit
from transforms.library.names import hand_over, keep_former, names_of, readdressed
from transforms.library.operation import Done, perform
from transforms.library.renumber import as_new, give_way, move_unit


def merge(
    home: Home,
    codes: Sequence[str],
    order: Order,
    *,
    into: str = "",
    names: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> Done:
    """Merge units of one building, or buildings, into one of them (`into`, which keeps its code), or into a new one
    called `names` (a unit's room and entrance; a building's name, estate_number …).

    Rooms of buildings that give way get codes of the one that stays. Former names lead there.
    """
    given = list(dict.fromkeys(codes))
    request = {"codes": given, "into": into, "names": dict(names or {})}

    def work(draft: Draft) -> None:
        if len(given) < 2:
            raise LibraryRefusal("a merge of fewer than two is none", "name two codes or more")
        if len({len(code) for code in given}) > 1:
            raise LibraryRefusal("a building and a unit cannot become one", "merge units, or buildings")
        if into and into not in given:
            raise LibraryRefusal(f"{into} is none of the merged codes", "name it among them, or leave --into out")
        if into and names:
            raise UsageError(
                "the one that stays keeps its names", "give --into, or names of a new one; rename afterwards"
            )
        draft.fetch(given)
        rows = [standing_row(draft, code) for code in given]
        if len(given[0]) == UNIT:
            _merge_units(draft, rows, into, dict(names or {}))
        else:
            _merge_buildings(draft, rows, into, dict(names or {}))

    return perform(home, "merge", request, order, work, dry_run=dry_run)


def _merge_units(draft: Draft, rows: Sequence[Row], into: str, names: dict[str, str]) -> None:
    buildings = {row["building_code"] for row in rows}
    if len(buildings) > 1:
        raise LibraryRefusal("the units lie in different buildings", "merge the buildings, or renumber a unit first")
    areas = [row["area_m2"] for row in rows]
    area_m2 = sum(areas) if all(area is not None for area in areas) else None
    gone = [row for row in rows if row["unit_code"] != into]
    if into:
        stays = next(row for row in rows if row["unit_code"] == into)
        draft.put({**stays, "area_m2": area_m2 if area_m2 is not None else stays["area_m2"]}, "merge")
        successor = into
    else:
        if not names.get("room"):
            raise UsageError("what is the new room called?", "give --room, or --into one of the codes")
        first = rows[0]
        wanted = NewUnit(
            first["building_code"], names["room"], names.get("entrance", first["entrance"]), first["floor"], area_m2,
            first["usage"],
        )  # fmt: skip
        successor = put_unit(draft, wanted, but=frozenset(row["unit_code"] for row in rows))
    for row in gone:
        hand_over(draft, row["unit_code"], successor)
        if row["standard_address"]:
            keep_former(draft, successor, [row["standard_address"]])
        give_way(draft, row, "merge", successor)


def _merge_buildings(draft: Draft, rows: Sequence[Row], into: str, names: dict[str, str]) -> None:
    codes = frozenset(row["building_code"] for row in rows)
    draft.fetch_rooms(codes)
    _refuse_same_doors(draft, rows)
    draft.fetch_names(room["unit_code"] for row in rows for room in draft.live_rooms(row["building_code"]))
    if into:
        successor = into
        draft.put({**next(row for row in rows if row["building_code"] == into)}, "merge")
    else:
        if not names:
            raise UsageError("what is the new building called?", "give its names, or --into one of the codes")
        told = {name: tidy(names[name]) if name in names else rows[0][name] for name in NAMES}
        successor = put_building(draft, as_new(rows[0], rows[0]["grid_code"] or "", **told), "mint", codes)
    stays = draft.get(successor)
    assert stays is not None
    for row in rows:
        if row["building_code"] == into:
            continue
        for room in draft.live_rooms(row["building_code"]):
            move_unit(draft, room, successor, standard_address=readdressed(room["standard_address"], row, stays))
        hand_over(draft, row["building_code"], successor)
        if (
            row["road"]
            and row["road_number"]
            and (row["road"], row["road_number"]) != (stays["road"], stays["road_number"])
        ):
            draft.add(
                "doorplate", building_code=successor, road=row["road"], road_number=row["road_number"],
                valid_from=draft.order.date, valid_to=None,
            )  # fmt: skip
        keep_former(draft, successor, [text for text in names_of(row) if text not in names_of(stays)])
        give_way(draft, row, "merge", successor)


def _refuse_same_doors(draft: Draft, rows: Sequence[Row]) -> None:
    owner: dict[tuple[str, str], str] = {}
    for row in rows:
        for room in draft.live_rooms(row["building_code"]):
            first = owner.setdefault(door(room), room["unit_code"])
            if first != room["unit_code"]:
                raise LibraryRefusal(
                    f"{first} and {room['unit_code']} would have one door", "rename one of them, or merge them, first"
                )
