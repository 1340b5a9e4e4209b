"""A small library in a lake: two buildings of a village, one of an estate, two grids in one community."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from schemas.home import Home
from schemas.table import load_tables
from transforms.lake.lock import lake_lock
from transforms.lake.store import Lake
from transforms.library.draft import Order

DAY1, DAY2, DAY3, DAY4 = date(2026, 3, 2), date(2026, 3, 5), date(2026, 3, 9), date(2026, 3, 12)
STREET, COMMUNITY = "440306011", "440306011005"
GRID, OTHER_GRID = "44030601100501", "44030601100502"
VILLAGE = f"{GRID}00001"  # 固戍一村66号: rooms 101, 102, 201
NEXT = f"{GRID}00002"  # 固戍一村67号: room 101
TOWER = f"{OTHER_GRID}00007"  # 碧海花园3栋: 1单元501, 2单元501
SHED = f"{GRID}T0004"
ROOMS = {
    VILLAGE: [(None, "101"), (None, "102"), (None, "201")],
    NEXT: [(None, "101")],
    TOWER: [("1单元", "501"), ("2单元", "501")],
}
AREAS = [
    ("440306", "district", "宝安区", None),
    (STREET, "street", "西乡街道", "440306"),
    (COMMUNITY, "community", "固戍社区", STREET),
    (GRID, "grid", "固戍一格", COMMUNITY),
    (OTHER_GRID, "grid", "固戍二格", COMMUNITY),
    ("440306012", "street", "航城街道", "440306"),
    ("440306012001", "community", "黄田社区", "440306012"),
    ("44030601200101", "grid", "黄田一格", "440306012001"),
]


def unit(building: str, number: int) -> str:
    return f"{building}{number:06d}"


def order(day: date = DAY2, reason: str = "测试") -> Order:
    return Order("地址管理岗", reason, day)


def frames() -> dict[str, pl.DataFrame]:
    lies = {"street_code": STREET, "community_code": COMMUNITY, "status": "active", "first_seen": DAY1,
            "last_changed": DAY1, "version": 1}  # fmt: skip
    village = {"estate": "固戍一村", "road": "固戍路", "grid_code": GRID, "is_temporary": False, **lies}
    buildings: list[dict[str, Any]] = [
        {"building_code": VILLAGE, "estate_number": "66号", "road_number": "1号", **village},
        {"building_code": NEXT, "estate_number": "67号", "road_number": "3号", **village},
        {"building_code": TOWER, "estate": "碧海花园", "estate_number": "3栋", "grid_code": OTHER_GRID, **lies},
        {"building_code": SHED, "name": "工地板房", **village, "estate": None, "road": None, "is_temporary": True},
    ]
    names = {VILLAGE: "固戍一村66号", NEXT: "固戍一村67号", TOWER: "碧海花园3栋"}
    units = [
        {
            "unit_code": unit(code, number),
            "building_code": code,
            "entrance": entrance,
            "room": room,
            "standard_address": f"广东省深圳市宝安区西乡街道固戍社区{names[code]}{entrance or ''}{room}室",
            "status": "active",
            "first_seen": DAY1,
            "last_changed": DAY1,
            "version": 1,
        }
        for code, rooms in ROOMS.items()
        for number, (entrance, room) in enumerate(rooms, start=1)
    ]
    areas = pl.DataFrame(AREAS, schema=["area_code", "level", "name", "parent_code"], orient="row").with_columns(
        valid_from=pl.lit(date(2020, 1, 1))
    )
    tables = load_tables()
    made = {"building": pl.DataFrame(buildings, infer_schema_length=None), "unit": pl.DataFrame(units), "area": areas}
    return {f"address.{name}": tables[f"address.{name}"].conform(frame) for name, frame in made.items()}


def settle_in(home: Home, **more: pl.DataFrame) -> Lake:
    """The town as the library of a lake."""
    lake = Lake(home)
    with lake_lock(home):
        lake.replace_library({**frames(), **{f"address.{name}": frame for name, frame in more.items()}})
    return lake


def statuses(lake: Lake, table: str = "unit") -> dict[str, str]:
    return dict(lake.read(f"address.{table}", [f"{table}_code", "status"]).rows())


def lineage(lake: Lake) -> set[tuple[str, str | None, str]]:
    return set(lake.read("address.lineage", ["code", "successor", "kind"]).rows())
