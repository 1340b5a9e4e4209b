"""Made changes of an address library, as a week brings them: for benchmarks and tests of keying again.

Each change is one unit or one building, drawn by a seed; what it draws from is the library alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date

import polars as pl

DAY = date(2026, 11, 2)
Frames = dict[str, pl.DataFrame]
Change = Callable[[Frames, random.Random], None]


def changed(frames: Frames, count: int, seed: int, kinds: tuple[Change, ...] | None = None) -> Frames:
    """The library after `count` changes of `kinds` (default: CHANGES in turn); frames by bare table name."""
    draw = random.Random(seed)
    new = dict(frames)
    for number in range(count):
        chosen = kinds or CHANGES
        chosen[number % len(chosen)](new, draw)
    return new


def mint_unit(frames: Frames, draw: random.Random) -> None:
    """A room nobody listed."""
    home = _one(frames["unit"], draw)
    rooms = frames["unit"].filter(pl.col("building_code") == home["building_code"])
    room = str(draw.choice([101, 202, 303, 501, 808, 1001]))
    code = _next_unit(rooms, home["building_code"])
    frames["unit"] = _with(
        frames["unit"], home | {"unit_code": code, "room": room, "standard_address": None, "status": "active"}
    )


def cancel_unit(frames: Frames, draw: random.Random) -> None:
    """A room that is no more."""
    code = _one(_live(frames["unit"]), draw)["unit_code"]
    frames["unit"] = _set(frames["unit"], pl.col("unit_code") == code, status="cancelled")
    _lineage(frames, code, None, "cancel")


def renumber_unit(frames: Frames, draw: random.Random) -> None:
    """A door that bears another number: a new code, the old one leads there."""
    home = _one(_live(frames["unit"]), draw)
    rooms = frames["unit"].filter(pl.col("building_code") == home["building_code"])
    code = _next_unit(rooms, home["building_code"])
    room = str(draw.randint(1, 30)) + "0" + str(draw.randint(1, 9))
    frames["unit"] = _set(frames["unit"], pl.col("unit_code") == home["unit_code"], status="cancelled")
    frames["unit"] = _with(frames["unit"], home | {"unit_code": code, "room": room, "standard_address": None})
    _lineage(frames, home["unit_code"], code, "renumber")


def reinstate_unit(frames: Frames, draw: random.Random) -> None:
    """A cancelled room that stands again."""
    gone = frames["unit"].filter(pl.col("status") == "cancelled")
    if not gone.is_empty():
        code = _one(gone, draw)["unit_code"]
        frames["unit"] = _set(frames["unit"], pl.col("unit_code") == code, status="active")
        _lineage(frames, code, None, "reinstate")


def cancel_building(frames: Frames, draw: random.Random) -> None:
    """A house pulled down with all its rooms."""
    code = _one(_live(frames["building"]), draw)["building_code"]
    for table in ("building", "unit"):
        frames[table] = _set(frames[table], pl.col("building_code") == code, status="cancelled")
    _lineage(frames, code, None, "cancel")


def add_building(frames: Frames, draw: random.Random) -> None:
    """A new house beside another: the estate's, the road's, a name somebody else has already, or one a slip away."""
    like = _one(_live(frames["building"]), draw)
    number = draw.choice([like["estate_number"], f"{draw.randint(1, 60)}栋", f"{draw.randint(1, 90)}号"])
    other = _one(_live(frames["building"]), draw)
    estate = draw.choice([like["estate"], other["estate"], _slip(other["estate"], draw)])
    frames["building"] = _with(
        frames["building"],
        like
        | {
            "building_code": _next_building(frames["building"], like["building_code"]),
            "estate": estate,
            "estate_number": number,
            "name": f"{estate or ''}{number or ''}" or like["name"],
            "road_number": f"{draw.randint(1, 300)}号" if like["road"] else None,
            "lon": None if like["lon"] is None else like["lon"] + draw.uniform(-2e-4, 2e-4),
            "lat": None if like["lat"] is None else like["lat"] + draw.uniform(-2e-4, 2e-4),
            "geometry": None,
        },
    )


def rename_building(frames: Frames, draw: random.Random) -> None:
    """Another estate's name on the wall."""
    house = _one(_live(frames["building"]), draw)
    other = _one(_live(frames["building"]), draw)
    estate = draw.choice([_slip(house["estate"], draw), other["estate"], "新安" + (other["estate"] or "楼")])
    name = f"{estate or ''}{house['estate_number'] or ''}" or None
    frames["building"] = _set(
        frames["building"], pl.col("building_code") == house["building_code"], estate=estate, name=name
    )


def replate_building(frames: Frames, draw: random.Random) -> None:
    """Another number on the door, or one more on another road."""
    house, other = _one(_live(frames["building"]), draw), _one(_live(frames["building"]), draw)
    plate = f"{draw.randint(1, 400)}号"
    if draw.random() < 0.5 and house["road"]:
        frames["building"] = _set(
            frames["building"], pl.col("building_code") == house["building_code"], road_number=plate
        )
    else:
        row = {"building_code": house["building_code"], "road": other["road"] or "新湖东路", "road_number": plate}
        frames["doorplate"] = _with(frames["doorplate"], row | {"valid_from": DAY})


def split_building(frames: Frames, draw: random.Random) -> None:
    """One house becomes two: its code leads to both."""
    house = _one(_live(frames["building"]), draw)
    first = _next_building(frames["building"], house["building_code"])
    for number, mark in enumerate(("A座", "B座")):
        code = f"{first[:14]}{int(first[14:]) + number:05d}"
        name = f"{house['estate'] or ''}{mark}"
        row = house | {"building_code": code, "estate_number": mark, "name": name, "geometry": None}
        frames["building"] = _with(frames["building"], row)
        _lineage(frames, house["building_code"], code, "split")
    for table in ("building", "unit"):
        frames[table] = _set(frames[table], pl.col("building_code") == house["building_code"], status="cancelled")


def add_alias(frames: Frames, draw: random.Random) -> None:
    """One more name people know a house by."""
    house, other = _one(_live(frames["building"]), draw), _one(_live(frames["building"]), draw)
    text = draw.choice(
        [f"{other['estate'] or '老邮局'}{house['estate_number'] or '1栋'}", "老供销社大楼", "旧粮站宿舍"]
    )
    row = {"code": house["building_code"], "kind": "colloquial", "text": text, "valid_from": DAY}
    frames["alias"] = _with(frames["alias"], row)


CHANGES: tuple[Change, ...] = (
    mint_unit, cancel_unit, renumber_unit, reinstate_unit, cancel_building, add_building, rename_building,
    replate_building, split_building, add_alias,
)  # fmt: skip


def _one(frame: pl.DataFrame, draw: random.Random) -> dict:
    return frame.row(draw.randrange(frame.height), named=True)


def _live(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.filter(pl.col("status").fill_null("active") == "active")


def _with(frame: pl.DataFrame, row: dict) -> pl.DataFrame:
    given = {name: row.get(name) for name in frame.columns}
    return pl.concat([frame, pl.DataFrame([given], schema=frame.schema)])


def _set(frame: pl.DataFrame, rows: pl.Expr, **values: object) -> pl.DataFrame:
    return frame.with_columns(
        pl.when(rows).then(pl.lit(value, frame.schema[name])).otherwise(name).alias(name)
        for name, value in values.items()
    )


def _next_unit(rooms: pl.DataFrame, building: str) -> str:
    last = rooms["unit_code"].str.slice(19, 6).cast(pl.Int64).max()
    return f"{building}{int(last or 0) + 1:06d}"


def _next_building(building: pl.DataFrame, like: str) -> str:
    grid = building.filter(pl.col("building_code").str.starts_with(like[:14]))["building_code"].str.slice(14, 5)
    last = grid.cast(pl.Int64, strict=False).max()
    return f"{like[:14]}{int(last or 0) + 1:05d}"


def _lineage(frames: Frames, code: str, successor: str | None, kind: str) -> None:
    frames["lineage"] = _with(frames["lineage"], {"code": code, "successor": successor, "kind": kind, "date": DAY})


def _slip(name: str | None, draw: random.Random) -> str | None:
    """The name with one character wrong."""
    if not name or len(name) < 3:
        return name
    at = draw.randrange(len(name) - 1)
    return name[:at] + draw.choice("海湖丽宝福") + name[at + 1 :]
