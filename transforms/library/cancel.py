"""Codes end, stand again, or are confirmed. A cancelled code stays for history and is never given to another place."""

from __future__ import annotations

from datetime import date

from schemas.home import Home
from transforms.library.book import UNIT, Row
from transforms.library.doors import refuse_taken, refuse_twin
from transforms.library.draft import Draft, LibraryRefusal, Order, is_live, refuse_early, standing_row
from transforms.library.operation import Done, perform

LEAVING = ("split", "merge", "renumber", "cancel")


def cancel(home: Home, code: str, order: Order, *, with_units: bool = False, dry_run: bool = False) -> Done:
    """A place is gone: its code is cancelled, a building's rooms with it (`with_units`).

    LibraryRefusal for a building that still has rooms, unless `with_units`.
    """

    def work(draft: Draft) -> None:
        row = standing_row(draft, code)
        rooms = draft.live_rooms(code) if len(code) < UNIT else []
        if rooms and not with_units:
            raise LibraryRefusal(f"{code} still has {len(rooms)} rooms", "cancel them with it: --with-units")
        for one in [row, *rooms]:
            refuse_early(draft, _code(one), one)
            draft.lead(_code(one), "cancel", None)
            draft.put({**one, "status": "cancelled"})

    return perform(home, "cancel", {"code": code, "with_units": with_units}, order, work, dry_run=dry_run)


def reinstate(home: Home, code: str, order: Order, *, with_units: bool = False, dry_run: bool = False) -> Done:
    """A cancelled code stands again; with `with_units` a building's rooms that ended on its last day too.

    LibraryRefusal when its place has gone over to another code that stands, or its building is cancelled.
    """

    def work(draft: Draft) -> None:
        row = draft.get(code) if len(code) in (19, UNIT) else None
        if row is None:
            raise LibraryRefusal(f"{code} is not in the library", "look the place up: blockdata lookup ADDRESS")
        if is_live(row):
            raise LibraryRefusal(f"{code} is not cancelled", "nothing needs to be done")
        last_day = _ended_on(draft, code)
        _reinstate(draft, row)
        if len(code) < UNIT and with_units:
            for room in draft.rooms(code):
                if not is_live(room) and _ended_on(draft, room["unit_code"], "cancel") == last_day:
                    _reinstate(draft, room)

    return perform(home, "reinstate", {"code": code, "with_units": with_units}, order, work, dry_run=dry_run)


def confirm(home: Home, code: str, order: Order, *, dry_run: bool = False) -> Done:
    """A provisional code (status proposed: the door has found the room) becomes the room's code for good."""

    def work(draft: Draft) -> None:
        row = standing_row(draft, code)
        if row["status"] != "proposed":
            raise LibraryRefusal(f"{code} is not proposed", "only provisional codes are confirmed")
        draft.put({**row, "status": "active"})

    return perform(home, "confirm", {"code": code}, order, work, dry_run=dry_run)


def _reinstate(draft: Draft, row: Row) -> None:
    code = _code(row)
    refuse_early(draft, code, row)
    _refuse_followed(draft, code)
    if "unit_code" in row:
        building = draft.get(row["building_code"])
        if building is None or not is_live(building):
            raise LibraryRefusal(f"the building of {code} is cancelled", f"reinstate {row['building_code']} first")
        refuse_taken(draft, row["building_code"], row["entrance"], row["room"] or "")
    else:
        refuse_twin(draft, row)
    draft.lead(code, "reinstate", code)
    draft.put({**row, "status": "active"})


def _refuse_followed(draft: Draft, code: str) -> None:
    """LibraryRefusal while a successor stands: one place has one code."""
    for step in draft.lineage_of(code):
        successor = step["successor"]
        if successor in (None, code) or step["kind"] == "reinstate":
            continue
        row = draft.get(successor) if len(successor) in (19, UNIT) else None
        if row is not None and is_live(row):
            raise LibraryRefusal(
                f"{code} became {successor} ({step['kind']} of {step['date']}), which stands",
                f"cancel {successor} first",
            )


def _ended_on(draft: Draft, code: str, kind: str = "") -> date | None:
    """The last day a code was cancelled, split, merged or renumbered."""
    kinds = (kind,) if kind else LEAVING
    days = [step["date"] for step in draft.lineage_of(code) if step["kind"] in kinds and step["date"]]
    return max(days, default=None)


def _code(row: Row) -> str:
    return str(row.get("unit_code") or row["building_code"])
