"""Buildings: names, doorplates, codes, shape on the map. Rates as in the design (section 3)."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from synth.area import REDRAWN, Areas
from synth.draw import Draw, Ints, take
from synth.name_parts import NICKNAMES, TOWERS
from synth.place import ESTATE, FACTORY, ROADSIDE, SINGLE, VILLAGE, make_places
from synth.shape import rectangles

CHINESE = "零一二三四五六七八九十"


def chinese_number(number: pl.Expr) -> pl.Expr:
    """1..99 as 一..九十九, null above."""
    words = {value: _in_words(value) for value in range(1, 100)}
    return number.replace_strict(words, default=None, return_dtype=pl.String)


def _in_words(value: int) -> str:
    tens, ones = divmod(value, 10)
    front = "" if tens == 0 else "十" if tens == 1 else CHINESE[tens] + "十"
    return front + (CHINESE[ones] if ones else "")


def make_buildings(count: int, areas: Areas, seed: int) -> pl.DataFrame:
    """`count` buildings in map order.

    Columns: building_code, place, community, grid (rows), kind, street, community_name, estate, former_estate, name,
    estate_number, road, road_number, second_road, second_number, nickname, number, is_temporary, floors, per_floor,
    entrances, continuous (rooms count on from one entrance to the next), lettered, lon, lat, geometry, built_year,
    usage, structure, lifts, is_listed (False: the library does not know it), first_seen.
    """
    draw = Draw(seed, "building")
    places, building = make_places(count, areas, Draw(seed, "place"))
    kind = building["kind"].to_numpy()
    place = pl.Series(building["place"].to_numpy().astype(np.uint32))
    community = building["community"].to_numpy()
    temporary = draw.chance(count, 0.03) & np.isin(kind, [VILLAGE, FACTORY])
    frame = building.with_columns(
        estate=places["name"].gather(place),
        former_estate=places["former_name"].gather(place),
        place_road=places["road"].gather(place),
        community_name=take(areas.community["community"], community),
        street=take(areas.community["street"], community),
        is_temporary=pl.Series(temporary),
    )
    frame = _with_names(frame, draw)
    frame = _with_size(frame, draw)
    lon, lat, width, height, cell_width, cell_height = _position(community, areas, draw)
    frame = frame.with_columns(
        lon=pl.Series(lon.round(7)),
        lat=pl.Series(lat.round(7)),
        geometry=rectangles(lon, lat, width, height),
        cell_width=pl.Series(cell_width),
        cell_height=pl.Series(cell_height),
    )
    grid = _grid_of(community, lon, lat, areas)
    built = np.minimum(2025, 1985 + draw.integers(0, 41, count))
    frame = frame.with_columns(
        grid=pl.Series(grid),
        built_year=pl.Series(built.astype(np.int32)),
        is_listed=pl.Series(~draw.chance(count, 0.003)),
        nickname=pl.when(pl.Series(draw.chance(count, 0.03))).then(draw.pick(NICKNAMES, count)),
        first_seen=pl.date(
            pl.lit(pl.Series(np.maximum(built, 2012))), pl.lit(pl.Series(draw.integers(1, 12, count))), 15
        ),
    )
    return frame.with_columns(building_code=_codes(frame, areas, draw)).drop("place_road")


def _with_names(frame: pl.DataFrame, draw: Draw) -> pl.DataFrame:
    """name, estate_number, road, road_number, second_road, second_number."""
    count = frame.height
    chance = pl.Series("chance", draw.generator.random(count))
    other = pl.Series("other", draw.generator.random(count))
    has_second = pl.Series(draw.chance(count, 0.06)) & ~pl.col("is_temporary")
    number, text = pl.col("number"), pl.col("number").cast(pl.String)
    letter = pl.lit("ABCDEFGHJK").str.slice((number - 1) % 10, 1)
    in_place = {kind: pl.col("kind") == kind for kind in (VILLAGE, ESTATE, FACTORY, SINGLE, ROADSIDE)}
    lane = chinese_number((number - 1) // 8 % 40 + 1) + "巷"
    in_lane = ((number - 1) % 8 + 1).cast(pl.String) + "号"
    plain = (
        pl.when(in_place[VILLAGE])
        .then(
            pl.when(other < 0.93).then(text + "号")
            .when(other < 0.95).then(text + "-1号")
            .when(other < 0.98).then(lane + in_lane)
            .otherwise(text + "栋")
        )
        .when(in_place[ESTATE])
        .then(
            pl.when(other < 0.66).then(text + "栋")
            .when(other < 0.73).then(letter + "栋")
            .when(other < 0.80).then(letter + "座")
            .when(other < 0.90).then(text + "号楼")
            .otherwise(take(TOWERS, frame["number"].to_numpy() % len(TOWERS)))
        )
        .when(in_place[FACTORY])
        .then(
            pl.when(other < 0.44).then(text + "栋")
            .when(other < 0.52).then("厂房" + text + "栋")
            .when(other < 0.62).then("宿舍" + text + "栋")
            .when(other < 0.77).then("宿舍" + text + "号楼")
            .when(other < 0.86).then(letter + "座")
            .otherwise(text + "号厂房")
        )
        .when(in_place[ROADSIDE] & (other < 0.30))
        .then(pl.col("community_name").str.slice(0, 1) + take(_house_names(), draw.integers(0, 359, count)) + "大厦")
    )  # fmt: skip
    temporary = pl.when(other < 0.7).then(pl.format("T{}栋", text.str.zfill(4))).otherwise(text + "号铁皮房")
    no_name = in_place[VILLAGE] & (chance < 0.19) & ~pl.col("is_temporary")
    name = pl.when(pl.col("is_temporary")).then(temporary).when(no_name).then(None).otherwise(plain)
    road = (
        pl.when(no_name).then(pl.col("estate") + lane)
        .when(in_place[ROADSIDE]).then(pl.col("place_road"))
        .when(in_place[ESTATE]).then(pl.col("place_road"))
    )  # fmt: skip
    plate = (
        pl.when(no_name).then(in_lane)
        .when(in_place[ROADSIDE] & (plain.is_null() | (other < 0.15))).then((number * 2 - 1).cast(pl.String) + "号")
    )  # fmt: skip
    named = frame.with_columns(
        chance, other, name=name, road=road, road_number=plate,
        second_road=pl.when(has_second).then(pl.col("community_name").str.replace("社区$", "") + "环路"),
        second_number=pl.when(has_second).then((pl.int_range(pl.len()) % 4999 + 1).cast(pl.String) + "号"),
    )  # fmt: skip
    tower = in_place[ESTATE] & pl.col("name").is_in(TOWERS)
    return named.with_columns(
        estate_number=pl.when(tower)
        .then(text + "栋")
        .when(pl.col("name").str.contains(r"^([0-9]+(-1)?|[A-Z])(栋|号|座|号楼)$"))
        .then(pl.col("name").str.replace("号楼$", "栋").str.replace("座$", "栋"))
    ).drop("chance", "other")


def _house_names() -> list[str]:
    return [
        first + second
        for first in "丰达恒泰昌隆瑞盛嘉信鸿运"
        for second in "业源华利和兴发康荣富安宁顺通惠德仁义忠诚永昭明辉阳光旭晨暄昕"
    ][:360]


def _with_size(frame: pl.DataFrame, draw: Draw) -> pl.DataFrame:
    """floors, per_floor, entrances, continuous, lettered, usage, structure, lifts."""
    count = frame.height
    kind = frame["kind"].to_numpy()
    temporary = frame["is_temporary"].to_numpy()
    tower = (kind == ESTATE) & draw.chance(count, 0.12)
    dormitory = frame["name"].str.starts_with("宿舍").fill_null(False).to_numpy()
    low = np.select(
        [temporary, tower, kind == VILLAGE, kind == ESTATE, dormitory, kind == FACTORY], [1, 11, 4, 6, 4, 3], 4
    )
    high = np.select(
        [temporary, tower, kind == VILLAGE, kind == ESTATE, dormitory, kind == FACTORY], [1, 25, 8, 7, 6, 6], 7
    )
    floors = draw.generator.integers(low, high, endpoint=True)
    low = np.select(
        [temporary, tower, kind == VILLAGE, kind == ESTATE, dormitory, kind == FACTORY], [1, 3, 2, 2, 6, 1], 2
    )
    high = np.select(
        [temporary, tower, kind == VILLAGE, kind == ESTATE, dormitory, kind == FACTORY], [2, 4, 4, 2, 10, 3], 5
    )
    per_floor = draw.generator.integers(low, high, endpoint=True)
    entrances = np.where((kind == ESTATE) & ~tower & ~temporary, draw.integers(1, 3, count), 1)
    village = (kind == VILLAGE) & ~draw.chance(count, 0.1)
    usage = np.select(
        [temporary, village, dormitory, kind == FACTORY, kind == ROADSIDE, kind == SINGLE],
        ["temporary", "urban_village", "dormitory", "factory", "mixed", "shop"],
        "residential",
    )
    structure = np.select(
        [temporary, tower, kind == FACTORY], ["simple", "reinforced_concrete", "steel"], "brick_concrete"
    )
    return frame.with_columns(
        floors=pl.Series(floors.astype(np.int32)),
        per_floor=pl.Series(per_floor),
        entrances=pl.Series(entrances),
        continuous=pl.Series(draw.chance(count, 0.4)),
        lettered=pl.Series(tower & draw.chance(count, 0.5)),
        usage=pl.Series(usage.tolist(), dtype=pl.String),
        structure=pl.Series(structure.tolist(), dtype=pl.String),
        lifts=pl.Series(np.where(tower, 2, np.where(floors > 7, 1, 0)).astype(np.int32)),
        is_tower=pl.Series(tower),
    )  # fmt: skip


def _position(community: Ints, areas: Areas, draw: Draw) -> tuple[np.ndarray, ...]:
    """Each building in a lattice cell of its community: footprints never overlap. Centre and size in degrees."""
    count = len(community)
    box = {side: areas.community[side].to_numpy()[community] for side in ("west", "south", "east", "north")}
    held = np.bincount(community, minlength=areas.community.height)[community]
    start = np.r_[0, np.cumsum(np.bincount(community, minlength=areas.community.height))][community]
    across = np.ceil(np.sqrt(held)).astype(np.int64)
    row, column = np.divmod(np.arange(count) - start, across)
    cell_width = (box["east"] - box["west"]) / across
    cell_height = (box["north"] - box["south"]) / across
    lon = box["west"] + (column + 0.5) * cell_width
    lat = box["south"] + (row + 0.5) * cell_height
    metre = 1 / 111_000
    width = np.minimum(cell_width * 0.8, draw.integers(10, 40, count) * metre)
    height = np.minimum(cell_height * 0.8, draw.integers(8, 25, count) * metre)
    return lon, lat, width, height, cell_width, cell_height


def _grid_of(community: Ints, lon: np.ndarray, lat: np.ndarray, areas: Areas) -> Ints:
    """The base grid (row of areas.grid) each centre lies in."""
    per = areas.grid.height // areas.community.height
    found = np.zeros(len(community), dtype=np.int64)
    bounds = {side: areas.grid[side].to_numpy() for side in ("west", "south", "east", "north")}
    for number in range(per):
        row = community * per + number
        inside = (
            (lon >= bounds["west"][row]) & (lon <= bounds["east"][row])
            & (lat >= bounds["south"][row]) & (lat <= bounds["north"][row])
        )  # fmt: skip
        found[inside] = row[inside]
    return found


def _codes(frame: pl.DataFrame, areas: Areas, draw: Draw) -> pl.Series:
    """Assigned once: where streets were redrawn, older buildings keep a code of the community as it was."""
    grid = frame["grid"].to_numpy()
    community = frame["community"].to_numpy()
    former = take(areas.community["former_code"].fill_null(""), community)
    number = take(areas.grid["number"].cast(pl.String).str.zfill(2), grid)
    today = take(areas.grid["grid_code"], grid)
    old = (
        pl.Series(draw.chance(frame.height, 0.85)) & (frame["first_seen"] <= date(REDRAWN.year, 12, 1)) & (former != "")
    )
    prefix = pl.DataFrame({"old": old, "former": former, "number": number, "today": today}).select(
        pl.when("old").then(pl.col("former") + pl.col("number")).otherwise("today").alias("prefix")
    )["prefix"]
    coded = pl.DataFrame({"prefix": prefix, "t": frame["is_temporary"]}).with_columns(
        rank=pl.int_range(1, pl.len() + 1).over("prefix", "t")
    )
    rank = pl.col("rank").cast(pl.String)
    return coded.select(
        pl.when("t").then(pl.col("prefix") + "T" + rank.str.zfill(4)).otherwise(pl.col("prefix") + rank.str.zfill(5))
    ).to_series()
