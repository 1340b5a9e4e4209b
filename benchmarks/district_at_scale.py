"""A district of any size, made in seconds: an address library of N units, and M written addresses with their truth.

Made for measuring speed: its rates follow the real libraries of the neighbouring district (86 % of buildings in an
estate or village, 27 % on a road, half of them called by a bare “N号”), its addresses are mostly distinct and written
in the forms people use. A seed decides everything. What is hard about real addresses is better judged on other sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from schemas import reference
from schemas.home import REFERENCE

UNITS_PER_BUILDING = 26
BUILDINGS_PER_ESTATE = 32
IN_ESTATE, ON_ROAD, IN_VILLAGE, BARE_ROADS = 0.86, 0.27, 0.60, 700
DISTRICT, ABOVE = "440306", "广东省深圳市宝安区"
VILLAGE_ENDS = ["一村", "二村", "三村", "新村", "老村", "一区", "二区", "新围", "工业区", "第二工业区", "东区", "旧村"]
VILLAGE_STEMS = "岭排坑围塘涌埔背径岗园坳吓陂洋屋田湾瓦桥沙水黄罗麻上下凤塘白石鹤洲燕罗潭头"
ROAD_FIRST = "宝新航创前海兴裕安福永固松松岗沙井翻身甲岸流塘共和明珠玉律锦程环观金湾华丰蚝宏发荣根茅洲"
ROAD_ENDS = ["路", "路", "路", "大道", "一路", "二路", "东路", "西路", "街", "南路", "北路"]
REMARKS = ["（自建房）", "(近公交站)", "（电梯房）", "(出租屋)", " 便利店", "（附近有市场）"]
NUMERALS = "零一二三四五六七八九"
TYPED = "华园海安金福龙新宝山泰和湖东景丽天城丰花文"  # what a slip of the hand writes instead
FORMS = {  # how addresses are written, of 100
    "full": 14, "administrative": 18, "no_street": 14, "street_only": 12, "city_only": 10, "short": 16, "plain": 8,
    "doorplate": 8,
}  # fmt: skip


@dataclass(frozen=True)
class Written:
    """Addresses and what they mean."""

    rows: pl.DataFrame  # row (UInt32), address (String)
    truth: pl.DataFrame  # row, unit_code (null: means nothing here), kind (its form; typo; nothing)


def make_library(units: int, seed: int = 1) -> dict[str, pl.DataFrame]:
    """address.building, address.unit and address.area of about `units` units: frames by table name."""
    draw = np.random.default_rng(seed)
    areas = _areas()
    communities = areas.filter(pl.col("level") == "community")
    buildings = _buildings(max(2, units // UNITS_PER_BUILDING), communities, draw)
    return {"address.area": areas, "address.building": buildings, "address.unit": _units(buildings, areas, units, draw)}


def make_addresses(
    library: dict[str, pl.DataFrame], rows: int, *, typos: float = 0.05, nothing: float = 0.0, seed: int = 2
) -> Written:
    """`rows` addresses of units of `library`: a share `typos` with one wrong character in the estate's name, a share
    `nothing` that means nothing here.
    """
    draw = np.random.default_rng(seed)
    units = library["address.unit"]
    some = draw.integers(0, units.height, rows) if rows > units.height else draw.permutation(units.height)[:rows]
    picked = _parts(library, some)
    form = draw.choice(list(FORMS), rows, p=np.array(list(FORMS.values())) / 100)
    picked = picked.with_columns(form=pl.Series(form, dtype=pl.String), dice=pl.Series(draw.random(rows)))
    picked = _with_typos(picked, typos, draw)
    written = _noisy(picked.with_columns(address=_text()), draw)
    lost = pl.Series(draw.random(rows)) < nothing
    written = written.with_columns(lost=lost, other=_nothing(written, draw))
    frame = written.select(
        row=pl.int_range(rows, dtype=pl.UInt32),
        address=pl.when("lost").then("other").otherwise("address"),
        unit_code=pl.when(~pl.col("lost")).then("unit_code"),
        kind=pl.when("lost").then(pl.lit("nothing")).when("slipped").then(pl.lit("typo")).otherwise("form"),
    )
    return Written(frame.select("row", "address"), frame.select("row", "unit_code", "kind"))


@cache
def _areas() -> pl.DataFrame:
    """The district, its streets and communities as of the statistics bureau."""
    streets = reference.streets().filter(pl.col("county_code") == DISTRICT)
    communities = reference.bao_an_communities().filter(pl.col("street_code").is_in(streets["code"].implode()))
    none = pl.lit(None, pl.Date)
    return pl.concat(
        [
            pl.DataFrame({"area_code": [DISTRICT], "level": ["district"], "name": ["宝安区"], "parent_code": ["4403"]}),
            streets.select(area_code="code", level=pl.lit("street"), name="name", parent_code=pl.lit(DISTRICT)),
            communities.select(
                area_code="code",
                level=pl.lit("community"),
                name=pl.col("name").str.replace("(?:社区)?居委会$", "社区"),
                parent_code="street_code",
            ),
        ]
    ).with_columns(valid_from=none, valid_to=none)


def _estates(count: int, communities: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """place (0…), estate, is_village, community: two estates never bear one name in a community, seldom elsewhere."""
    bought = (REFERENCE / "estate_names.txt").read_text(encoding="utf-8").split()
    villages = round(count * IN_VILLAGE)
    stems = communities["name"].str.strip_suffix("社区").to_list()
    first, second = draw.choice(list(VILLAGE_STEMS), villages), draw.choice(list(VILLAGE_STEMS), villages)
    of_area = draw.random(villages) < 0.3
    community = draw.integers(0, communities.height, count)
    ends = draw.choice(VILLAGE_ENDS, villages)
    names = [(stems[community[n]] if of_area[n] else f"{first[n]}{second[n]}") + str(ends[n]) for n in range(villages)]
    estates = draw.permutation(bought)[: count - villages].tolist()
    more = count - villages - len(estates)  # of a very large district: the same names in another phase
    estates += [f"{estates[n % len(bought)]}{2 + n // len(bought)}期" for n in range(more)]
    return pl.DataFrame(
        {"estate": names + estates, "is_village": [True] * villages + [False] * len(estates), "community": community}
    ).unique(["estate", "community"], maintain_order=True)


def _buildings(count: int, communities: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    estates = _estates(max(2, count // BUILDINGS_PER_ESTATE), communities, draw)
    roads = draw.choice(list(ROAD_FIRST), BARE_ROADS), draw.choice(list(VILLAGE_STEMS), BARE_ROADS)
    road_names = [f"{a}{b}{c}" for a, b, c in zip(*roads, draw.choice(ROAD_ENDS, BARE_ROADS), strict=True)]
    in_estate = draw.random(count) < IN_ESTATE
    on_road = np.where(in_estate, draw.random(count) < (ON_ROAD - 1 + IN_ESTATE) / IN_ESTATE, True)
    frame = pl.DataFrame(
        {
            "place": np.where(in_estate, draw.integers(0, estates.height, count), -1),
            "road": np.where(on_road, draw.integers(0, BARE_ROADS, count), -1),
            "lone_community": draw.integers(0, communities.height, count),
            "lon": np.round(113.75 + draw.random(count) * 0.25, 7),
            "lat": np.round(22.52 + draw.random(count) * 0.32, 7),
        }
    )
    frame = frame.join(estates.with_row_index("place").cast({"place": pl.Int64}), on="place", how="left",
                       maintain_order="left")  # fmt: skip
    # A road's numbers run through it; several buildings may share one (1 in 20).
    frame = frame.with_columns(
        community=pl.coalesce("community", "lone_community"),
        nth=(pl.int_range(pl.len()).over("place") + 1).cast(pl.String),
        plate=((pl.int_range(pl.len()).over("road") * 19) // 20 + 1).cast(pl.String),
    )
    marker = pl.when("is_village").then(pl.lit("号")).otherwise(pl.lit("栋"))
    number = pl.when(pl.col("place") >= 0).then(pl.col("nth") + marker)
    names = pl.Series(road_names)
    frame = frame.with_columns(
        road_name=pl.when(pl.col("road") >= 0).then(names.gather(frame["road"].clip(0))),
        community_code=communities["area_code"].gather(frame["community"]),
        street_code=communities["parent_code"].gather(frame["community"]),
    )
    place = pl.int_range(pl.len()).over("community_code")
    return frame.select(
        building_code=pl.col("community_code")
        + (place // 99_999 + 1).cast(pl.String).str.zfill(2)
        + (place % 99_999 + 1).cast(pl.String).str.zfill(5),
        name=number, estate="estate", estate_number=number, road="road_name",
        road_number=pl.when(pl.col("road") >= 0).then(pl.col("plate") + "号"),
        street_code="street_code", community_code="community_code", grid_code=pl.col("community_code") + "01",
        is_temporary=pl.lit(False), lon="lon", lat="lat", status=pl.lit("active"),
    )  # fmt: skip


def _units(buildings: pl.DataFrame, areas: pl.DataFrame, units: int, draw: np.random.Generator) -> pl.DataFrame:
    """Rooms by floor; four in ten buildings of an estate have two entrances of 14 rooms each."""
    towers = (pl.col("estate_number").str.ends_with("栋").fill_null(False)) & (pl.col("dice") < 0.4)
    shaped = buildings.with_columns(dice=pl.Series(draw.random(buildings.height))).with_columns(
        entrances=pl.when(towers).then(2).otherwise(1), is_tower=towers,
        rooms=pl.when(towers).then(2).otherwise(4),
        floors=pl.when(towers).then(7).otherwise(6 + (pl.col("dice") * 10).cast(pl.Int64) % 2),
    )  # fmt: skip
    each = shaped.with_columns(n=pl.int_ranges(pl.col("entrances") * pl.col("rooms") * pl.col("floors"))).explode("n")
    each = each.head(units)
    per_entrance = pl.col("rooms") * pl.col("floors")
    within = pl.col("n") % per_entrance
    floor, door = within // pl.col("rooms") + 1, within % pl.col("rooms") + 1
    names = areas.select("area_code", "name")
    each = each.with_columns(
        entrance=pl.when("is_tower").then((pl.col("n") // per_entrance + 1).cast(pl.String) + "单元"),
        floor=floor.cast(pl.String),
        room=(floor * 100 + door).cast(pl.String),
        street=pl.col("street_code").replace_strict(names["area_code"], names["name"]),
        community=pl.col("community_code").replace_strict(names["area_code"], names["name"]),
    )
    return each.select(
        unit_code=pl.col("building_code") + (pl.col("n") + 1).cast(pl.String).str.zfill(6),
        building_code="building_code", entrance="entrance", floor="floor", room="room",
        standard_address=pl.concat_str(
            pl.lit(ABOVE), "street", "community", "road", "road_number", "estate", "estate_number", "entrance", "room",
            ignore_nulls=True,
        ),
        status=pl.lit("active"),
    )  # fmt: skip


def _parts(library: dict[str, pl.DataFrame], some: np.ndarray) -> pl.DataFrame:
    names = library["address.area"].select("area_code", "name")
    units = library["address.unit"].select("unit_code", "building_code", "entrance", "room")[some]
    buildings = library["address.building"].select(
        "building_code", "estate", "estate_number", "road", "road_number",
        street=pl.col("street_code").replace_strict(names["area_code"], names["name"]),
        community=pl.col("community_code").replace_strict(names["area_code"], names["name"]),
    )  # fmt: skip
    return units.join(buildings, on="building_code", how="left", maintain_order="left")


def _with_typos(parts: pl.DataFrame, share: float, draw: np.random.Generator) -> pl.DataFrame:
    """One character before the last two of the estate's name is another, or missing; only where a name is long
    enough to be known again.
    """
    size = pl.col("estate").str.len_chars().cast(pl.Int64)
    usable = (size >= 5) & (pl.col("form") != "doorplate")
    odds = share / max(1e-9, parts.select((usable.fill_null(False)).mean()).item() or 1e-9)
    n = parts.height
    parts = parts.with_columns(
        slipped=usable.fill_null(False) & (pl.Series(draw.random(n)) < odds),
        at=(pl.Series(draw.random(n)) * (size - 2).clip(1)).cast(pl.Int64),
        typed=pl.Series(draw.choice([*TYPED, ""], n), dtype=pl.String),
    )
    wrong = pl.col("estate").str.head(pl.col("at")) + pl.col("typed") + pl.col("estate").str.slice(pl.col("at") + 1)
    return parts.with_columns(
        slipped=pl.col("slipped") & (wrong != pl.col("estate")),
        estate=pl.when("slipped").then(wrong).otherwise("estate"),
    )


def _text() -> pl.Expr:
    """The address in its form; a form that lacks its parts is written as administrative."""

    def join(*parts: str | pl.Expr) -> pl.Expr:
        return pl.concat_str(*parts, ignore_nulls=True)

    bare = pl.col("estate_number").str.strip_chars("栋号")
    entrance = pl.col("entrance").str.strip_suffix("单元")
    place = ("estate", "estate_number", "entrance", "room")
    plate = ("road", "road_number", "entrance", "room")
    dashed = pl.concat_str(bare, entrance, "room", separator="-", ignore_nulls=True)
    district, city, no_estate = pl.lit("宝安区"), pl.lit("深圳市宝安区"), pl.col("estate").is_null()
    form = pl.col("form")
    return (
        pl.when(form == "full")
        .then(
            join(
                pl.lit(ABOVE),
                "street",
                "community",
                "road",
                "road_number",
                *place,
                pl.when(pl.col("dice") < 0.5).then(pl.lit("室")),
            )
        )
        .when(no_estate)
        .then(join(pl.when(form == "plain").then(None).otherwise(city), "street", *plate))
        .when((form == "doorplate") & pl.col("road").is_not_null())
        .then(join("street", *plate))
        .when(form == "no_street")
        .then(join(city, "community", *place))
        .when(form == "street_only")
        .then(join(district, "street", *place, pl.lit("房")))
        .when(form == "city_only")
        .then(join(city, *place))
        .when(form == "short")
        .then(join("estate", dashed))
        .when(form == "plain")
        .then(join("community", *place))
        .otherwise(join(pl.lit(ABOVE), "street", "community", *place, pl.lit("室")))
    )


def _noisy(frame: pl.DataFrame, draw: np.random.Generator) -> pl.DataFrame:
    """Full-width digits, spaces, numerals in words and remarks, each on a few of a hundred."""
    text = pl.col("address")
    dice = pl.Series("noise", draw.random(frame.height))
    wide = text.str.replace_many([*"0123456789-"], [chr(ord(sign) + 0xFEE0) for sign in "0123456789-"])
    spaced = text.str.replace("(区|街道|社区)", "$1 ").str.replace(r"(栋|号)", "$1 ")
    words = text.str.replace_many(
        [f"{n}{mark}" for n in range(2, 10) for mark in ("栋", "单元")],
        [f"{NUMERALS[n]}{mark}" for n in range(2, 10) for mark in ("栋", "单元")],
    )
    in_words = pl.when(text.str.contains(r"[^0-9][2-9](?:栋|单元)")).then(words).otherwise(text)
    in_words = pl.when(text.str.contains(r"[0-9]{2}(?:栋|单元)")).then(text).otherwise(in_words)
    remark = text + pl.Series(draw.choice(REMARKS, frame.height), dtype=pl.String)
    return frame.with_columns(dice, address=text).with_columns(
        address=pl.when(pl.col("noise") < 0.04).then(wide)
        .when(pl.col("noise") < 0.08).then(spaced)
        .when(pl.col("noise") < 0.12).then(in_words)
        .when(pl.col("noise") < 0.16).then(remark)
        .otherwise(text)
    )  # fmt: skip


def _nothing(frame: pl.DataFrame, draw: np.random.Generator) -> pl.Series:
    """Addresses that mean nothing here: places nobody knows, buildings an estate lacks, other cities, no address."""
    n = frame.height
    characters = list(dict.fromkeys(VILLAGE_STEMS + ROAD_FIRST + TYPED))
    unknown = pl.Series(draw.choice(characters, n), dtype=pl.String) + pl.Series(draw.choice(characters, n))
    ends = pl.Series(draw.choice(["苑", "大院", "公馆", "新城", "三坊", "花园", "村"], n), dtype=pl.String)
    numbers = pl.Series(draw.integers(1, 200, n)).cast(pl.String)
    rooms = pl.Series(draw.integers(1, 30, n) * 100 + draw.integers(1, 9, n)).cast(pl.String)
    counties = reference.counties().filter(~pl.col("code").str.starts_with("4403")).join(
        reference.cities().select("name", city_code="code"), on="city_code", suffix="_city"
    )  # fmt: skip
    far = (counties["name_city"] + counties["name"]).gather(draw.integers(0, counties.height, n))
    nonsense = pl.Series(draw.choice(["同上", "租房", "见附件", "本人家中", "地址不明", "。。。"], n), dtype=pl.String)
    dice = pl.Series(draw.random(n))
    made = pl.DataFrame(
        {"unknown": unknown + ends, "numbers": numbers, "rooms": rooms, "far": far, "nonsense": nonsense, "dice": dice}
    )
    made = made.hstack(frame.select("street", "community", "estate"))
    end = pl.col("numbers") + "栋" + pl.col("rooms")
    return made.select(
        other=pl.when(pl.col("dice") < 0.45).then(pl.concat_str(pl.lit("深圳市宝安区"), "street", "unknown", end))
        .when(pl.col("dice") < 0.60).then(pl.concat_str("unknown", end))
        .when(pl.col("dice") < 0.75)
        .then(pl.concat_str("street", "community", pl.coalesce("estate", "unknown"), pl.lit("9") + end))
        .when(pl.col("dice") < 0.92).then(pl.concat_str("far", "unknown", end))
        .otherwise("nonsense")
    )["other"]  # fmt: skip
