"""A list of rooms in six Chinese city districts, made by a seed: real street and estate names, the rest drawn.

Estates with towers and entrances, villages of numbered houses, and doorplates on roads, in the shares that open
address libraries show (roads stand in a minority of entries). Nothing of it is taken from `synth` or from keying.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from schemas.reference import cities, counties, provinces, streets

COUNTIES = ("440306", "420111", "510107", "370102", "610113", "320505")
NAMES = Path(__file__).parent / "estate_names.txt"  # a sample of bitlap/geocoding, MIT: see README.md
VILLAGE = r"(村|围|坊|屯|庄|寨|[一二三四五]区)$"
_ROAD_FIRST = "建新中人民解放和平文化前进胜利长江黄河工农友谊青年学府园林湖滨滨河金沙银桂翠竹松柏梅兰朝晖迎春环城"
_ROAD_LAST = {"路": 45, "街": 15, "大道": 10, "东路": 8, "西路": 7, "南路": 6, "北路": 5, "一路": 2, "二路": 2}
_PER_ESTATE, _PER_VILLAGE, _PER_ROAD = 150, 300, 130  # rooms, about
_SHARES = {"estate": 0.55, "village": 0.3, "road": 0.15}


def made_list(rooms: int, seed: int) -> pl.DataFrame:
    """About `rooms` rooms: id, province, city, county, street, road, road_number, estate, building, entrance, room,
    kind (estate, village, road); null where a place has none. ids are strings, one a room.
    """
    draw = np.random.default_rng(seed)
    names = pl.Series(NAMES.read_text(encoding="utf-8").split())
    is_village = names.str.contains(VILLAGE)
    areas = _streets()
    parts = [
        _estates(int(rooms * _SHARES["estate"]), names.filter(~is_village), areas, draw),
        _villages(int(rooms * _SHARES["village"]), names.filter(is_village), areas, draw),
        _doorplates(int(rooms * _SHARES["road"]), areas, draw),
    ]
    order = ["province", "city", "county", "street", "road", "road_number", "estate", "building", "entrance", "room"]
    rows = pl.concat([part.select(*order, "kind") for part in parts]).unique(order, maintain_order=True)
    return rows.with_row_index("id").with_columns(
        pl.format("R{}", pl.col("id").cast(pl.String).str.zfill(8)).alias("id")
    )


def standard_address(rooms: pl.DataFrame) -> pl.Series:
    """How the list itself writes its rooms: every component, in order, 室 behind the room."""
    return rooms.select(
        pl.concat_str(
            "province",
            pl.when(pl.col("city") == pl.col("province")).then(pl.lit("")).otherwise("city"),
            "county", "street", pl.col("road").fill_null(""), pl.col("road_number").fill_null(""),
            pl.col("estate").fill_null(""), pl.col("building").fill_null(""), pl.col("entrance").fill_null(""),
            pl.col("room") + "室",
        )
    ).to_series().alias("name")  # fmt: skip


def _streets() -> pl.DataFrame:
    """province, city, county, street of the districts made."""
    return (
        counties()
        .filter(pl.col("code").is_in(COUNTIES))
        .rename({"code": "county_code", "name": "county"})
        .join(cities().select(city_code="code", city="name"), on="city_code")
        .join(provinces().select(province_code="code", province="name"), on="province_code")
        .join(streets().select("county_code", street="name"), on="county_code")
        .filter(pl.col("street").str.contains("(街道|镇)$"))
        .select("province", "city", "county", "street")
        .sort("county", "street")
    )


def _estates(rooms: int, names: pl.Series, areas: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """Towers of estates: 1 to 12 buildings, 0 to 3 entrances, 6 to 28 floors of 2 to 4 rooms; half have a doorplate."""
    count = max(2, rooms // _PER_ESTATE)
    places = _placed(names, areas, count, draw).with_columns(
        pl.Series("marker", draw.choice(["栋", "幢", "号楼", "座"], count, p=[0.5, 0.2, 0.25, 0.05])),
        pl.Series("buildings", draw.geometric(0.3, count).clip(1, 12)),
        pl.Series("entrances", draw.choice(4, count, p=[0.4, 0.2, 0.25, 0.15])),
        pl.Series("floors", draw.choice([6, 7, 11, 18, 28], count, p=[0.35, 0.25, 0.2, 0.12, 0.08])),
        pl.Series("doors", draw.integers(2, 5, count)),
        pl.Series("has_plate", draw.random(count) < 0.5),
        pl.Series("road", _roads(count, draw)),
        pl.Series("road_number", draw.integers(1, 400, count)).cast(pl.String) + "号",
    )
    return _each(
        _each(_each(_each(places, "buildings", "b"), "entrances", "e", least=0), "floors", "f"), "doors", "d"
    ).with_columns(
        road=pl.when("has_plate").then("road"),
        road_number=pl.when("has_plate").then("road_number"),
        building=pl.when(pl.col("marker") == "座")
        .then(pl.lit("ABCDEFGHIJKL").str.slice(pl.col("b") - 1, 1))
        .otherwise(pl.col("b").cast(pl.String))
        + pl.col("marker"),
        entrance=pl.when(pl.col("e") > 0).then(pl.col("e").cast(pl.String) + "单元"),
        room=pl.col("f").cast(pl.String) + pl.col("d").cast(pl.String).str.zfill(2),
        kind=pl.lit("estate"),
    )


def _villages(rooms: int, names: pl.Series, areas: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """Numbered houses of villages, 3 to 8 floors of 1 to 4 rooms; no road, no entrance; a third with lanes."""
    count = max(2, rooms // _PER_VILLAGE)
    villages = _placed(names, areas, count, draw).with_columns(
        pl.Series("houses", draw.integers(5, 40, count)), pl.Series("in_lanes", draw.random(count) < 0.33)
    )
    houses = _each(villages, "houses", "h")
    size = houses.height
    houses = houses.with_columns(
        pl.Series("lane", draw.choice(list("一二三四五六"), size)),
        pl.Series("floors", draw.integers(3, 9, size)),
        pl.Series("doors", draw.integers(1, 5, size)),
    )
    return _each(_each(houses, "floors", "f"), "doors", "d").with_columns(
        road=pl.lit(None, pl.String),
        road_number=pl.lit(None, pl.String),
        building=pl.when("in_lanes").then(pl.col("lane") + "巷").otherwise(pl.lit(""))
        + pl.col("h").cast(pl.String)
        + "号",
        entrance=pl.lit(None, pl.String),
        room=pl.col("f").cast(pl.String) + pl.col("d").cast(pl.String).str.zfill(2),
        kind=pl.lit("village"),
    )


def _doorplates(rooms: int, areas: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """Houses known by road and number alone, 2 to 6 floors of 1 to 6 rooms."""
    count = max(2, rooms // _PER_ROAD)
    roads = areas[draw.integers(0, areas.height, count)].with_columns(
        pl.Series("road", _roads(count, draw)), pl.Series("houses", draw.integers(3, 20, count))
    )
    houses = _each(roads, "houses", "h")
    size = houses.height
    houses = houses.with_columns(
        pl.Series("floors", draw.integers(2, 7, size)), pl.Series("doors", draw.integers(1, 7, size))
    )
    return _each(_each(houses, "floors", "f"), "doors", "d").with_columns(
        road_number=(pl.col("h") * 2 - 1).cast(pl.String) + "号",
        estate=pl.lit(None, pl.String),
        building=pl.lit(None, pl.String),
        entrance=pl.lit(None, pl.String),
        room=pl.col("f").cast(pl.String) + pl.col("d").cast(pl.String).str.zfill(2),
        kind=pl.lit("road"),
    )


def _placed(names: pl.Series, areas: pl.DataFrame, count: int, draw: np.random.Generator) -> pl.DataFrame:
    """`count` names, each in a street; a name may stand in several districts, never twice in one."""
    many = count * 2
    drawn = areas[draw.integers(0, areas.height, many)].with_columns(
        names[draw.integers(0, len(names), many)].alias("estate")
    )
    return drawn.unique(["county", "estate"], maintain_order=True, keep="first").head(count).pipe(_at_least, count)


def _at_least(frame: pl.DataFrame, count: int) -> pl.DataFrame:
    if frame.height < count:
        raise ValueError(f"{count} names were wanted, the name file gives {frame.height}: ask for fewer rooms")
    return frame


def _roads(count: int, draw: np.random.Generator) -> list[str]:
    first = draw.choice(list(_ROAD_FIRST), (count, 2))
    weights = np.array(list(_ROAD_LAST.values()), dtype=float)
    last = draw.choice(list(_ROAD_LAST), count, p=weights / weights.sum())
    return [f"{a}{b}{c}" for (a, b), c in zip(first, last, strict=True)]


def _each(frame: pl.DataFrame, count: str, name: str, least: int = 1) -> pl.DataFrame:
    """One row per number 1 to `count`; a count of 0 gives one row of 0 where `least` is 0."""
    upper = pl.col(count).cast(pl.Int64)
    lower = pl.when(upper == 0).then(0).otherwise(1) if least == 0 else pl.lit(1)
    return frame.with_columns(pl.int_ranges(lower, upper + 1).alias(name)).explode(name).drop(count)
