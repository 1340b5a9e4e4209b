"""The named middle of an address: street, community, road, road number, estate.

Works on distinct heads, after the divisions (`divisions`) and the tail (`tail`) have been cut off.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.reference import streets
from transforms.addressing.numerals import anywhere

STREET_TAIL = r"(?:街道办事处|街道办|街道|街办|办事处|镇|乡|苏木)$"
COMMUNITY_TAIL = r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|社区居委|社区|工作站)$"
_STREET = r"^([\p{Han}]{2,8}?(?:街道办事处|街道办|街道|街办|办事处|镇|乡|苏木))"
_COMMUNITY = (
    r"^([\p{Han}0-9]{1,8}?"
    r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|社区|工作站))"
)
_NUMERAL = "一二三四五六七八九十0-9"
_LANE = rf"(?:[东西南北中上下正横前后]?(?:[{_NUMERAL}]+|[东西南北中]|第[{_NUMERAL}]+)(?:路|街|巷|横巷|横街|弄|里))"
_ROAD_WORD = (
    rf"(?:大道|大街|公路|国道|省道|高速公路|高速|胡同|步行街|[{_NUMERAL}]道|路|街|横巷|巷|弄)"
    rf"(?:[东西南北中]段|辅路)?{_LANE}*"
)
PLATE_SIGN = "[增甲乙丙丁]"  # 增352号, 甲12号: another house than 352号
# The road ends at its first road word that has a name of two characters before it: 铁路 alone is no road.
_ROAD = (
    rf"^([\p{{Han}}A-Z0-9]{{2,}}?{_ROAD_WORD}|[东西南北老新正上下中前后]街|[GSX][0-9]{{3}}(?:国道|省道|线)?)"
    r"(?:与[\p{Han}]{2,6}(?:路|街|大道))?"
    rf"(?:((?:附|{PLATE_SIGN})?[0-9]+(?:-[0-9A-Z]+)*)(?:号院?|弄))?(.*)$"
)
# A road without a road's word is one by its doorplate: 北环50号晶都国际, 中横线383号龙凤里.
_LINE = rf"^([\p{{Han}}0-9]{{1,5}}[环线])({PLATE_SIGN}?[0-9]+(?:-[0-9A-Z]+)*)号院?(.*)$"
_NO_ROAD = r"(?:^|[\p{Han}])(?:铁路|公路|马路|道路|网路|线路|电路|水路|高速)$"
_PLATE = r"^([0-9]+(?:-[0-9]+)*)([^0-9A-Z\-区期村组巷街路道队社年营米号栋幢座单楼层、].*)$"
_EMBEDDED = r"^(.*?[^0-9A-Z\-])([0-9A-Z]+(?:-[0-9]+)*)(号楼|栋|幢|座|号|#)(.*)$"
# What a building is called by when it is not a 栋: 宿舍1号楼, 4号厂房, 2号铁皮房.
KIND = "厂房|宿舍楼|宿舍|仓库|车间|办公楼|综合楼|食堂|配电房|铁皮房|板房|平房|商铺"
# Part of an estate or village, said of many: never a name alone.
WITHIN = (
    r"^(?:[东西南北中上下前后左右]{0,2}第?[0-9一二三四五六七八九十]+|[东西南北中上下前后左右]{1,2})"
    rf"(?:期|区|巷|横巷|街|路|弄|里|组|队|排|坊|院|栋|座|{KIND})$|^(?:{KIND})$"
)
KIND_LAST = rf"^(.{{2,}}?)({KIND})$"
NUMBERED_KIND = rf"^(.+?[^0-9A-Z])([0-9A-Z]+)(?:号楼|栋|号|座)?({KIND})$"
_UNLIKELY_TOWN = "[小水名古园城美歌梦风花山家新老都]"


@cache
def town_stems() -> pl.Series:
    """Stems of every official street and town, nationwide."""
    return streets().select(street_stem(pl.col("name")).unique()).to_series()


def read_head(heads: pl.DataFrame) -> pl.DataFrame:
    """Each unique `local` (a head without divisions) cut into street, community, road, road_number, estate, inner.

    Null where absent. `inner` is a house or building number that stands inside the head (7栋 in 7栋庆丰阁),
    `inner_mark` its marker, `inner_name` what follows it; `plain` is the head without street and community.
    """
    frame = heads.select("local").with_columns(_street("local").alias("street"))
    frame = frame.with_columns(_after("local", "street").alias("rest"))
    # 沙头街道沙头街道金地一路: the second is the one that was typed.
    frame = frame.with_columns(_street("rest").alias("again")).with_columns(
        street=pl.coalesce("again", "street"), rest=_after("rest", "again")
    )
    frame = frame.with_columns(community=pl.col("rest").str.extract(_COMMUNITY, 1))
    frame = frame.with_columns(_after("rest", "community").alias("plain"))
    groups = pl.col("plain").str.extract_groups(_ROAD)
    line = pl.col("plain").str.extract_groups(_LINE)
    true_road = groups.struct.field("1").is_not_null() & ~groups.struct.field("1").str.contains(_NO_ROAD)
    frame = frame.with_columns(
        pl.when(true_road).then(groups.struct.field(at)).otherwise(line.struct.field(at)).alias(name)
        for at, name in (("1", "road"), ("2", "road_number"), ("3", "behind"))
    )
    # 百花四路百花四路长乐花园
    again = pl.col("behind").str.starts_with(pl.col("road"))
    frame = frame.with_columns(behind=pl.when(again).then(_after("behind", "road")).otherwise("behind"))
    plate = pl.when(pl.col("road_number").is_null()).then(pl.col("behind")).str.extract_groups(_PLATE)
    frame = frame.with_columns(
        road_number=pl.coalesce("road_number", plate.struct.field("1")),
        behind=pl.coalesce(plate.struct.field("2"), "behind"),
    )
    estate = pl.when(pl.col("road").is_null()).then("plain").otherwise("behind")
    frame = frame.with_columns(estate=pl.when(estate != "").then(estate))
    inner = pl.col("estate").str.extract_groups(_EMBEDDED)
    frame = frame.with_columns(
        inner_estate=inner.struct.field("1"),
        inner=inner.struct.field("2"),
        inner_mark=inner.struct.field("3"),
        inner_name=inner.struct.field("4"),
    )
    # 3号楼102金丰新村239号: behind a second number stands a second place, and neither is meant alone; 66号501、 is a
    # list of rooms in one.
    name = pl.col("inner_name").fill_null("")
    is_one = ~name.str.contains("[0-9]") | name.str.contains(r"^(?:[0-9A-Z\-]+(?:室|房|户)?、)+$")
    frame = frame.with_columns(
        pl.when(is_one).then(name).alias(name) for name in ("inner_estate", "inner", "inner_mark", "inner_name")
    )
    return frame.drop("behind", "rest", "again")


def _street(text: str) -> pl.Expr:
    """A street or town at the start: 街道 always is one; 镇 and 乡 if official, or if the word looks like a town's."""
    found = pl.col(text).str.extract(_STREET, 1)
    stem = street_stem(found)
    official = stem.is_in(town_stems().implode())
    likely = (stem.str.len_chars() == 2) & ~stem.str.contains(_UNLIKELY_TOWN + "$")
    return pl.when(found.str.contains("街道|街办") | official | likely).then(found)


def _after(text: str, prefix: str) -> pl.Expr:
    """`text` behind the `prefix` found at its start."""
    size = pl.col(prefix).str.len_bytes().fill_null(0)
    return pl.col(text).cast(pl.Binary).bin.slice(size).cast(pl.String)


def fold(names: pl.Expr) -> pl.Expr:
    """A name as a key: numerals as digits (三区 = 3区), no dashes or list signs."""
    table = anywhere() | {"宿舍楼": "宿舍"}
    return names.str.replace_all(r"[\-、|]", "").str.replace_many(list(table), list(table.values()), leftmost=True)


def street_stem(names: pl.Expr) -> pl.Expr:
    """西乡街道, 西乡镇, 西乡街道办 → 西乡: what of a street's name its changes of rank leave."""
    stem = names.str.replace(STREET_TAIL, "")
    return pl.when(stem.str.len_chars() >= 2).then(stem).otherwise(names)


def community_stem(names: pl.Expr) -> pl.Expr:
    """固戍社区居委会, 固戍社区 → 固戍."""
    stem = names.str.replace(COMMUNITY_TAIL, "")
    return pl.when(stem.str.len_chars() >= 1).then(stem).otherwise(names)
