"""The street or town and the community at the start of the named middle of an address."""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.reference import streets
from transforms.addressing.cutting import COUNT, PLACE_END, PLACES, after, group, on
from transforms.addressing.names import among_towns, street_stem

_ZONE = (
    r"^([\p{Han}&&[^路街镇乡村号道]]{0,8}?(?:经济技术开发区|经济开发区|高新技术产业开发区|高新技术开发区|技术开发区|高新开发区|"
    r"高新园区|高新区|开发区|保税区|风景名胜区|旅游度假区|度假区|示范区|主城区|新城区|城区|县城))([\p{Han}]{2}.*)$"
)
_STREET = r"^([\p{Han}]{2,8}?(?:街道办事处|街道办|街道|办事处|镇|乡|苏木))"
_ROAD_AND_STREET = r"^([\p{Han}]{2,4}?[路街巷])([\p{Han}&&[^道]][\p{Han}]+(?:街道|镇|乡))$"
_RANK = r"(?:街道办事处|街道|镇|乡|苏木)$"
_UNLIKELY_TOWN = "[小水名古园城美歌梦风花山家新老都]$"
_VILLAGE_ORGAN = "社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|居委|行政村|大队"
_COMMUNITY = rf"^([\p{{Han}}0-9]{{1,8}}?(?:{_VILLAGE_ORGAN}|社区|村))(.*)$"
# What stands behind 村 or 社区 when it is only part of a name: 田村路, 新村小区.
_GOES_ON = (
    rf"^(?:[东西南北中前后上下{COUNT}]{{0,2}}(?:路|街|巷|大街|大道|弄|里|区|期|村)|口|小区|新村|花园|公寓|小学|中学|学校|医院|"
    r"卫生|幼儿|市场|工业|商业|综合|安置|回迁|公园|广场|花苑|家园|人家|大厦|大桥|镇|乡|街道)"
)
_NUMBERED_ZONE = "^[0-9]{2}区"  # 灵芝园社区24区: zones of a town, none of an estate
_ESTATE_VILLAGE = r"(?:新村|[一二三四五六七八九十]村|国际社区|花园社区|公寓社区)$"
_BARE_GOES_ON = (
    rf"^(?:{PLACES}|{PLACE_END}|[东西南北中{COUNT}]?(?:路|街|巷|里|村|区|期|号|栋|幢)|大道|大街|[社小新老大桥站])"
)
_RINGS = r"^[一二三四五六]环(?:到[一二三四五六]环)?(?:之间|以[内外]|之[内外])"
_NEW_DISTRICT = r"^新区([\p{Han}]{2,4}街道)"  # 无锡市新区旺庄街道


def take_street(frame: pl.DataFrame) -> pl.DataFrame:
    """street, and `left` without it, without 开发区 and such before it."""
    left = (
        pl.col("left")
        .str.replace(r"^[0-9\-]{1,8}([\p{Han}&&[^弄号院区期街路巷栋幢座楼组队社村里米国省县道]][\p{Han}])", "$1")
        .str.replace(_RINGS, "")
        .str.replace(_NEW_DISTRICT, "$1")
    )
    frame = on(frame, pl.col("left").str.contains(r"^[0-9一二三四五六\-新]"), left=left)
    zoned = pl.col("left").str.contains("[发新税景假范城]区|县城")
    frame = on(frame, zoned, _ZONE, zone=group("1"), left=pl.coalesce(group("2"), "left"))
    frame = _street(frame)
    # 沙头街道沙头街道金地一路: the second is the one that was typed.
    again = pl.col("street").is_not_null() & pl.col("left").str.contains("街道|镇|乡|办事处")
    hit = frame.select(again.fill_null(False)).to_series()
    if hit.any():
        second = _street(frame.filter(hit).rename({"street": "first"}))
        second = second.with_columns(street=pl.coalesce("street", "first"))
        at = hit.arg_true()
        frame = frame.with_columns(frame[name].scatter(at, second[name]) for name in ("street", "left"))
    # A town the reference lists in the county, without its 镇: 小溪塔|锦云苑.
    open_ = pl.col("street").is_null() & pl.col("county").is_not_null()
    asked = frame.filter(open_).select("county", "left", whole=~pl.col("has_doors"))
    frame = frame.with_columns(bare=pl.lit(None, pl.String))
    if not asked.is_empty():
        at = frame.select(open_).to_series().arg_true()
        frame = frame.with_columns(frame["bare"].scatter(at, _bare_town(asked)))
    behind = after("left", "bare")
    is_name = behind.str.contains(_BARE_GOES_ON)
    bare = pl.col("bare").is_not_null()
    frame = on(
        frame,
        bare,
        street=pl.when(~is_name).then("bare").otherwise("street"),
        left=pl.when(~is_name).then(behind).otherwise("left"),
    )
    return _county_by_town(frame)


def take_community(frame: pl.DataFrame) -> pl.DataFrame:
    """community, and `left` without it."""
    name, behind = group("1"), group("2")
    organ = name.str.contains(f"(?:{_VILLAGE_ORGAN})$")
    zoned = name.str.ends_with("社区") & behind.str.contains(_NUMBERED_ZONE)
    good = organ | (zoned | ~behind.str.contains(_GOES_ON)) & ~name.str.contains(_ESTATE_VILLAGE)
    # 五里桥路程家村: a road before it is no part of the village's name.
    good = good & ~name.str.contains(r"[路街巷][\p{Han}0-9]{2,}") & (name.str.len_chars() > 1)
    has = pl.col("left").str.contains("村|社区|居委|大队|委员会")
    frame = on(frame, has, _COMMUNITY, community=pl.when(good).then(name), said=behind)
    return frame.with_columns(left=pl.when(pl.col("community").is_not_null()).then("said").otherwise("left")).drop(
        "said"
    )


@cache
def _towns() -> tuple[pl.Series, pl.Series]:
    """County code and stem of every town, farm and such; and of every street: 花果园 alone is an estate as well."""
    known = streets().select(key=pl.col("county_code") + pl.col("name").str.replace(_RANK, ""), name="name")
    known = known.filter((pl.col("key").str.len_chars() > 7) & ~pl.col("key").str.contains("[路街]$"))
    is_street = pl.col("name").str.ends_with("街道")
    towns, urban = known.filter(~is_street)["key"], known.filter(is_street)["key"]
    return towns.unique(), urban.unique()


@cache
def _short_towns() -> pl.Series:
    """翟镇: official names of two characters."""
    return streets()["name"].filter(streets()["name"].str.contains("^.[镇乡]$")).unique()


@cache
def _county_of_town() -> pl.DataFrame:
    """key (province code, city code or nothing, and a town's whole name) → county, where only one has such a town."""
    every = streets().filter(pl.col("name").str.contains("(?:街道|镇|乡)$") & (pl.col("name").str.len_chars() > 2))
    scopes = [
        every.select(key=pl.col("code").str.head(size) + pl.col("name"), county="county_code") for size in (4, 2, 0)
    ]
    return (
        pl.concat(scopes)
        .group_by("key")
        .agg(pl.col("county").unique())
        .filter(pl.col("county").list.len() == 1)
        .select("key", county_of_town=pl.col("county").list.first())
    )


def _bare_town(asked: pl.DataFrame) -> pl.Series:
    """The stem of a town of the `county` at the start of `left`; of a street only where it is the `whole`."""
    # Only what begins like an asked text is looked through: the reference is long, and so is making a set of it.
    begin = asked.select(pl.col("county") + pl.col("left").str.head(2)).to_series().unique()
    towns, urban = (known.filter(known.str.head(8).is_in(begin.implode())) for known in _towns())

    def begins(size: int) -> pl.Expr:
        begin = pl.col("county") + pl.col("left").str.head(size)
        whole = (pl.col("left").str.len_chars() == size) & pl.col("whole")
        return pl.when(begin.is_in(towns.implode()) | whole & begin.is_in(urban.implode())).then(size)

    size = pl.coalesce(*[begins(count) for count in (6, 5, 4, 3, 2)]).fill_null(0)
    return asked.select(pl.col("left").str.head(size).replace("", None)).to_series()


def _street(frame: pl.DataFrame) -> pl.DataFrame:
    """street at the start of `left`, and `left` behind it.

    街道 always is one; 镇 and 乡 if official, or if the word looks like a town's.
    """
    frame = frame.with_columns(found=pl.col("left").str.extract(_STREET, 1))
    frame = frame.with_columns(stem=street_stem(pl.col("found")))
    frame = _behind_road(frame)
    stem, found, left = pl.col("stem"), pl.col("found"), pl.col("left")
    official = stem.is_in(among_towns(frame["stem"]))
    likely = stem.str.len_chars().is_between(2, 3) & (stem != found) & ~stem.str.contains(_UNLIKELY_TOWN)
    # What ends with it, its county said, can be nothing else: 任城区二十里铺镇.
    alone = (left == found) & pl.col("county").is_not_null() & (stem != found)
    tiny = left.str.head(2)
    tiny = pl.when(tiny.is_in(_short_towns().implode())).then(tiny)
    street = pl.when(found.str.contains("街道", literal=True) | official | likely | alone).then(found).otherwise(tiny)
    frame = frame.with_columns(street=street).drop("found", "stem")
    return frame.with_columns(left=after("left", "street"))


def _behind_road(frame: pl.DataFrame) -> pl.DataFrame:
    """`found`, `stem` and `left` where a road was said before a street of the county: 通达路|银雀山街道."""
    odd = ~pl.col("stem").is_in(among_towns(frame["stem"])) & pl.col("found").str.contains(_ROAD_AND_STREET)
    if not frame.select(odd.any()).item():
        return frame
    street, towns = street_stem(group("2")), pl.concat(_towns())
    good = (pl.col("county") + street).is_in(towns.implode())
    return on(
        frame,
        odd,
        _ROAD_AND_STREET,
        source="found",
        found=pl.when(good).then(group("2")).otherwise("found"),
        stem=pl.when(good).then(street).otherwise("stem"),
        left=pl.when(good).then(group("2") + group("1") + after("left", "found")).otherwise("left"),
    )


def _county_by_town(frame: pl.DataFrame) -> pl.DataFrame:
    open_ = pl.col("county").is_null() & pl.col("street").is_not_null()
    if not frame.select(open_.any()).item():
        return frame.with_columns(of_town=pl.lit(None, pl.String))
    name = pl.col("street").str.replace("办事处$|办$", "")
    key = pl.coalesce("city", "province", pl.lit("")) + name
    asked = frame.select(key=pl.when(open_).then(key))
    known = _county_of_town().filter(pl.col("key").is_in(asked["key"].drop_nulls().implode()))
    found = asked.join(known, on="key", how="left", maintain_order="left")["county_of_town"]
    return frame.with_columns(of_town=found)
