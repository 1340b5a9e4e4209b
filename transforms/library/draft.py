"""What an operation has decided so far: rows as they will be, beside the rows as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from schemas.errors import BlockdataError
from schemas.table import load_tables
from transforms.library.book import BUILDING, CODE_COLUMN, TABLE_OF_LENGTH, UNIT, Book, Row
from transforms.resolving.address import full_addresses

GRID = 14  # positions of a base grid's code
BESIDE = {"alias": "code", "doorplate": "building_code"}
Line = tuple[str, str, str, str | None, str | None]  # code, kind, attribute, before, after
NOT_TOLD = frozenset({"version", "last_changed", "geometry", "first_seen"})


class LibraryRefusal(BlockdataError):
    """An operation that would make the library wrong. Nothing was changed."""


@dataclass(frozen=True)
class Order:
    """Who wants it (a post), why, and as of which day."""

    by: str
    reason: str
    date: date


@dataclass
class Draft:
    """An operation being made. `get` sees what was already put; nothing is written before `operation.perform` does."""

    book: Book
    order: Order
    kind: str
    _now: dict[str, dict[str, Row | None]] = field(default_factory=lambda: {"building": {}, "unit": {}})
    _before: dict[str, Row | None] = field(default_factory=dict)
    _kinds: dict[str, str] = field(default_factory=dict)  # code → what happens to it, in the order it was decided
    _known_rooms: dict[str, list[str]] = field(default_factory=dict)  # building → codes of its units
    _grids: dict[str, list[str]] = field(default_factory=dict)  # grid → codes of its buildings
    _lineage: set[str] | None = None
    _areas: pl.DataFrame | None = None
    _addresses: dict[str, str] = field(default_factory=dict)
    _beside: dict[str, dict[str, list[Row]]] = field(default_factory=dict)  # alias, doorplate → code → rows
    more: dict[str, list[Row]] = field(default_factory=dict)  # rows of the small tables
    told: list[Line] = field(default_factory=list)  # further lines of change

    def fetch(self, codes: Iterable[str]) -> None:
        """Reads buildings and units by code in one go, where several are wanted."""
        asked = list(dict.fromkeys(codes))
        for table, size in (("building", BUILDING), ("unit", UNIT)):
            wanted = [code for code in asked if len(code) == size and code not in self._now[table]]
            if wanted:
                self._now[table] |= dict.fromkeys(wanted)
                self._keep(table, self.book.find(table, CODE_COLUMN[table], wanted))

    def fetch_rooms(self, buildings: Iterable[str]) -> None:
        """Reads all units of several buildings in one go."""
        wanted = [code for code in dict.fromkeys(buildings) if code not in self._known_rooms]
        if wanted:
            self._known_rooms |= {code: [] for code in wanted}
            frame = self.book.rooms(wanted)
            self._keep("unit", frame)
            for code, building in zip(frame["unit_code"], frame["building_code"], strict=True):
                for owner in {code[:BUILDING], building} & self._known_rooms.keys():
                    self._known_rooms[owner].append(code)

    def _keep(self, table: str, frame: pl.DataFrame) -> None:
        for row in frame.iter_rows(named=True):
            code = row[CODE_COLUMN[table]]
            if code not in self._before:
                self._before[code] = row
                self._now[table][code] = row

    def get(self, code: str) -> Row | None:
        """The row of a building or unit as it will be."""
        table = TABLE_OF_LENGTH[len(code)]
        if code not in self._now[table]:
            self.fetch([code])
        return self._now[table][code]

    def rooms(self, building_code: str) -> list[Row]:
        """Units of a building as they will be, cancelled ones and those of its codes elsewhere too, by code."""
        self.fetch_rooms([building_code])
        rows = (self._now["unit"][code] for code in sorted(set(self._known_rooms[building_code])))
        return [row for row in rows if row is not None]

    def live_rooms(self, building_code: str) -> list[Row]:
        """Units of a building that are not cancelled."""
        return [row for row in self.rooms(building_code) if is_live(row) and row["building_code"] == building_code]

    def buildings_of_grid(self, grid_code: str) -> list[str]:
        """Codes of every building, cancelled ones too, that begin with a base grid's."""
        if grid_code not in self._grids:
            self._grids[grid_code] = self.book.buildings_of_grid(grid_code)
        return self._grids[grid_code]

    def lineage_codes(self) -> set[str]:
        """Every code lineage tells of."""
        if self._lineage is None:
            self._lineage = {str(code) for name in ("code", "successor") for code in self.book.lineage[name] if code}
        return self._lineage

    def areas(self) -> pl.DataFrame:
        """Areas of the day of the operation, see `resolving.area.hierarchy`."""
        if self._areas is None:
            self._areas = self.book.areas_on(self.order.date)
        return self._areas

    def area_row(self, area_code: str) -> Row | None:
        """One area of that day."""
        found = self.areas().filter(pl.col("area_code") == area_code)
        return found.row(0, named=True) if found.height else None

    def address(self, building: Row) -> str:
        """The full address of a building, by the areas of that day."""
        code = building["building_code"]
        if code not in self._addresses:
            frame = load_tables()["address.building"].conform(pl.DataFrame([building], infer_schema_length=None))
            self._addresses[code] = full_addresses(frame, self.areas())["full_address"][0]
        return self._addresses[code]

    def fetch_names(self, codes: Iterable[str]) -> None:
        """Reads aliases and doorplates of several codes in one go."""
        asked = list(dict.fromkeys(codes))
        for table in ("alias", "doorplate"):
            known = self._beside.setdefault(table, {})
            wanted = [code for code in asked if code not in known and (table == "alias" or len(code) == BUILDING)]
            if wanted:
                known |= {code: [] for code in wanted}
                for row in self.book.find(table, BESIDE[table], wanted).iter_rows(named=True):
                    known[row[BESIDE[table]]].append(row)

    def aliases(self, code: str) -> list[Row]:
        """Names of a code as the library has them."""
        self.fetch_names([code])
        return self._beside["alias"][code]

    def plates(self, code: str) -> list[Row]:
        """Doorplates of a building as the library has them; a unit has none."""
        self.fetch_names([code])
        return self._beside["doorplate"].get(code, [])

    def lineage_of(self, code: str) -> list[Row]:
        """Lines of lineage that tell what became of a code."""
        return self.book.find("lineage", "code", [code]).to_dicts()

    def put(self, row: Row, kind: str = "") -> None:
        """Makes `row` the row of its code: a new one as it is, a known one counted as changed today."""
        table = "unit" if "unit_code" in row else "building"
        code = row[CODE_COLUMN[table]]
        before = self._before.get(code)
        full = dict.fromkeys(load_tables()[f"address.{table}"].column_names) | row
        full |= {"last_changed": self.order.date, "version": (before["version"] or 0) + 1 if before else 1}
        if before is None:
            self._before[code] = None
            full["first_seen"] = row.get("first_seen") or self.order.date
            if table == "unit":
                self.fetch_rooms([row["building_code"]])
                self._known_rooms[row["building_code"]].append(code)
            elif code[:GRID] in self._grids:
                self._grids[code[:GRID]].append(code)
        self._now[table][code] = full
        self._addresses.pop(code, None)
        self._kinds.setdefault(code, kind or self.kind)

    def add(self, table: str, **row: object) -> None:
        """One more row of a small table (alias, doorplate, lineage, area)."""
        self.more.setdefault(table, []).append(row)

    def lead(self, code: str, kind: str, successor: str | None) -> None:
        """Leaves the line of lineage."""
        self.add("lineage", code=code, successor=successor, kind=kind, date=self.order.date)
        self._kinds.setdefault(code, kind)
        if successor is not None and successor != code:
            self.tell(code, kind, "successor", None, successor)

    def tell(self, code: str, kind: str, attribute: str, before: str | None, after: str | None) -> None:
        """One more line of address.change, for what no row of a building or unit shows."""
        self.told.append((code, kind, attribute, before, after))

    def changed_rows(self) -> dict[str, pl.DataFrame]:
        """Rows by table name as the lake takes them."""
        tables = load_tables()
        rows: dict[str, list[Row]] = {
            table: [row for code, row in known.items() if row is not None and row is not self._before.get(code)]
            for table, known in self._now.items()
        }
        rows |= self.more
        return {
            f"address.{table}": pl.DataFrame(
                found, schema_overrides=tables[f"address.{table}"].polars_schema(), infer_schema_length=None
            )
            for table, found in rows.items()
            if found
        }

    def lines(self) -> list[Line]:
        """code, kind, attribute, before, after of everything that changes, in the order the codes were decided on."""
        found: list[Line] = []
        for code, kind in self._kinds.items():
            if len(code) < BUILDING:
                continue
            now, before = self._now[TABLE_OF_LENGTH[len(code)]].get(code), self._before.get(code)
            if now is None or now is before:
                continue
            if before is None:
                found.append((code, kind, "status", None, now["status"]))
                continue
            found += [
                (code, kind, name, said(before[name]), said(value))
                for name, value in now.items()
                if name not in NOT_TOLD and said(value) != said(before[name])
            ]
            if now.get("geometry") != before.get("geometry"):
                found.append((code, kind, "geometry", None, None))
        return found + self.told


def is_live(row: Row) -> bool:
    """Whether a building or unit is not cancelled."""
    return (row["status"] or "active") != "cancelled"


def said(value: object) -> str | None:
    """A cell as text."""
    return None if value is None else str(value)


def standing_row(draft: Draft, code: str) -> Row:
    """The row of a code an operation may change: known, not cancelled, not younger than the day asked for."""
    if TABLE_OF_LENGTH.get(len(code)) not in ("building", "unit") or not re.fullmatch(
        r"[0-9]{14}[0-9T]{5}([0-9]{6})?", code
    ):
        raise LibraryRefusal(
            f"{code} is no code of a building (19 positions) or a unit (25)", "look it up: blockdata lookup"
        )
    row = draft.get(code)
    if row is None:
        raise LibraryRefusal(f"{code} is not in the library", "look the place up: blockdata lookup ADDRESS")
    if not is_live(row):
        raise LibraryRefusal(f"{code} is cancelled", f"see what became of it: blockdata library history {code}")
    refuse_early(draft, code, row)
    return row


def refuse_early(draft: Draft, code: str, row: Row) -> None:
    """LibraryRefusal where the day asked for lies before the code's first day or its last change."""
    for name, what in (("first_seen", "entered the library"), ("last_changed", "was last changed")):
        day = row[name]
        if day is not None and draft.order.date < day:
            raise LibraryRefusal(f"{code} {what} on {day}, after {draft.order.date}", f"give --date {day} or later")
