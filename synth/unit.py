"""Units: every room of every building, with its code, entrance, floor, room and standard address."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.draw import Draw
from synth.place import FACTORY, ROADSIDE, VILLAGE

USAGE = {"dormitory": "dormitory", "factory": "factory", "shop": "shop", "temporary": "other"}
PROVINCE_CITY_DISTRICT = "广东省深圳市宝安区"


def make_units(building: pl.DataFrame, seed: int) -> pl.DataFrame:
    """One row a room, in building order.

    Columns: building (row), unit_code, entrance (`2单元` or null), entrance_number, floor, room, area_m2, usage,
    is_listed (False: people live there, the library does not know it), needs_entrance (the room number alone does
    not say which entrance), standard_address.
    """
    draw = Draw(seed, "unit")
    floors, per_floor, entrances = (
        building[name].to_numpy().astype(np.int64) for name in ("floors", "per_floor", "entrances")
    )
    size = floors * per_floor * entrances
    index = np.repeat(np.arange(building.height), size)
    local = np.arange(len(index)) - np.repeat(np.cumsum(size) - size, size)
    entrance, rest = np.divmod(local, (floors * per_floor)[index])
    floor, door = np.divmod(rest, per_floor[index])
    continuous = building["continuous"].to_numpy()[index]
    number = np.where(continuous, entrance * per_floor[index] + door, door) + 1
    room = (floor + 1) * 100 + number
    kind = building["kind"].to_numpy()[index]
    shop = (floor == 0) & np.isin(kind, [VILLAGE, ROADSIDE]) & (draw.chance(building.height, 0.3)[index])
    listed = building["is_listed"].to_numpy()[index] & ~draw.chance(len(index), 0.006)
    parts = pl.DataFrame(
        {
            "building": index.astype(np.uint32),
            "entrance_number": np.where(entrances[index] > 1, entrance + 1, 0).astype(np.int32),
            "floor": (floor + 1).astype(np.int32),
            "number": number,
            "room_number": room,
            "sequence": local + 1,
            "lettered": building["lettered"].to_numpy()[index],
            "is_shop": shop,
            "is_listed": listed,
            "needs_entrance": (entrances[index] > 1) & ~continuous,
            "area_m2": np.where(
                kind == FACTORY, draw.integers(200, 2000, len(index)), draw.integers(18, 120, len(index))
            ),
        }
    )
    of_building = building.select(
        "building_code", "usage", "street", "community_name", "road", "road_number", "estate", "name"
    )
    wide = pl.concat([parts, of_building[parts["building"]]], how="horizontal")
    letters = pl.lit("ABCDEFGHJK").str.slice((pl.col("number") - 1) % 10, 1)
    units = wide.with_columns(
        unit_code=pl.col("building_code") + pl.col("sequence").cast(pl.String).str.zfill(6),
        entrance=pl.when(pl.col("entrance_number") > 0).then(pl.col("entrance_number").cast(pl.String) + "单元"),
        room=pl.when("lettered")
        .then(pl.col("floor").cast(pl.String) + letters)
        .otherwise(pl.col("room_number").cast(pl.String)),
        usage=pl.when("is_shop")
        .then(pl.lit("shop"))
        .otherwise(pl.col("usage").replace_strict(USAGE, default="residence", return_dtype=pl.String)),
        area_m2=pl.col("area_m2").cast(pl.Float64),
    )
    standard = pl.concat_str(
        pl.lit(PROVINCE_CITY_DISTRICT), "street", "community_name", "road", "road_number", "estate", "name", "entrance",
        "room", ignore_nulls=True,
    )  # fmt: skip
    return units.with_columns(standard_address=standard).select(
        "building", "unit_code", "entrance", "entrance_number", "floor", "room", "area_m2", "usage", "is_listed",
        "needs_entrance", "standard_address",
    )  # fmt: skip
