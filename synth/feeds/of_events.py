"""Feeds about what happens: fire inspections, 12345 requests, patrol findings, doors knocked on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from schemas.code import IN_BUILDING_MASK, OUTSIDE_MASK
from synth.address_text import Style, write
from synth.coordinates import as_text, bd09, gcj02
from synth.draw import Draw, Ints, take
from synth.feeds.of_residents import _text
from synth.foreign_address import strays
from synth.versions import assemble, meaning, numbered
from synth.world import World

INSPECTED = Style(prefix=(10, 40, 25, 20, 2, 1, 1, 1), street=0.7, community=0.3, road=0.95, room=0.0, dashes=0.0)
CALLED = Style(
    prefix=(8, 15, 12, 60, 2, 1, 1, 1), street=0.4, community=0.25, road=0.5, room=0.35, estate_short=0.35, typo=0.03
)
VISITED = Style(prefix=(50, 40, 5, 1, 1, 1, 1, 1), street=0.95, community=0.9, road=0.8, dashes=0.03)
NEARBY = ["附近", "楼下", "对面", "旁边", "门口", "后面空地"]
DEPARTMENTS = [
    "城管执法局",
    "住房建设局",
    "交通运输局",
    "水务局",
    "市场监管局",
    "消防救援大队",
    "街道办事处",
    "公安分局",
]
WHAT_WAS_SAID = [
    "来电反映夜间噪声扰民",
    "来电反映垃圾无人清运",
    "来电咨询办理流程",
    "来电反映占道停车",
    "来电反映楼道堆物",
]


INSPECTION_KINDS = ["双随机抽查", "举报投诉核查", "开业前检查", "专项检查", "复查"]
REQUEST_KINDS = ["噪声扰民", "停车管理", "环境卫生", "供水", "房屋安全", "消防安全", "劳动保障", "道路交通", "其他"]
FINDING_KINDS = ["占用消防通道", "电动车入户充电", "私拉乱接电线", "燃气隐患", "乱堆垃圾", "道路破损", "占道经营"]
OUTCOMES = ["有人居住", "空置", "房号不存在", "在此经营", "未能核实"]
OCCUPIED, VACANT, NO_SUCH_ROOM, TRADING, NOT_REACHED = range(5)
STOCK_DAYS = 25  # how far back the first delivery reaches


@dataclass(frozen=True)
class Cases:
    """Things that are opened and, mostly, closed; told of when they open and told of again when they close.

    opened, closed: seconds since 1970, one a case. event: the case of each delivered version; first: the delivery day
    (position) of the version; is_done: whether the case is closed in it.
    """

    opened: Ints
    closed: Ints
    event: Ints
    first: Ints
    is_done: np.ndarray

    @property
    def size(self) -> int:
        """How many cases there are."""
        return len(self.opened)


def _cases(world: World, stock: int, draw: Draw) -> Cases:
    """`stock` cases of the weeks before the first day, and as many a day from then on; three in ten close at once."""
    begin = int(world.days[0]) - STOCK_DAYS
    span = int(world.days[-1]) - begin
    size = max(1, stock * span // STOCK_DAYS)
    opened = (begin + draw.integers(0, span - 1, size)) * 86_400 + draw.integers(7 * 3600, 20 * 3600, size)
    at_once = draw.chance(size, 0.3)
    closed = opened + np.where(at_once, draw.integers(600, 3 * 3600, size), draw.integers(86_400, 20 * 86_400, size))
    # a day's delivery holds what happened before it
    told = np.searchsorted(world.days, opened // 86_400, side="right")
    ended = np.searchsorted(world.days, closed // 86_400, side="right")
    again = np.flatnonzero((ended > told) & (ended < len(world.days)))
    return Cases(
        opened=opened,
        closed=closed,
        event=np.concatenate([np.arange(size), again]),
        first=np.concatenate([told, ended[again]]),
        is_done=np.concatenate([ended <= told, np.ones(len(again), dtype=bool)]),
    )


def _told(cases: Cases, columns: dict[str, pl.Series], means: pl.DataFrame, record: pl.Series) -> pl.DataFrame:
    """Versions of the cases; the columns `_open_*` give way to what stands there once a case is closed."""
    at = pl.Series(cases.event.astype(np.uint32))
    frame = pl.DataFrame(columns)[at]
    done = pl.Series(cases.is_done)
    changing = [name for name in frame.columns if name.startswith("_open_")]
    settled = frame.with_columns(
        pl.when(done).then(name.removeprefix("_open_")).otherwise(name).alias(name.removeprefix("_open_"))
        for name in changing
    ).drop(changing)
    return assemble(dict(settled.to_dict()), means[at], record.gather(at), cases.first, cases.first + 1)


def _days(world: World, size: int, draw: Draw, base_share: float) -> Ints:
    """The delivery day of each visit: the first holds those of past weeks, the others a day's."""
    days = len(world.days)
    later = draw.integers(1, max(1, days - 1), size)
    return np.where(draw.chance(size, base_share) | (days == 1), 0, later)


def _time_text(seconds: Ints) -> pl.Series:
    return pl.Series((seconds * 1000).astype("datetime64[ms]")).dt.strftime("%Y-%m-%d %H:%M:%S")


def _nothing(size: int) -> pl.Series:
    return pl.repeat(None, size, dtype=pl.String, eager=True)


def inspections(world: World) -> pl.DataFrame:
    """fire__inspections: organisations at their doors, by name and road number, in GCJ-02, times as Excel numbers."""
    draw, held = world.draw("inspections"), world.organisations
    cases = _cases(world, max(12, round(world.building.height * 0.6)), draw)
    size, inspected = cases.size, cases.opened
    organisation = draw.integers(0, held.size - 1, size)
    unit = held.operating[organisation]
    address, named = write(world.unit, world.building, unit, INSPECTED, draw)
    means = meaning(world.unit, world.building, unit, named)
    at = world.unit["building"].to_numpy()[unit]
    lon, lat = gcj02(*(world.building[name].to_numpy()[at] for name in ("lon", "lat")))
    result = draw.one_of(size, [70, 24, 2, 4])
    found = pl.Series(result > 0)
    record = numbered("XF", np.arange(size), 9)
    due = pl.Series((inspected // 86_400 + 15).astype("datetime64[D]")).dt.strftime("%Y-%m-%d")
    return _told(
        cases,
        {
            "inspection_number": record,
            "uscc": _text(held.uscc, organisation).set(pl.Series(draw.chance(size, 0.15)), None),
            "place_name": _text(held.name, organisation),
            "kind": draw.pick(INSPECTION_KINDS, size, [50, 15, 10, 15, 10]),
            "inspected_at": _time_text(inspected),
            "result": take(["合格", "责令限期改正", "临时查封", "不合格"], result),
            "hazards": pl.Series(np.where(result > 0, draw.integers(1, 9, size), 0)).cast(pl.String),
            "due_on": due.set(~found, None),
            "closed_on": _time_text(cases.closed).str.slice(0, 10).set(~found, None),
            "_open_closed_on": _nothing(size),
            "status": pl.repeat("已办结", size, eager=True),
            "_open_status": take(["已办结", "整改中"], (result > 0).astype(np.int64)),
            "inspector": _text(world.people.name, draw.integers(0, min(40, world.people.size - 1), size)),
            "address": address,
            "longitude": as_text(lon),
            "latitude": as_text(lat),
        },
        means,
        record,
    )


def requests(world: World) -> pl.DataFrame:
    """hotline__requests: what callers say of a place, in BD-09; many lie in no building at all."""
    draw = world.draw("requests")
    cases = _cases(world, max(20, round(world.building.height * 1.6)), draw)
    size = cases.size
    unit = draw.integers(0, world.unit.height - 1, size)
    address, named = write(world.unit, world.building, unit, CALLED, draw)
    at = world.unit["building"].to_numpy()[unit]
    held = world.building[pl.Series(at.astype(np.uint32))]
    where = draw.one_of(size, [55, 15, 30])  # at the building, near the building, on the open street
    near = take(NEARBY, draw.integers(0, len(NEARBY) - 1, size))
    street_text = (
        held["street"]
        + held["community_name"]
        + pl.select(
            pl.coalesce(pl.lit(held["road"]), pl.lit(held["community_name"].str.replace("社区$", "")) + "路")
        ).to_series()
        + take(["路口", "公交站", "人行道", "路边", "公园内"], draw.integers(0, 4, size))
    )
    beside, open_street = pl.Series(where == 1), pl.Series(where == 2)
    no_room = pl.concat_str(
        pl.coalesce(pl.lit(held["estate"]), pl.lit(held["road"]) + pl.lit(held["road_number"])),
        pl.lit(held["name"]),
        ignore_nulls=True,
    )
    text = pl.select(
        pl.when(open_street).then(street_text).when(beside).then(no_room + near).otherwise(address)
    ).to_series()
    means = meaning(world.unit, world.building, unit, named & (where == 0))
    outside = pl.Series(where == 2)
    means = means.with_columns(
        _building=pl.when(~outside).then("_building"),
        _level=pl.when(outside).then(pl.lit("grid")).otherwise("_level"),
    )
    text, means = strays(text, means, draw, outside=0.01, nonsense=0.01)
    lon, lat = _point(world, at, where > 0, draw)
    x, y = bd09(lon, lat)
    without = pl.Series(draw.chance(size, 0.1)) | means["_level"].is_in(["outside", "none"])
    accepted = cases.opened
    happened = accepted - draw.integers(60, 3600, size)
    record = numbered("GD", np.arange(size), 9)
    caller = draw.integers(0, world.people.size - 1, size)
    return _told(
        cases,
        {
            "request_number": record,
            "kind": draw.pick(REQUEST_KINDS, size),
            "channel": draw.pick(["电话", "手机应用", "微信", "网站"], size, [60, 20, 15, 5]),
            "occurred_at": _time_text(happened),
            "accepted_at": _time_text(accepted),
            "due_at": _time_text(accepted + 5 * 86_400),
            "closed_at": _time_text(cases.closed),
            "_open_closed_at": _nothing(size),
            "reopened_count": pl.Series(draw.one_of(size, [90, 8, 2])).cast(pl.String),
            "status": pl.repeat("已办结", size, eager=True),
            "_open_status": pl.repeat("办理中", size, eager=True),
            "responsible_department": draw.pick(DEPARTMENTS, size),
            "satisfaction": draw.pick(["满意", "非常满意", "一般", "不满意"], size),
            "_open_satisfaction": _nothing(size),
            "caller_name": _text(world.people.name, caller),
            "caller_phone": _text(world.people.phone, caller),
            "address": text,
            "longitude": as_text(x).set(without, None),
            "latitude": as_text(y).set(without, None),
            "content": draw.pick(WHAT_WAS_SAID, size) + "，联系人" + _text(world.people.name, caller),
        },
        means,
        record,
    )


def findings(world: World) -> pl.DataFrame:
    """grid_office__findings: patrols write the code, masked where the place is no room; no address text."""
    draw = world.draw("findings")
    cases = _cases(world, max(20, round(world.building.height * 1.2)), draw)
    size, found = cases.size, cases.opened
    unit = draw.integers(0, world.unit.height - 1, size)
    at = world.unit["building"].to_numpy()[unit]
    listed = world.building["is_listed"].to_numpy()[at]
    known = world.unit["is_listed"].to_numpy()[unit]
    where = draw.one_of(size, [40, 20, 40])  # in the building, at a room, outside
    where = np.where(~listed, 2, np.where((where == 1) & ~known, 0, where))
    held = world.building[pl.Series(at.astype(np.uint32))]
    grid = take(world.areas.grid["grid_code"], world.building["grid"].to_numpy()[at])
    rooms = world.unit["unit_code"].gather(pl.Series(unit.astype(np.uint32)))
    frame = pl.DataFrame({"where": where, "building": held["building_code"], "room": rooms, "grid": grid})
    coded = frame.select(
        code=pl.when(pl.col("where") == 0)
        .then(pl.col("building") + IN_BUILDING_MASK)
        .when(pl.col("where") == 1)
        .then("room")
        .otherwise(pl.col("grid") + OUTSIDE_MASK),
        _unit=pl.when(pl.col("where") == 1).then("room"),
        _building=pl.when(pl.col("where") < 2).then("building"),
        _level=pl.col("where").replace_strict({0: "building", 1: "unit", 2: "grid"}, return_dtype=pl.String),
    )
    lon, lat = _point(world, at, where == 2, draw)
    record = numbered("XC", np.arange(size), 9)
    return _told(
        cases,
        {
            "finding_number": record,
            "address_code": coded["code"],
            "kind": draw.pick(FINDING_KINDS, size),
            "severity": draw.pick(["一般", "较大", "重大"], size, [75, 20, 5]),
            "found_at": _time_text(found),
            "due_at": _time_text(found + 3 * 86_400),
            "closed_at": _time_text(cases.closed),
            "_open_closed_at": _nothing(size),
            "status": pl.repeat("已办结", size, eager=True),
            "_open_status": pl.repeat("待办", size, eager=True),
            "responsible_department": draw.pick(DEPARTMENTS, size),
            "longitude": as_text(lon),
            "latitude": as_text(lat),
            "note": draw.pick(["现场已拍照", "已口头告知", "需复查", ""], size).replace("", None),
        },
        coded.drop("code"),
        record,
    )


def door_outcomes(world: World) -> pl.DataFrame:
    """grid_office__door_outcomes: what was found at doors; code and address, no task behind them."""
    draw = world.draw("door_outcomes")
    size = max(12, round(world.building.height * 0.3))
    first = _days(world, size, draw, 0.5)
    unit = draw.integers(0, world.unit.height - 1, size)
    known = world.unit["is_listed"].to_numpy()[unit]
    address, named = write(world.unit, world.building, unit, VISITED, draw)
    means = meaning(world.unit, world.building, unit, named | known)
    code = world.unit["unit_code"].gather(pl.Series(unit.astype(np.uint32)))
    lived_in = np.isin(unit, world.people.unit_on(int(world.days[0])))
    shop = (world.unit["usage"] == "shop").to_numpy()[unit]
    outcome = np.select(
        [draw.chance(size, 0.06), ~known, shop, lived_in], [NOT_REACHED, NO_SUCH_ROOM, TRADING, OCCUPIED], VACANT
    )
    visited = world.days[first] - np.where(first == 0, draw.integers(1, 30, size), 1)
    record = numbered("RH", np.arange(size), 9)
    return assemble(
        {
            "outcome_number": record,
            "task_id": pl.repeat(None, size, dtype=pl.String, eager=True),
            "address_code": code.set(pl.Series(~known), None),
            "address": address,
            "outcome": take(OUTCOMES, outcome),
            "visited_on": pl.Series(visited.astype("datetime64[D]")).dt.strftime("%Y-%m-%d"),
            "note": draw.pick(["", "邻居告知", "房东在场", "门口有鞋"], size, [70, 10, 10, 10]).replace("", None),
        },
        means,
        record,
        first,
        first + 1,
    )


def _point(world: World, at: Ints, is_outside: np.ndarray, draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """A point in the building, or on the open ground between its neighbours (no footprint reaches it)."""
    held = {name: world.building[name].to_numpy()[at] for name in ("lon", "lat", "cell_width", "cell_height")}
    lon = held["lon"] + np.where(is_outside, held["cell_width"] / 2, 0)
    lat = held["lat"] + np.where(is_outside, held["cell_height"] / 2, 0)
    return lon, lat
