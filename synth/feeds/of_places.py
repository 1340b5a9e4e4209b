"""Feeds about buildings and rooms: natural resources and water."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.address_text import Style
from synth.coordinates import projected
from synth.draw import Ints, take
from synth.feeds.of_residents import _addresses, _text
from synth.versions import assemble, day_text, numbered
from synth.world import World

WATER = Style(prefix=(3, 5, 10, 75, 2, 1, 1, 3), street=0.35, community=0.2, road=0.95, dashes=0.12, remark=0.03)
USAGES = {
    "residential": "住宅",
    "urban_village": "私房",
    "dormitory": "宿舍",
    "factory": "厂房",
    "mixed": "商住",
    "shop": "商业",
    "temporary": "临时建筑",
}
STRUCTURES = {"brick_concrete": "砖混结构", "reinforced_concrete": "钢混", "steel": "钢结构", "simple": "简易结构"}


def buildings(world: World) -> pl.DataFrame:
    """natural_resources__buildings: the survey with footprints in EPSG:4547; a few names change each day."""
    draw = world.draw("survey")
    days = len(world.days)
    surveyed = np.flatnonzero(world.building["is_listed"].to_numpy() & draw.chance(world.building.height, 0.97))
    renamed = surveyed[draw.sample(len(surveyed), len(surveyed) // 50 if days > 1 else 0)]
    at = draw.integers(1, max(1, days - 1), len(renamed))
    change = np.full(world.building.height, days)
    change[renamed] = at
    row = np.concatenate([surveyed, renamed])
    first = np.concatenate([np.zeros(len(surveyed), np.int64), at])
    last = np.concatenate([change[surveyed], np.full(len(renamed), days)])
    is_new = np.concatenate([np.zeros(len(surveyed), bool), np.ones(len(renamed), bool)])
    held = world.building[pl.Series(row.astype(np.uint32))]
    plate = pl.concat_str("street", "road", "road_number", "estate", "name", ignore_nulls=True)
    floors = held["floors"].to_numpy()
    record = numbered("JZ", row, 9)
    means = held.select(_unit=pl.lit(None, pl.String), _building=pl.col("building_code"), _level=pl.lit("building"))
    return assemble(
        {
            "survey_number": record,
            "address_code": held["building_code"],
            "name": held["name"],
            "address": held.select(plate).to_series(),
            "usage": held["usage"].replace_strict(USAGES, return_dtype=pl.String),
            "structure": held["structure"].replace_strict(STRUCTURES, return_dtype=pl.String),
            "floors_above": pl.Series(floors).cast(pl.String),
            "floors_below": pl.Series(np.where(floors > 10, 2, 0)).cast(pl.String),
            "height_m": pl.Series(floors * 3.1).round(1).cast(pl.String),
            "floor_area_m2": pl.Series(floors * held["per_floor"].to_numpy() * 60 + np.where(is_new, 20, 0)).cast(
                pl.String
            ),
            "built_year": held["built_year"].cast(pl.String),
            "geometry": projected(held["geometry"]),
        },
        means,
        record,
        first,
        last,
    )


def accounts(world: World) -> pl.DataFrame:
    """water__accounts: a meter in six rooms of ten; doorplate and room; judged again in the days told of."""
    draw = world.draw("water")
    days, first_day = len(world.days), world.days[0]
    metered = np.flatnonzero(draw.chance(world.unit.height, 0.6))
    again = draw.sample(len(metered), len(metered) // 40 if days > 1 else 0)
    at = draw.integers(1, max(1, days - 1), len(again))
    change = np.full(len(metered), days)
    change[again] = at
    account = np.concatenate([np.arange(len(metered)), again])
    first: Ints = np.concatenate([np.zeros(len(metered), np.int64), at])
    last = np.concatenate([change, np.full(len(again), days)])
    address, means = _addresses(world, metered, WATER, draw, outside=0.001, nonsense=0.001)
    head = np.searchsorted(world.people.unit, metered).clip(0, world.people.size - 1)
    lived_in = world.people.unit[head] == metered
    kind = world.unit["usage"].gather(pl.Series(metered.astype(np.uint32)))
    size = len(account)
    unused = np.where(lived_in[account], draw.chance(size, 0.02), draw.chance(size, 0.7))
    record = numbered("SH", metered[account], 9)
    return assemble(
        {
            "account_number": record,
            "meter_number": "LXS" + pl.Series(metered[account] * 7 + 100_000).cast(pl.String),
            "address": _text(address, account),
            "water_kind": take(
                ["居民生活用水", "非居民用水"], kind.is_in(["shop", "factory"]).to_numpy().astype(np.int64)[account]
            ),
            "month": pl.repeat("202602", size, eager=True),
            "is_unused": take(["否", "是"], unused.astype(np.int64)),
            "judged_on": day_text(
                np.where(first > 0, world.days[first], first_day - draw.integers(1, 20, size)), "%Y%m%d"
            ),
        },
        means[pl.Series(account.astype(np.uint32))],
        record,
        first,
        last,
    )
