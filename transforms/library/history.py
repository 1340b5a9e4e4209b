"""What a code was on a day: its names, status and areas then, what it came from and what it became."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import load_tables
from transforms.lake.store import Lake
from transforms.library.book import TABLE_OF_LENGTH, UNIT, Row
from transforms.library.draft import LibraryRefusal
from transforms.library.names import called
from transforms.resolving.area import LEVELS

# Each table by the column it is asked by; a code is found by halving, so a query costs the same in any library.
ASKED = {
    "unit": ("unit_code",),
    "building": ("building_code",),
    "area": ("area_code",),
    "alias": ("code",),
    "doorplate": ("building_code",),
    "lineage": ("code", "successor"),
    "change": ("code",),
    "operation": (),
}
LEAVING = ("split", "merge", "renumber", "cancel")
NOT_SHOWN = ("geometry", "version")


@dataclass(frozen=True)
class Step:
    """One line of lineage."""

    code: str
    successor: str | None
    kind: str
    date: date | None


@dataclass(frozen=True)
class Account:
    """What is known of a code. `day` is None when asked for today.

    `place` is the row of its table as it was on the day, None before it entered the library; `status` is absent,
    proposed, active or cancelled. `areas` go from the district down. `names` are its aliases valid that day, all of
    them when no day was given. `comes_from` and `became` are lines of lineage, followed to their ends, whatever their
    day; `leads_to` are the codes in force at the end of `became`. `changes` are what was entered about it, by day.
    """

    code: str
    level: str
    day: date | None
    status: str
    place: Row | None
    address: str | None
    areas: list[Row]
    names: list[Row]
    comes_from: list[Step]
    became: list[Step]
    leads_to: list[str]
    changes: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class History:
    """An open library that answers for single codes. Open it once, ask often."""

    sorted_by: Mapping[tuple[str, str], pl.DataFrame]
    orders: Mapping[int, Row]

    @classmethod
    def open(cls, home: Home) -> History:
        """The library as it stands in the lake; UsageError when there is none."""
        lake = Lake(home).pinned()
        if not lake.has("address.building"):
            raise UsageError("the lake has no address library", "import one first: blockdata library import DIR")
        return cls.from_frames({table: lake.read(f"address.{table}") for table in ASKED})

    @classmethod
    def from_frames(cls, frames: Mapping[str, pl.DataFrame]) -> History:
        """From address tables by short name (of a release, say); a missing one is empty."""
        tables = load_tables()
        given = {
            table: tables[f"address.{table}"].conform(frames[table])
            if table in frames
            else tables[f"address.{table}"].empty()
            for table in ASKED
        }
        by = {
            (table, column): given[table]
            .drop([name for name in NOT_SHOWN if name in given[table].columns])
            .filter(pl.col(column).is_not_null())
            .sort(column, maintain_order=True)
            for table, columns in ASKED.items()
            for column in columns
        }
        return cls(by, {row["number"]: row for row in given["operation"].iter_rows(named=True)})

    def of(self, code: str, on: date | None = None) -> Account:
        """The account of a unit, building or area code; LibraryRefusal when the library never had it."""
        code = code.strip()
        table = TABLE_OF_LENGTH.get(len(code))
        rows = self._rows(table, f"{table}_code", code) if table else []
        became, comes_from = self._walk(code, "code"), self._walk(code, "successor")
        if not rows and not became and not comes_from:
            raise LibraryRefusal(
                f"the library never had the code {code}", "look the place up: blockdata lookup ADDRESS"
            )
        changes = sorted(self._rows("change", "code", code), key=lambda row: (row["operation"], row["line"]))
        if table == "area":
            place, status = _area_on(rows, on)
        else:
            place, status = self._on(rows[0] if rows else None, changes, on)
        building = place
        if place is not None and len(code) == UNIT:
            owner = self._rows("building", "building_code", place["building_code"])
            building, _ = self._on(
                owner[0] if owner else None, self._rows("change", "code", place["building_code"]), on
            )
        lowest: str | None = None
        if place is not None and building is not None:
            lowest = place["area_code"] if table == "area" else _lowest(building)
        return Account(
            code=code,
            level=place["level"] if table == "area" and place else table or "none",
            day=on,
            status=status,
            place=place,
            address=_address(place, building),
            areas=self._areas(lowest, on),
            names=[row for row in self._names(code) if on is None or _is_valid(row, on)],
            comes_from=comes_from,
            became=became,
            leads_to=self._ends(code, became, rows),
            changes=[self._told(row) for row in changes],
        )

    def _rows(self, table: str, column: str, value: str | None) -> list[Row]:
        """Rows of a code."""
        frame = self.sorted_by[table, column]
        if value is None or frame.is_empty():
            return []
        keys = frame[column]
        first, end = keys.search_sorted(value, side="left"), keys.search_sorted(value, side="right")
        return frame[first:end].to_dicts()

    def _on(self, row: Row | None, changes: list[Row], on: date | None) -> tuple[Row | None, str]:
        """A building or unit as it was on a day: what was entered later is taken back, the last first."""
        if row is None:
            return None, "absent"
        place = dict(row)
        status_known = False
        for change in sorted(changes, key=lambda told: (told["operation"], told["line"]), reverse=True):
            if on is None or change["date"] <= on or change["attribute"] not in place:
                continue
            place[change["attribute"]] = _as_was(change["before"], place[change["attribute"]], change["after"])
            status_known |= change["attribute"] == "status"
        if on is not None and ((place["status"] is None and status_known) or (place["first_seen"] or on) > on):
            return None, "absent"
        code = place.get("unit_code") or place["building_code"]
        if on is not None and not any(change["attribute"] == "status" for change in changes):
            # A library that came with its cancellations tells their days in its lineage alone.
            left = [step.date for step in self._steps(code, "code") if step.kind in LEAVING and step.date]
            if place["status"] == "cancelled" and left and min(left) > on:
                place["status"] = "active"
        place["status"] = place["status"] or "active"
        return place, place["status"]

    def _names(self, code: str) -> list[Row]:
        """Aliases and doorplates of a code."""
        aliases = [
            {name: row[name] for name in ("kind", "text", "valid_from", "valid_to")}
            for row in self._rows("alias", "code", code)
        ]
        plates = [
            {
                "kind": "doorplate",
                "text": f"{row['road'] or ''}{row['road_number'] or ''}",
                "valid_from": row["valid_from"],
                "valid_to": row["valid_to"],
            }
            for row in self._rows("doorplate", "building_code", code)
        ]
        return aliases + plates

    def _areas(self, area_code: str | None, on: date | None) -> list[Row]:
        """The area and all above it as of the day, the district first."""
        chain: list[Row] = []
        while area_code and len(chain) < len(LEVELS):
            found, _ = _area_on(self._rows("area", "area_code", area_code), on)
            if found is None:
                break
            chain.insert(0, {name: found[name] for name in ("area_code", "level", "name")})
            area_code = found["parent_code"]
        return chain

    def _steps(self, code: str, column: str) -> list[Step]:
        rows = self._rows("lineage", column, code)
        steps = [Step(row["code"], row["successor"], row["kind"], row["date"]) for row in rows]
        return sorted(steps, key=lambda step: (step.date or date.min, step.successor or ""))

    def _walk(self, code: str, column: str) -> list[Step]:
        """Lines of lineage from a code on (`code`) or back (`successor`), each once."""
        found: dict[Step, None] = {}
        waiting, seen = [code], {code}
        while waiting:
            for step in self._steps(waiting.pop(0), column):
                found[step] = None
                onward = step.successor if column == "code" else step.code
                if onward is not None and onward not in seen:
                    seen.add(onward)
                    waiting.append(onward)
        return list(found)

    def _ends(self, code: str, became: list[Step], rows: list[Row]) -> list[str]:
        """Codes in force among a code and all that it became."""
        reached = dict.fromkeys([code, *(step.successor for step in became if step.successor)])
        live = []
        for one in reached:
            table = TABLE_OF_LENGTH.get(len(one))
            if table in ("building", "unit"):
                found = self._rows(table, f"{table}_code", one)
                if found and (found[0]["status"] or "active") != "cancelled":
                    live.append(one)
            elif table == "area" and any(row["valid_to"] is None for row in self._rows("area", "area_code", one)):
                live.append(one)
        return live

    def _told(self, change: Row) -> Row:
        """A line of address.change with who ordered it and why."""
        order = self.orders.get(change["operation"], {})
        return {
            **{name: change[name] for name in ("date", "kind", "attribute", "before", "after", "operation")},
            "by": order.get("by"),
            "reason": order.get("reason"),
        }


def _area_on(rows: list[Row], on: date | None) -> tuple[Row | None, str]:
    """The row of an area valid on a day (the newest when none was given) and its status."""
    ordered = sorted(rows, key=lambda row: row["valid_from"] or date.min)
    if on is None:
        valid = [row for row in ordered if row["valid_to"] is None]
        chosen = (valid or ordered)[-1:]
        return (chosen[0] if chosen else None), "active" if valid else "cancelled" if ordered else "absent"
    valid = [row for row in ordered if _is_valid(row, on)]
    if valid:
        return valid[-1], "active"
    return None, "cancelled" if any(row["valid_to"] and row["valid_to"] <= on for row in ordered) else "absent"


def _is_valid(row: Row, on: date) -> bool:
    return (row["valid_from"] is None or row["valid_from"] <= on) and (row["valid_to"] is None or row["valid_to"] > on)


def _lowest(building: Row) -> str | None:
    return building["grid_code"] or building["community_code"] or building["street_code"]


def _as_was(before: str | None, now: Any, after: str | None) -> Any:
    """A cell told as text, in the type of the cell it is in now."""
    if before is None:
        return None
    if isinstance(now, bool):
        return before == "True"
    if isinstance(now, int | float) and not isinstance(now, str):
        return type(now)(before)
    return before


def _address(place: Row | None, building: Row | None) -> str | None:
    """What the place is called: a room's standard address, a building's name or numbers, an area's name."""
    if place is None:
        return None
    if "unit_code" in place:
        return place["standard_address"]
    if "building_code" in place:
        return called(place)
    return place["name"]
