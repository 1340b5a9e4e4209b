"""The named middle of an address: street, community, road, road number, estate.

Works on distinct heads, after the divisions (`divisions`) and the tail (`tail`) have been cut off.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.reference import streets
from transforms.addressing.cutting import after
from transforms.addressing.numerals import DIGITS, anywhere
from transforms.addressing.replacing import FEW, Words

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
_FOLDED = rf"[\-、|{DIGITS}〇十廿卅]|宿舍楼|[员职]工宿舍"
_SIGNS = str.maketrans("", "", "-、|")
_UNLIKELY_TOWN = "[小水名古园城美歌梦风花山家新老都]"


@cache
def town_stems() -> pl.Series:
    """Stems of every official street and town, nationwide."""
    return streets().select(street_stem(pl.col("name")).unique()).to_series()


def among_towns(stems: pl.Series) -> list[str]:
    """Those that are a town's: looking through these few costs less than making a set of all towns again."""
    return sorted(_towns().intersection(stems.unique().drop_nulls().to_list()))


@cache
def _towns() -> frozenset[str]:
    return frozenset(town_stems())


def read_head(heads: pl.DataFrame) -> pl.DataFrame:
    """Each unique `local` (a head without divisions) cut into street, community, road, road_number, estate, inner.

    Null where absent. `inner` is a house or building number that stands inside the head (7栋 in 7栋庆丰阁),
    `inner_mark` its marker, `inner_name` what follows it; `plain` is the head without street and community.
    """
    frame = heads.lazy().select("local")
    for step in _reading():
        frame = frame.with_columns(step)
    return frame.select(_NAMED).collect()


_NAMED = (
    "local", "street", "community", "plain", "road", "road_number", "estate", "inner_estate", "inner", "inner_mark",
    "inner_name",
)  # fmt: skip


@cache
def _reading() -> tuple[list[pl.Expr], ...]:
    """The columns each step of `read_head` adds; made once, for saying them takes longer than reading a few heads."""
    street, behind, road, line = pl.col("street"), pl.col("behind"), pl.col("a_road"), pl.col("a_line")
    true_road = road.struct.field("1").is_not_null() & ~road.struct.field("1").str.contains(_NO_ROAD)
    estate = pl.when(pl.col("road").is_null()).then("plain").otherwise("behind")
    inner = ("inner_estate", "inner", "inner_mark", "inner_name")
    # 3号楼102金丰新村239号: behind a second number stands a second place, and neither is meant alone; 66号501、 is a
    # list of rooms in one.
    name = pl.col("inner_name").fill_null("")
    is_one = ~name.str.contains("[0-9]") | name.str.contains(r"^(?:[0-9A-Z\-]+(?:室|房|户)?、)+$")
    return (
        *_street("local", "street"),
        [after("local", "street").alias("rest")],
        # 沙头街道沙头街道金地一路: the second is the one that was typed.
        [pl.when(street.is_not_null()).then("rest").alias("twice")],
        *_street("twice", "again"),
        [pl.coalesce("again", "street").alias("street"), after("rest", "again").alias("rest")],
        [pl.col("rest").str.extract(_COMMUNITY, 1).alias("community")],
        [after("rest", "community").alias("plain")],
        [_groups("plain", _ROAD).alias("a_road"), _groups("plain", _LINE, "[环线]").alias("a_line")],
        [
            pl.when(true_road).then(road.struct.field(at)).otherwise(line.struct.field(at)).alias(name)
            for at, name in (("1", "road"), ("2", "road_number"), ("3", "behind"))
        ],
        # 百花四路百花四路长乐花园
        [
            pl.when(behind.str.starts_with(pl.col("road")))
            .then(after("behind", "road"))
            .otherwise(behind)
            .alias("behind")
        ],
        [pl.when(pl.col("road_number").is_null()).then(behind).alias("unnumbered")],
        [_groups("unnumbered", _PLATE, "^[0-9]").alias("a_plate")],
        [
            pl.coalesce("road_number", pl.col("a_plate").struct.field("1")).alias("road_number"),
            pl.coalesce(pl.col("a_plate").struct.field("2"), "behind").alias("behind"),
        ],
        [pl.when(estate != "").then(estate).alias("estate")],
        [_groups("estate", _EMBEDDED, "[0-9A-Z](?:号|栋|幢|座|#)").alias("within")],
        [pl.col("within").struct.field(str(at)).alias(name) for at, name in enumerate(inner, start=1)],
        [pl.when(is_one).then(name).alias(name) for name in inner],
    )


def _street(text: str, name: str) -> tuple[list[pl.Expr], ...]:
    """A street or town at the start of `text`, as `name`: 街道 always is one; 镇 and 乡 if official, or if the word
    looks like a town's.
    """
    found, stem = pl.col("found"), pl.col("stem")
    official = stem.map_batches(lambda stems: stems.is_in(among_towns(stems)), return_dtype=pl.Boolean)
    likely = (stem.str.len_chars() == 2) & ~stem.str.contains(_UNLIKELY_TOWN + "$")
    return (
        [pl.col(text).str.extract(_STREET, 1).alias("found")],
        [street_stem(found).alias("stem")],
        [pl.when(found.str.contains("街道|街办") | official | likely).then(found).alias(name)],
    )


def groups(texts: pl.Series, pattern: str, gate: str | None = None) -> pl.DataFrame:
    """The groups of `pattern` in each text, as columns 1, 2 …; it is run once, and only where `gate` (part of every
    text it finds) is: an expression is worked out anew for every group that is asked of it.
    """
    return texts.to_frame().select(_groups(texts.name, pattern, gate)).to_series().struct.unnest()


@cache
def _groups(name: str, pattern: str, gate: str | None = None) -> pl.Expr:
    text = pl.col(name)
    return (text if gate is None else pl.when(text.str.contains(gate)).then(text)).str.extract_groups(pattern)


def fold(names: pl.Expr) -> pl.Expr:
    """A name as a key: numerals as digits (三区 = 3区), no dashes or list signs."""
    return names.map_batches(_folded, return_dtype=pl.String, is_elementwise=True)


def _folded(names: pl.Series) -> pl.Series:
    if len(names) <= FEW:
        bare = [name and name.translate(_SIGNS) for name in names.to_list()]
        return _words().replaced(pl.Series(names.name, bare, dtype=pl.String))
    where = names.str.contains(_FOLDED).fill_null(False).arg_true()
    if not len(where):
        return names
    return names.clone().scatter(where, _words().replaced(names.gather(where).str.replace_all(r"[\-、|]", "")))


@cache
def _words() -> Words:
    dormitories = {f"{whose}宿舍{kind}": "宿舍" for whose in ("", "员工", "职工") for kind in ("楼", "")}
    return Words(anywhere() | dormitories)


def street_stem(names: pl.Expr) -> pl.Expr:
    """西乡街道, 西乡镇, 西乡街道办 → 西乡: what of a street's name its changes of rank leave."""
    stem = names.str.replace(STREET_TAIL, "")
    return pl.when(stem.str.len_chars() >= 2).then(stem).otherwise(names)


def community_stem(names: pl.Expr) -> pl.Expr:
    """固戍社区居委会, 固戍社区 → 固戍."""
    stem = names.str.replace(COMMUNITY_TAIL, "")
    return pl.when(stem.str.len_chars() >= 1).then(stem).otherwise(names)
