"""Any Chinese address cut into its components, vectorised: every distinct text is read once.

An address is one part, or two written apart (松江路【松源街22号楼】): the later is the address, the earlier tells where
it lies. Each part is divisions (`divisions`), names (`locality`) and numbers (`doors`).
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.divisions import find_divisions
from transforms.addressing.doors import place_numbers, read_doors, split_doors, without_words
from transforms.addressing.locality import read_locality
from transforms.addressing.names import street_stem
from transforms.addressing.normalise import BREAK, normalise_series

COMPONENTS = (
    "province", "city", "county", "street", "community", "road", "road_number",
    "estate", "building", "entrance", "floor", "room", "rest",
)  # fmt: skip
DIVISIONS = ("province", "city", "county")
_CHUNK = 40_000  # rows a thread reads at least: Polars runs most steps on one core, and lets go of the interpreter
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
    threads = min(os.cpu_count() or 1, len(addresses) // _CHUNK)
    if threads < 2:
        return _parse(addresses)
    size = -(-len(addresses) // threads)
    with ThreadPoolExecutor(threads) as pool:
        parsed = pool.map(_parse, [addresses.slice(start, size) for start in range(0, len(addresses), size)])
        return pl.concat(parsed)


def _parse(addresses: pl.Series) -> pl.DataFrame:
    raw = addresses.cast(pl.String).alias("raw").to_frame()
    raw = raw.with_columns(text=normalise_series(_unbracketed(raw["raw"])))
    texts = raw.select(pl.col("text").unique()).drop_nulls()
    return raw.select("text").join(_read_texts(texts), on="text", how="left", maintain_order="left").drop("text")


def _unbracketed(texts: pl.Series) -> pl.Series:
    hit = texts.str.contains("[(（]").fill_null(False)
    if not hit.any():
        return texts
    at = hit.arg_true()
    return texts.scatter(at, texts.gather(at).str.replace_all(_BRACKETED, "【$1】"))


def _read_texts(texts: pl.DataFrame) -> pl.DataFrame:
    """text, COMPONENTS, county_code of each distinct `text`."""
    split = _anew(_apart(texts))
    placed = _placed(split)
    restarts = _restarts(placed)
    if not restarts.is_empty():
        placed = pl.concat([placed.join(restarts.select("text"), on="text", how="anti"), _placed(restarts)])
    is_apart = placed["outer"].is_not_null()
    alone = _components(_named(placed.filter(~is_apart).with_columns(opens=pl.lit(False))))
    if not is_apart.any():
        return alone
    return pl.concat([alone, _components(_both(placed.filter(is_apart)))])


_KEPT = ("text", "outer", "after", "part", "local", *DIVISIONS, "doors", "remark")


def _placed(split: pl.DataFrame) -> pl.DataFrame:
    """`split` with its inner part cut: part, local (names behind the divisions), divisions (codes), doors, remark."""
    cut = _cut(split.select(part=pl.col("inner").unique()))
    return split.rename({"inner": "part"}).join(cut, on="part", how="left", maintain_order="left").select(_KEPT)


def _restarts(placed: pl.DataFrame) -> pl.DataFrame:
    """Texts that say their county again behind names (清河小营桥西海淀区田村路), as two parts: as `_apart` gives."""
    name = pl.col("county").replace_strict(_long_counties(), default=None, return_dtype=pl.String)
    open_ = placed.filter(pl.col("outer").is_null() & pl.col("county").is_not_null()).with_columns(name=name)
    found = open_.filter(pl.col("local").str.contains(pl.col("name"), literal=True))
    at = pl.col("local").str.find(pl.col("name"), literal=True)
    binary = pl.col("local").cast(pl.Binary)
    found = found.with_columns(
        before=binary.bin.head(at).cast(pl.String), behind=binary.bin.slice(at).cast(pl.String)
    ).filter(~pl.col("behind").str.contains(f"^{_ANY_COUNTY}(?:{_INSTITUTION}|$)"))
    return found.select(
        "text",
        outer=pl.col("name") + pl.col("before"),
        inner=pl.concat_str("behind", "doors", "remark", ignore_nulls=True),
        after="after",
    )


@cache
def _long_counties() -> dict[str, str]:
    return {code: name for code, name in division_names().names.items() if len(code) == 6 and len(name) > 2}


def _apart(texts: pl.DataFrame) -> pl.DataFrame:
    """text, outer (null where the text is one part), inner, after (words behind the inner part)."""
    frame = texts.select("text", outer=pl.lit(None, pl.String), inner="text", after=pl.lit(None, pl.String))
    hit = frame["text"].str.contains(BREAK, literal=True)
    if not hit.any():
        return frame
    groups = pl.col("text").str.extract_groups(r"^(.*)\|([^|]*)$")
    broken = frame.filter(hit).with_columns(outer=groups.struct.field("1"), inner=groups.struct.field("2"))
    # …【西韩新苑51-1-801】送货上门: what follows the numbers is a remark.
    remark = ~pl.col("inner").str.contains("[0-9]") & pl.col("outer").str.contains(r"\|[^|]*[0-9]")
    again = pl.col("outer").str.extract_groups(r"^(.*)\|([^|]*)$")
    broken = broken.with_columns(
        after=pl.when(remark).then("inner"),
        outer=pl.when(remark).then(again.struct.field("1")).otherwise("outer"),
        inner=pl.when(remark).then(again.struct.field("2")).otherwise("inner"),
    )
    return pl.concat([frame.filter(~hit), broken.with_columns(outer=pl.col("outer").str.replace_all(r"\|", ""))])


def _anew(split: pl.DataFrame) -> pl.DataFrame:
    """A part in which the divisions begin anew behind names is two: 北大街街道|河南省安阳市解放路."""
    names = division_names()
    whole = [name for name in (*names.full_provinces, *names.full_cities) if len(name) > 2]
    # Behind the first names, a whole province or city once more.
    behind = pl.col("inner").str.slice(4)
    hit = split.select(pl.col("outer").is_null() & behind.str.contains_any(whole)).to_series().fill_null(False)
    if not hit.any():
        return split
    alternatives = "|".join(sorted(whole, key=len, reverse=True))
    groups = pl.col("inner").str.extract_groups(
        rf"^(.*(?:街道|办事处|镇|乡|路|街|村|社区|号|委会|小区))((?:{alternatives})[\p{{Han}}].*)$"
    )
    found = split.filter(hit).with_columns(one=groups.struct.field("1"), two=groups.struct.field("2"))
    found = found.with_columns(outer=pl.coalesce("one", "outer"), inner=pl.coalesce("two", "inner")).drop("one", "two")
    return pl.concat([split.filter(~hit), found])


def _cut(parts: pl.DataFrame) -> pl.DataFrame:
    """part, local, divisions (codes), skip, doors, remark of each distinct `part`."""
    names, doors = split_doors(pl.col("part"))
    cut = parts.with_columns(names=names, doors=doors, remark=pl.lit(None, pl.String))
    words = without_words(cut.filter((pl.col("doors") == "") & pl.col("part").str.contains("[0-9]"))["part"])
    if not words.is_empty():
        names, doors = split_doors(pl.col("short"))
        words = words.select(part="text", names=names, doors=doors, remark="remark").filter(pl.col("doors") != "")
        cut = pl.concat([cut.join(words.select("part"), on="part", how="anti"), words])
    heads = find_divisions(cut.select(text=pl.col("names").unique()))
    local = pl.col("names").cast(pl.Binary).bin.slice(pl.col("skip")).cast(pl.String)
    return cut.join(heads, left_on="names", right_on="text", how="left").with_columns(local=local)


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` (local, divisions, doors) with the columns of `read_locality` and `read_doors`, numbers placed."""
    where = pl.coalesce("county", "city", "province", pl.lit(""))
    has_doors = pl.col("doors") != ""
    sign = pl.when(has_doors).then(pl.lit(BREAK)).otherwise(pl.lit(""))
    keyed = frame.with_columns(has_doors=has_doors, key=where + BREAK + pl.col("local") + sign)
    asked = keyed.select("key", "local", "has_doors", *DIVISIONS).unique("key")
    named = read_locality(asked).drop("local", *DIVISIONS)
    doors = read_doors(frame["doors"].unique())
    joined = keyed.join(named, on="key", how="left", maintain_order="left").join(
        doors, on="doors", how="left", maintain_order="left"
    )
    return place_numbers(joined.with_columns(county=pl.coalesce("county", "of_town")))


_NAMED = ("street", "community", "road", "road_number", "estate", "building", "entrance", "floor", "room")


def _both(apart: pl.DataFrame) -> pl.DataFrame:
    """Texts of two parts: what the inner says, and where it is silent what the outer says."""
    outer = _cut(apart.select(part=pl.col("outer").unique()))
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
    """text, COMPONENTS, county_code."""
    names = division_names()
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
    alone = pl.col("city").replace_strict(names.alone, default=None, return_dtype=pl.String)
    county = pl.coalesce("county", alone)
    codes = {"province": pl.coalesce("province", county.str.head(2)), "city": pl.coalesce("city", county).str.head(4)}
    return frame.select(
        "text",
        *[
            code.replace_strict(names.names, default=None, return_dtype=pl.String).alias(level)
            for level, code in (codes | {"county": county}).items()
        ],
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
