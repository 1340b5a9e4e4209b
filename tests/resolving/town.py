"""A town of two streets and four buildings with the project's own feeds about it, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from schemas.contract import Contract, load_contracts
from schemas.home import Home
from schemas.table import load_tables, record_history_table
from transforms.lake.fold import current_state
from transforms.lake.letters import letters_of
from transforms.lake.store import Lake
from transforms.resolving.resolve import Evidence

DAY1, DAY2, DAY3 = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
POLICE, LEASES, STUDENTS = "police__residents", "housing__leases", "education__students"
VITAL, WORK, REGISTER = "health__births_deaths", "human_resources__contributions", "market_regulation__organisations"
FIRE, REQUESTS, DOOR = "fire__inspections", "hotline__requests", "grid_office__door_outcomes"

DISTRICT, SOUTH, NORTH = "440306", "440306014", "440306008"
TOWER, VILLAGE, SHED, MOVED = (
    "4403060140030100001",
    "4403060140030100002",
    "44030600800448T0041",
    "4403060140030100003",  # its code says the southern street, it stands in the northern today
)
COMMUNITIES = ("440306014003", "440306008004")
GRID_SOUTH, GRID_NORTH = "44030601400301", "44030600800401"
_PLACE = {
    TOWER: ("海旺花园3栋", SOUTH, "440306014003", GRID_SOUTH, 113.930, 22.660),
    VILLAGE: ("浪口一区66号", SOUTH, "440306014003", GRID_SOUTH, 113.931, 22.661),
    SHED: ("海旺临时板房", NORTH, "440306008004", GRID_NORTH, 113.880, 22.560),
    MOVED: ("海旺路8号", NORTH, "440306008004", GRID_NORTH, 113.881, 22.561),
}
_AREAS = [
    (DISTRICT, "district", "宝安区", None),
    (SOUTH, "street", "石岩街道", DISTRICT),
    ("440306014003", "community", "浪口社区", SOUTH),
    (GRID_SOUTH, "grid", "浪口一格", "440306014003"),
    (NORTH, "street", "新安街道", DISTRICT),
    ("440306008004", "community", "海旺社区", NORTH),
    (GRID_NORTH, "grid", "海旺一格", "440306008004"),
]
ROOMS = ("101", "102", "201")


def unit(building: str, number: int) -> str:
    """The code of a room."""
    return f"{building}{number:06d}"


def key(name: str) -> str:
    """A made token."""
    return (name * 32)[:32]


def library() -> dict[str, pl.DataFrame]:
    """address.* of the town, in its declared shape; every building has the rooms 101, 102 and 201."""
    rows: dict[str, list[dict[str, Any]]] = {
        "address.area": [
            {"area_code": code, "level": level, "name": name, "parent_code": parent, "valid_from": date(2020, 1, 1)}
            for code, level, name, parent in _AREAS
        ],
        "address.building": [
            {"building_code": code, "name": name, "street_code": street, "community_code": community,
             "grid_code": grid, "lon": lon, "lat": lat, "status": "active", "is_temporary": "T" in code}
            for code, (name, street, community, grid, lon, lat) in _PLACE.items()
        ],
        "address.unit": [
            {"unit_code": unit(code, number), "building_code": code, "room": room, "floor": int(room[0]),
             "standard_address": f"{_PLACE[code][0]}{room}", "status": "active"}
            for code in _PLACE
            for number, room in enumerate(ROOMS, start=1)
        ],
        "address.work_grid": [
            {"work_grid": "工作网格1", "department": "grid_office", "base_grid": grid, "valid_from": date(2020, 1, 1)}
            for grid in (GRID_SOUTH, GRID_NORTH)
        ],
    }  # fmt: skip
    return {
        name: _frame(table.polars_schema(), rows.get(name, []))
        for name, table in load_tables().items()
        if name.startswith("address.")
    }


def at(building: str, number: int | None = None, score: float = 1.0, room: str | None = None) -> dict[str, Any]:
    """Where a record was keyed to: a room, or a building (with the room it lacks)."""
    where = {"building_code": building, "match_score": score, "match_method": "components", "proposed_room": room}
    if number is None:
        return {**where, "match_level": "building"}
    return {**where, "match_level": "unit", "unit_code": unit(building, number)}


def change(
    record: str, day: date, *, operation: str = "insert", delivered: date | None = None, **cells: Any
) -> dict[str, Any]:
    """One change of a record; `day` is when it became known."""
    return {
        "record_id": record,
        "operation": operation,
        "known_from": day,
        "delivered_on": delivered or day,
        "batch_id": batch_id(delivered or day),
        "file_name": "made.csv",
        "row_number": 2,
        "row_hash": "abcd",
        **cells,
    }


def batch_id(day: date) -> str:
    """One batch a day."""
    return "".join(chr(ord("a") + int(digit)) for digit in f"{day:%Y%m%d}" * 2)


def history(contract: Contract, rows: Sequence[Mapping[str, Any]]) -> pl.LazyFrame:
    """Rows in the shape of the feed's record_history; columns not given are null."""
    return _frame(record_history_table(contract).polars_schema(), rows).lazy()


@cache
def contracts_of_the_town() -> dict[str, Contract]:
    """All contracts of the project, read once."""
    return load_contracts()


def evidence(as_of: date, **feeds: Sequence[Mapping[str, Any]]) -> Evidence:
    """What resolving reads: the town's library, all contracts, the changes given by feed id."""
    contracts = contracts_of_the_town()
    histories = {feed: history(contract, feeds.get(feed, [])) for feed, contract in contracts.items()}
    current = {feed: current_state(rows).drop("operation") for feed, rows in histories.items()}
    return Evidence(contracts, histories, current, library(), as_of)


def moment(day: date, hour: int = 9) -> datetime:
    """A time of a day."""
    return datetime(day.year, day.month, day.day, hour)


def _frame(schema: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    strange = {name for row in rows for name in row} - set(schema)
    assert not strange, f"no such column: {strange}"
    return pl.DataFrame([{name: row.get(name) for name in schema} for row in rows], schema=schema)


def fill_library(home: Home) -> None:
    """Makes the town's library that of the lake."""
    lake = Lake(home)
    for name, frame in library().items():
        lake.replace(name, frame)


def fill(home: Home, **feeds: Sequence[Mapping[str, Any]]) -> None:
    """Lets the changes into the lake, one batch a feed and day, as a load would: the row in quality.batch last."""
    contracts = load_contracts()
    for feed, rows in sorted(feeds.items()):
        for day in sorted({row["delivered_on"] for row in rows}):
            mine = [row for row in rows if row["delivered_on"] == day]
            let_in(home, feed, day, history(contracts[feed], mine).collect())


def let_in(
    home: Home, feed: str, day: date, changes: pl.DataFrame, *, listed: bool = True, batch: str | None = None
) -> None:
    """One batch; with listed=False as a killed load leaves it, without its row in quality.batch."""
    lake = Lake(home)
    batch = batch or letters_of(feed, day.isoformat())
    lake.write_batch(f"record_history.{feed}", changes, feed, batch)
    lake.write_batch(
        "quality.reconciliation",
        pl.DataFrame(
            {"gate": ["load"], "received": [changes.height], "inserted": [changes.height], "delivered_on": [day]}
        ),
        feed,
        batch,
    )
    if listed:
        row = {"batch_id": batch, "feed_id": feed, "delivered_on": day, "known_on": day, "status": "loaded"}
        empty = dict.fromkeys(load_tables()["quality.batch"].column_names)
        row["committed_at"] = moment(date(2026, 3, 9)) + timedelta(seconds=lake.batch_rows().height)
        lake.commit({**empty, **row, "received": changes.height, "loaded": changes.height})


def days() -> dict[str, list[dict[str, Any]]]:
    """Three days of the town, so that every table of a release holds a row."""
    return {
        POLICE: [
            change("RK1", DAY1, person_key=key("a"), sex="male", birth_year=1985,
                   registered_on=date(2025, 3, 1), **at(TOWER, 1)),
            change("RK2", DAY1, person_key=key("b"), sex="female", birth_year=1990,
                   registered_on=date(2024, 5, 1), **at(TOWER, 2)),
            change("RK2", DAY2, operation="delete"),
        ],
        LEASES: [change("ZL1", DAY1, person_key=key("a"), starts_on=date(2025, 6, 1), **at(VILLAGE, 1))],
        STUDENTS: [change("XJ1", DAY1, person_key=key("c"), birth_year=2015, **at(VILLAGE, room="301"))],
        VITAL: [change("SW1", DAY2, person_key=key("d"), event_kind="death", happened_on=f"{DAY1:%Y%m%d}", **at(SHED))],
        REGISTER: [
            change("GS1", DAY1, organisation_key=key("o"), name="海旺商贸有限公司", entity_type="company",
                   registered_on=date(2020, 1, 1), **at(TOWER, 3)),
        ],
        REQUESTS: [change("QQ1", DAY2, kind="noise", occurred_at=moment(DAY2), match_level="none",
                          lon=113.9305, lat=22.6605)],
        DOOR: [change("RH1", DAY3, outcome="premises_missing", visited_on=DAY3, **at(TOWER, 3))],
    }  # fmt: skip
