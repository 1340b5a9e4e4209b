"""Any Chinese address cut into its components, vectorised: every distinct text is read once.

An address is one part, or two written apart (松江路【松源街22号楼】): the later is the address, the earlier tells where
it lies. Each part is divisions (`divisions`), names (`locality`) and numbers (`doors`).
"""

from __future__ import annotations

from functools import cache

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.divisions import find_divisions
from transforms.addressing.doors import place_numbers, read_doors, split_doors, without_words
from transforms.addressing.locality import read_locality
from transforms.addressing.names import street_stem
from transforms.addressing.normalise import BREAK, normalise_series
from transforms.addressing.seen import once
from transforms.addressing.shapes import in_threads, read_by_shape

COMPONENTS = (
    "province", "city", "county", "street", "community", "road", "road_number",
    "estate", "building", "entrance", "floor", "room", "rest",
)  # fmt: skip
DIVISIONS = ("province", "city", "county")
_CHUNK = 5_000  # rows a thread reads at least
# An address in round brackets counts; a remark there does not: （高新园区中海御邸10号楼1-101）.
_BRACKETED = r"[(（]([^()（）附旁对边侧电话]*[0-9](?:号楼|栋|幢|单元|室|号|-[0-9])[^()（）附旁对边侧电话]*)[)）]"
_PLACE = (
    r"(?:小区|花园|花苑|家园|公寓|大厦|广场|中心|商城|市场|学校|小学|中学|大学|学院|医院|酒店|宾馆|工业区|工业园|园区|产业园|科技园|宿舍|"
    r"家属院|新城|[苑城园府楼庄里厂院邸居湾庭郡都阁轩邨坊])$"
)
_ANY_COUNTY = r"\p{Han}{2,14}?[区县旗市]"
_INSTITUTION = "[委政法公检局办路街]"  # 海淀区政府 is no division


def parse_addresses(addresses: pl.Series) -> pl.DataFrame:
    """The components of each address, in order: COMPONENTS (String, null where absent).

    province, city, county are official names; a building keeps its marker (3栋), a road number its 号 or 弄; entrance,
    floor and room are bare; `rest` is what no component took.
    """
    return parse_with_codes(addresses).select(COMPONENTS)


def parse_with_codes(addresses: pl.Series) -> pl.DataFrame:
    """COMPONENTS, and county_code (6 digits)."""

    def read(texts: pl.Series) -> pl.DataFrame:
        return in_threads(parse_each, texts, least=_CHUNK)

    return read_by_shape(addresses.cast(pl.String), read, same=("county_code",))


def parse_each(addresses: pl.Series) -> pl.DataFrame:
    """COMPONENTS and county_code, every distinct address read by itself."""
    text = normalise_series(_unbracketed(addresses.cast(pl.String)))
    return once(text, _read_texts)


def _unbracketed(texts: pl.Series) -> pl.Series:
    hit = texts.str.contains("[(（]").fill_null(False)
    if not hit.any():
        return texts
    at = hit.arg_true()
    return texts.scatter(at, texts.gather(at).str.replace_all(_BRACKETED, "【$1】"))


def _read_texts(texts: pl.Series) -> pl.DataFrame:
    """COMPONENTS, county_code of each distinct text (or null), in order."""
    frame = pl.DataFrame({"text": texts}).with_row_index("row")
    placed = _placed(_apart(frame))
    restarts = _restarts(placed)
    if not restarts.is_empty():
        again = _placed(restarts)
        placed = pl.concat([placed.join(again.select("row"), on="row", how="anti"), again])
    is_apart = placed["outer"].is_not_null()
    parsed = [_components(_named(placed.filter(~is_apart).with_columns(opens=pl.lit(False))))]
    if is_apart.any():
        parsed.append(_components(_both(placed.filter(is_apart))))
    return pl.concat(parsed).sort("row").drop("row")


_KEPT = ("row", "outer", "after", "part", "local", *DIVISIONS, "doors", "remark")


def _placed(split: pl.DataFrame) -> pl.DataFrame:
    """`split` with its inner part cut: part, local (names behind the divisions), divisions (codes), doors, remark."""
    return split.rename({"inner": "part"}).hstack(once(split["inner"], _cut).drop("part")).select(_KEPT)


def _restarts(placed: pl.DataFrame) -> pl.DataFrame:
    """Texts whose divisions begin anew behind names, as two parts: as `_apart` gives.

    清河小营桥西海淀区田村路 says its county again, 北大街街道河南省安阳市解放路 a whole province or city.
    """
    named = placed.filter(pl.col("outer").is_null() & pl.col("local").str.contains(r"\p{Han}[省市州盟区县旗]\p{Han}"))
    county = _told(pl.col("county"), *_long_counties())
    named = named.with_columns(
        name=pl.coalesce(county, _told(pl.col("city"), *_names())),
        at=pl.col("local").str.find(county, literal=True),
        whole=pl.col("local").str.extract(_restart(), 1).str.len_bytes(),
    ).with_columns(at=pl.coalesce("whole", "at"))
    binary = pl.col("local").cast(pl.Binary)
    found = named.filter(pl.col("at").is_not_null()).with_columns(
        before=binary.bin.head(pl.col("at")).cast(pl.String), behind=binary.bin.slice(pl.col("at")).cast(pl.String)
    )
    found = found.filter(~pl.col("behind").str.contains(f"^{_ANY_COUNTY}(?:{_INSTITUTION}|$)"))
    return found.select(
        "row",
        outer=pl.concat_str("name", "before", ignore_nulls=True),
        inner=pl.concat_str("behind", "doors", "remark", ignore_nulls=True),
        after="after",
    )


@cache
def _restart() -> str:
    """What stands before a whole province or city said again behind a name that ends."""
    names = division_names()
    whole = sorted((name for name in (*names.full_provinces, *names.full_cities) if len(name) > 2), key=len)
    return rf"^(.*(?:街道|办事处|镇|乡|路|街|村|社区|号|委会|小区))(?:{'|'.join(whole[::-1])})\p{{Han}}"


@cache
def _long_counties() -> tuple[pl.Series, pl.Series]:
    return _columns({code: name for code, name in division_names().names.items() if len(code) == 6 and len(name) > 2})


@cache
def _names() -> tuple[pl.Series, pl.Series]:
    return _columns(division_names().names)


@cache
def _alone() -> tuple[pl.Series, pl.Series]:
    return _columns(division_names().alone)


def _columns(table: dict[str, str]) -> tuple[pl.Series, pl.Series]:
    """A dictionary as Polars wants it: it would make these of it every time."""
    return pl.Series(list(table), dtype=pl.String), pl.Series(list(table.values()), dtype=pl.String)


def _told(code: pl.Expr, old: pl.Series, new: pl.Series) -> pl.Expr:
    return code.replace_strict(old, new, default=None, return_dtype=pl.String)


def _apart(texts: pl.DataFrame) -> pl.DataFrame:
    """row, outer (null where the text is one part), inner, after (words behind the inner part); rows keep no order."""
    frame = texts.select("row", outer=pl.lit(None, pl.String), inner="text", after=pl.lit(None, pl.String))
    hit = texts["text"].str.contains(BREAK, literal=True).fill_null(False)
    if not hit.any():
        return frame
    # …【西韩新苑51-1-801】送货上门: what follows the numbers is a remark.
    last = r"^(.*)\|([^|]*)$"
    broken = frame.filter(hit).with_columns(groups=pl.col("inner").str.extract_groups(last)).unnest("groups")
    broken = broken.with_columns(again=pl.col("1").str.extract_groups(last))
    remark = ~pl.col("2").str.contains("[0-9]") & pl.col("again").struct.field("2").str.contains("[0-9]")
    remark = remark.fill_null(False)
    broken = broken.select(
        "row",
        outer=pl.when(remark)
        .then(pl.col("again").struct.field("1"))
        .otherwise("1")
        .str.replace_all(BREAK, "", literal=True),
        inner=pl.when(remark).then(pl.col("again").struct.field("2")).otherwise("2"),
        after=pl.when(remark).then("2"),
    )
    return pl.concat([frame.filter(~hit), broken])


def _cut(parts: pl.Series) -> pl.DataFrame:
    """part, local, divisions (codes), doors, remark of each distinct `part`, in order."""
    cut = parts.alias("part").to_frame().with_row_index("at")
    names, doors = split_doors(pl.col("part"))
    cut = cut.with_columns(names=names, doors=doors, remark=pl.lit(None, pl.String))
    words = cut.filter((pl.col("doors") == "") & pl.col("part").str.contains("[0-9]")).select("at", text="part")
    words = without_words(words)
    if not words.is_empty():
        names, doors = split_doors(pl.col("short"))
        words = words.select("at", part="text", names=names, doors=doors, remark="remark").filter(pl.col("doors") != "")
        cut = pl.concat([cut.join(words.select("at"), on="at", how="anti"), words]).sort("at")
    heads = once(cut["names"], lambda distinct: find_divisions(distinct.alias("text").to_frame()))
    local = pl.col("names").cast(pl.Binary).bin.slice(pl.col("skip")).cast(pl.String)
    return cut.hstack(heads.drop("text")).select("part", "doors", "remark", *DIVISIONS, local=local)


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` (local, divisions, doors) with the columns of `read_locality` and `read_doors`, numbers placed."""
    where = pl.coalesce("county", "city", "province", pl.lit(""))
    has_doors = pl.col("doors") != ""
    sign = pl.when(has_doors).then(pl.lit(BREAK)).otherwise(pl.lit(""))
    asked = frame.select("local", *DIVISIONS, has_doors=has_doors, key=where + BREAK + pl.col("local") + sign)
    distinct = asked["key"].unique(maintain_order=True)
    if len(distinct) == len(asked):
        named = read_locality(asked).drop("key", "local", *DIVISIONS)
    else:
        asked = asked.with_row_index("at")
        first = asked.unique("key", keep="first", maintain_order=True).with_columns(
            to=pl.int_range(pl.len(), dtype=pl.UInt32)
        )
        to = asked.select("key").join(
            first.select("key", "to"), on="key", how="left", nulls_equal=True, maintain_order="left"
        )
        named = read_locality(first.drop("at", "to")).drop("key", "local", *DIVISIONS)[to["to"]]
    doors = once(frame["doors"], read_doors).drop("doors")
    joined = frame.hstack(named).hstack(doors)
    return place_numbers(joined.with_columns(county=pl.coalesce("county", "of_town")))


_NAMED = ("street", "community", "road", "road_number", "estate", "building", "entrance", "floor", "room")


def _both(apart: pl.DataFrame) -> pl.DataFrame:
    """Texts of two parts: what the inner says, and where it is silent what the outer says."""
    outer = _cut(apart["outer"].unique())
    codes = {f"outer_{name}": name for name in DIVISIONS}
    said = outer.select(outer="part", **codes)
    inner = apart.join(said, on="outer", how="left", maintain_order="left")
    # The inner part's divisions count if they say where: a lone county elsewhere is another's name.
    alone = pl.col("city").is_null() | (
        (pl.col("local").str.len_bytes() + 12 > pl.col("part").str.len_bytes())
        & (pl.col("province") != pl.col("outer_province"))
    )
    own = (pl.col("province").is_not_null() & ~alone).fill_null(False) | pl.col("outer_province").is_null()
    # 汉川市 said outside, 孝感 inside: the county stays.
    same = (pl.col("city") == pl.col("outer_city")) & pl.col("county").is_null()
    inner = inner.with_columns(
        county=pl.when(own & ~same.fill_null(False)).then("county").otherwise("outer_county"),
        city=pl.when(own).then("city").otherwise("outer_city"),
        province=pl.when(own).then("province").otherwise("outer_province"),
        opens=~pl.col("local").str.contains(r"\p{Han}"),
    ).drop("outer_province", "outer_city", "outer_county")
    around = _named(outer.with_columns(opens=pl.lit(False)).rename({"part": "outer"}))
    around = around.select("outer", **{f"o_{name}": name for name in (*_NAMED, "aside")})
    inner = inner.join(around, on="outer", how="left", maintain_order="left")
    # 莞城【莞城体育路98号】: the town said again without its 镇.
    stem = street_stem(pl.col("o_street"))
    behind = pl.col("local").str.slice(stem.str.len_chars().fill_null(0))
    said_again = pl.col("local").str.starts_with(stem) & behind.str.contains(r"^[\p{Han}&&[^街镇乡路村社]]{2}")
    both = _named(inner.with_columns(local=pl.when(said_again.fill_null(False)).then(behind).otherwise("local")))
    numbers = ("building", "entrance", "floor", "room")
    silent = pl.all_horizontal(pl.col(name).is_null() for name in numbers)
    has_road, has_estate = pl.col("road").is_not_null(), pl.col("estate").is_not_null()
    # 云台路【111号704】: the number in brackets is the road's before them.
    plate = (
        pl.col("opens")
        & pl.col("o_road").is_not_null()
        & pl.col("o_road_number").is_null()
        & pl.col("plate").is_not_null()
    )
    lost = pl.when(has_road & (pl.col("road") != pl.col("o_road"))).then("o_road")
    return both.with_columns(
        street=pl.coalesce("street", "o_street"),
        community=pl.coalesce("community", "o_community"),
        road=pl.coalesce("road", "o_road"),
        road_number=pl.when(has_road & (pl.col("road_number").is_not_null() | (pl.col("road") != pl.col("o_road"))))
        .then("road_number")
        .when(plate & pl.col("mark").is_null())
        .then(pl.col("plate") + "号")
        .otherwise(pl.coalesce("road_number", "o_road_number")),
        building=pl.when(plate & (pl.col("building") == pl.col("plate") + "号"))
        .then(None)
        .when(silent)
        .then("o_building")
        .otherwise("building"),
        **{name: pl.when(silent).then(f"o_{name}").otherwise(name) for name in numbers[1:]},
        estate=pl.coalesce("estate", pl.when(~has_road).then("o_estate")),
        aside=pl.concat_str(lost, pl.when(has_estate).then("o_estate"), "aside", separator=" ", ignore_nulls=True),
    )


def _components(frame: pl.DataFrame) -> pl.DataFrame:
    """row, COMPONENTS, county_code."""
    # 松源街22号楼花木公寓, 宝安大道4018号华丰大厦: words behind the number that name a place are the estate.
    named = pl.col("remark").is_not_null() & pl.col("estate").is_null() & pl.col("remark").str.contains(_PLACE)
    yard = pl.when(pl.col("estate").is_not_null() & pl.col("estate_yard").is_not_null()).then(
        pl.col("estate") + pl.col("estate_yard")
    )
    rest = pl.concat_str(
        "aside",
        pl.when(~named).then("remark"),
        "after",
        pl.when("is_odd").then("doors"),
        separator=" ",
        ignore_nulls=True,
    )
    alone = _told(pl.col("city"), *_alone())
    county = pl.coalesce("county", alone)
    codes = {"province": pl.coalesce("province", county.str.head(2)), "city": pl.coalesce("city", county).str.head(4)}
    return frame.select(
        "row",
        *[_told(code, *_names()).alias(level) for level, code in (codes | {"county": county}).items()],
        "street",
        "community",
        "road",
        "road_number",
        estate=pl.when(named).then("remark").otherwise(pl.coalesce(yard, "estate")),
        building=pl.coalesce("building", "inner"),
        entrance="entrance",
        floor="floor",
        room="room",
        rest=pl.when(rest != "").then(rest),
        county_code=county,
    )
