"""“一键可知”: any address text, name or code leads to the place and all that is known of it.

At unit level it tells only how many sources speak of a room, never which department holds what.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from serving import audit
from serving.allowed_sql import CATALOGUE
from serving.query import connection
from serving.released import Released, current
from transforms.lake import at_hand

if TYPE_CHECKING:
    import duckdb

    from schemas.home import Home
    from transforms.addressing.library import AddressLibrary

LIBRARY = (
    "address.area",
    "address.area_crosswalk",
    "address.work_grid",
    "address.building",
    "address.doorplate",
    "address.unit",
    "address.alias",
    "address.lineage",
)
BUILDING_LENGTH = 19
LEVEL_OF_LENGTH = {6: "district", 9: "street", 12: "community", 14: "grid"}


@dataclass(frozen=True)
class Match:
    """What the text was taken to mean. `code` is the unit's, building's or area's; None when nothing was found."""

    level: str
    code: str | None
    method: str
    score: float | None = None
    margin: float | None = None
    reason: str = ""
    candidates: list[dict[str, str]] = field(default_factory=list)  # code and name, where several places fit


def lookup(text: str, home: Home, *, by: str = "") -> dict[str, Any]:
    """What the current release knows of `text`: match, areas, building, unit, units, measures, names, history.

    Every key is always there; `match.level` is `none` when the text means no place, `outside` for another city.
    Raises UsageError for an empty text or before the first publish.
    """
    wanted = text.strip()
    if not wanted:
        raise UsageError("nothing to look up", "give an address, a name or a code")
    released = current(home)
    with connection(released, "place", threads=1) as con:
        match = (
            by_code(con, unicodedata.normalize("NFKC", wanted))
            or by_area_name(con, wanted)
            or by_address(released, wanted)
        )
        audit.append(home, "lookup", by=by, release=released.name, level=match.level, code=match.code)
        return {"text": wanted, "release": released.name, **_known(con, released, match)}


class Desk:
    """One release kept open for many questions about buildings: for a map, a counter, a batch of codes.

    What `lookup` asks of the place profile for a code that is a building's, without opening the release again. Use it
    as a context; one thread at a time. Leaves no audit entry: who serves people through it writes one.
    """

    def __init__(self, released: Released) -> None:
        self._released = released
        self._open = ExitStack()

    def __enter__(self) -> Desk:
        self._con = self._open.enter_context(connection(self._released, "place", threads=1))
        # Names of columns cost as much as the question, so they are asked for once.
        self._names = {table: self._columns(table) for table in ("address.building", "address.unit", "block.building")}
        self._lists = at_hand.listed(at_hand.columns_of(self._con, "block.building"), self._names["address.building"])
        self._is_at_hand = at_hand.is_there(self._con, CATALOGUE)
        return self

    def __exit__(self, *failure: object) -> None:
        self._open.close()

    def block(self, building_code: str) -> dict[str, Any] | None:
        """The whole block of a building: `building` and `units` as the library has them, `measures` by id; None for a
        code the release has no building of.
        """
        found = self._rows("address.building", building_code)
        if not found:
            return None
        measures, first, last = (self._at_hand if self._is_at_hand else self._looked_for)(building_code)
        return {
            "building": found[0],
            "units": self._units(building_code, first, last) if first is not None and last is not None else [],
            "measures": {name: measures[name] for name in self._names["block.building"] if name in measures},
        }

    def _at_hand(self, building_code: str) -> tuple[dict[str, Any], int | None, int | None]:
        """What block.building has of the building beside its row, and the first and last row of its rooms."""
        asked = f"SELECT {', '.join(self._lists)}, first_unit, last_unit FROM {at_hand.LOOKUP} WHERE building_code = ?"
        *lists, first, last = self._con.execute(asked, [building_code]).fetchall()[0]
        measures: dict[str, Any] = {}
        for names, values in zip(self._lists.values(), lists, strict=True):
            if values is not None:  # a building no longer active is in no block
                measures.update(zip(names, values, strict=True))
        return measures, first, last

    def _looked_for(self, building_code: str) -> tuple[dict[str, Any], int | None, int | None]:
        """The same of a release that has them not at hand."""
        asked = "SELECT min(rowid), max(rowid) FROM address.unit WHERE building_code = ?"
        first, last = self._con.execute(asked, [building_code]).fetchall()[0]
        rows = self._rows("block.building", building_code)
        known = set(self._names["address.building"])
        return {name: value for row in rows for name, value in row.items() if name not in known}, first, last

    def _units(self, building_code: str, first: int, last: int) -> list[dict[str, Any]]:
        """A building's rooms lie together, for the table is sorted: reading them from the first to the last takes a
        fifth of the time of fetching each by the index.
        """
        rows = self._asked("address.unit", "rowid BETWEEN ? AND ?", [first, last])
        units = [unit for unit in rows if unit["building_code"] == building_code]
        return sorted(units, key=lambda unit: str(unit["unit_code"]))

    def _columns(self, table: str) -> list[str]:
        return [name for name, _ in at_hand.columns_of(self._con, table) if name != "geometry"]

    def _rows(self, table: str, building_code: str) -> list[dict[str, Any]]:
        return self._asked(table, "building_code = ?", [building_code])

    def _asked(self, table: str, condition: str, given: list[Any]) -> list[dict[str, Any]]:
        names = self._names[table]
        rows = self._con.execute(f"SELECT {', '.join(names)} FROM {table} WHERE {condition}", given).fetchall()
        return [dict(zip(names, row, strict=True)) for row in rows]


def by_code(con: duckdb.DuckDBPyConnection, text: str) -> Match | None:
    """The place of a unified address code or area code, of half-width digits; a code that changed leads to its
    successor."""
    if text.isdecimal() and len(text) in LEVEL_OF_LENGTH:
        found = con.execute("SELECT level FROM address.area WHERE area_code = ? LIMIT 1", [text]).fetchall()
        return Match(found[0][0], text, "code", 1.0) if found else _unknown(text)
    from schemas.code import CodeError, parse

    try:
        code = parse(text)
    except CodeError:
        return None
    if code.kind == "outside":
        return Match("grid", code.grid, "code", 1.0, reason="an element outside any building of this grid")
    wanted = code.text if code.kind == "unit" else str(code.building)
    level, reason = ("unit", "") if len(wanted) > BUILDING_LENGTH else ("building", "")
    successor = _successor(con, wanted)
    if successor != wanted:
        reason = f"{wanted} was replaced by {successor}"
        wanted, level = successor, "unit" if len(successor) > BUILDING_LENGTH else "building"
    column = f"{level}_code"
    if con.execute(f"SELECT 1 FROM address.{level} WHERE {column} = ?", [wanted]).fetchall():
        return Match(level, wanted, "code", 1.0, reason=reason)
    building = wanted[:BUILDING_LENGTH]
    if level == "unit" and con.execute("SELECT 1 FROM address.building WHERE building_code = ?", [building]).fetchall():
        return Match("building", building, "code", 1.0, reason="the library has no such unit in this building")
    return _unknown(text)


def by_area_name(con: duckdb.DuckDBPyConnection, text: str) -> Match | None:
    """The area of exactly this name, when only one bears it."""
    found = con.execute(
        "SELECT DISTINCT area_code, level FROM address.area WHERE name = ? AND valid_to IS NULL", [text]
    ).fetchall()
    return Match(found[0][1], found[0][0], "exact", 1.0) if len(found) == 1 else None


def by_address(released: Released, text: str) -> Match:
    """The place an address text means, by the same keying as every feed, against this release's library."""
    from transforms.addressing.resolve import resolve_text

    found = resolve_text(text, _library(released))
    candidates = [{"code": code, "name": name} for code, name in found.candidates]
    return Match(found.level, found.code, found.method, found.score, found.margin, found.reason, candidates)


_prepared: dict[tuple[str, ...], AddressLibrary] = {}


def _library(released: Released) -> AddressLibrary:
    """The release's library. The last one is kept with its index: preparing it costs more than a thousand lookups."""
    from transforms.addressing.library import AddressLibrary

    content = tuple(file.sha256 for table in LIBRARY for file in released.manifest.tables[table].files)
    library = _prepared.get(content)
    if library is None:
        library = AddressLibrary.from_frames({table: released.read(table) for table in LIBRARY})
        _prepared.clear()
        _prepared[content] = library
    return library


def _unknown(text: str) -> Match:
    return Match("none", None, "code", reason=f"the library has no code {text}")


def _successor(con: duckdb.DuckDBPyConnection, code: str) -> str:
    """Where a code's changes end, when each leads to one successor; itself when it never changed."""
    seen = {code}
    while True:
        after = con.execute(
            "SELECT DISTINCT successor FROM address.lineage WHERE code = ? AND successor IS NOT NULL", [code]
        ).fetchall()
        if len(after) != 1 or after[0][0] in seen:
            return code
        code = after[0][0]
        seen.add(code)


def _known(con: duckdb.DuckDBPyConnection, released: Released, match: Match) -> dict[str, Any]:
    """Everything the release tells of the matched place."""
    unit_code = match.code if match.level == "unit" else None
    building_code = match.code[:BUILDING_LENGTH] if match.code and match.level in ("unit", "building") else None
    building = _one(con, "address.building", "building_code", building_code)
    units = _rows(con, "address.unit", "building_code", building_code, "unit_code") if building_code else []
    sources = _sources(released, building_code) if building_code else {}
    for one in units:
        one["sources"] = sources.get(one["unit_code"], 0) if sources is not None else None
    found = [unit for unit in units if unit["unit_code"] == unit_code]
    unit = found[0] if found else None
    place = unit_code or building_code or match.code
    area = building["grid_code"] or building["community_code"] if building else match.code
    return {
        "match": {**asdict(match), "name": _name(con, match, building, unit)},
        "areas": _areas(con, area),
        "building": building,
        "unit": unit,
        "units": [] if unit else units,
        "measures": _measures(con, "building" if building else match.level, building_code or match.code),
        "aliases": _rows(con, "address.alias", "code", place, "kind, text"),
        "doorplates": _rows(con, "address.doorplate", "building_code", building_code, "road, road_number"),
        "lineage": _lineage(con, [code for code in {unit_code, building_code, match.code} if code]),
    }


def _name(con: duckdb.DuckDBPyConnection, match: Match, building: dict | None, unit: dict | None) -> str | None:
    if unit:
        return unit["standard_address"]
    if building:
        from transforms.library.names import called

        return called(building)
    areas = _areas(con, match.code)
    return areas[-1]["name"] if areas else None


def _areas(con: duckdb.DuckDBPyConnection, area_code: str | None) -> list[dict[str, Any]]:
    """The area and those above it as they are today, the district first."""
    chain: list[dict[str, Any]] = []
    while area_code and len(chain) < len(LEVEL_OF_LENGTH):
        found = con.execute(
            "SELECT area_code, level, name, parent_code FROM address.area WHERE area_code = ? "
            "ORDER BY valid_to DESC NULLS FIRST LIMIT 1",
            [area_code],
        ).fetchall()
        if not found:
            break
        chain.insert(0, dict(zip(("area_code", "level", "name"), found[0], strict=False)))
        area_code = found[0][3]
    return chain


def _measures(con: duckdb.DuckDBPyConnection, level: str, code: str | None) -> list[dict[str, Any]]:
    """The place's row of block.<level>, a line a measure, titled in Chinese and English."""
    from schemas.measure import load_measures

    if level not in ("building", "grid", "community", "street", "district"):
        return []
    row = _one(con, f"block.{level}", f"{level}_code", code) or {}
    return [
        {"id": one.id, "title": one.title, "english": one.english, "unit": one.unit, "value": row[one.id]}
        for one in load_measures().values()
        if one.id in row
    ]


def _lineage(con: duckdb.DuckDBPyConnection, codes: list[str]) -> list[dict[str, Any]]:
    rows = [
        row
        for column in ("code", "successor")
        for code in codes
        for row in _rows(con, "address.lineage", column, code, "date, code, successor")
    ]
    return sorted({str(row): row for row in rows}.values(), key=lambda row: (row["date"], row["code"]))


def _sources(released: Released, building_code: str) -> dict[str, int] | None:
    """Feeds speaking of each unit of a building; None when the release lies here without its person profile."""
    tables = [name for name in released.names("person") if name.startswith("record.")]
    if not tables or not all(path.exists() for name in tables for path in released.files(name)):
        return None
    import polars as pl

    # Two columns of the few row groups that hold the building, of many files at once; DuckDB, asked through a view a
    # feed, takes longer to plan it than to answer.
    here = pl.col("building_code") == building_code
    told = pl.collect_all([released.scan(name, ["building_code", "unit_code"]).filter(here) for name in tables])
    units = [unit for rows in told for unit in set(rows["unit_code"].drop_nulls())]
    return dict(Counter(units))


def _one(con: duckdb.DuckDBPyConnection, table: str, column: str, value: str | None) -> dict[str, Any] | None:
    rows = _rows(con, table, column, value, column)
    return rows[0] if rows else None


def _rows(
    con: duckdb.DuckDBPyConnection, table: str, column: str, value: str | None, order: str
) -> list[dict[str, Any]]:
    """Rows of a place table by one column, without geometries. Names come from this module, the value is bound."""
    if value is None:
        return []
    cursor = con.execute(f"SELECT * FROM {table} WHERE {column} = ? ORDER BY {order}", [value])
    names = [column[0] for column in cursor.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [{name: cell for name, cell in row.items() if name != "geometry"} for row in rows]
