"""The named middle of an address: street, community, road, road number, estate.

Works on distinct heads, after the divisions (`divisions`) and the tail (`tail`) have been cut off.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.numerals import anywhere

_STREET = r"^([\p{Han}]{2,8}?(?:街道办事处|街道办|街道|办事处|镇|乡|苏木))"
_COMMUNITY = r"^([\p{Han}0-9]{1,8}?(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|社区))"
STREET_TAIL = r"(?:街道办事处|街道办|街道|办事处|镇|乡|苏木)$"
COMMUNITY_TAIL = r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|社区居委|社区)$"
_ROAD_TAIL = (
    "(?:大道|大街|公路|国道|省道|高速|胡同|步行街|[东西南北中]?路|[一二三四五六七八九十0-9]+道|街|巷|弄|里弄|横巷|坊)"
    "(?:[东西南北中])?(?:段)?(?:[一二三四五六七八九十0-9]+(?:路|街|巷|横巷|弄))*"
)
# The road is what ends in a road word before a number, or before a name; lanes follow their road or village.
_ROAD = rf"^([\p{{Han}}A-Z0-9]*?{_ROAD_TAIL})(?:(附?[0-9]+(?:-[0-9A-Z]+)*)(?:号院?|弄|$))?(.*)$"
_EMBEDDED = r"^(.*?[^0-9A-Z\-])([0-9A-Z]+(?:-[0-9]+)*)(号楼|栋|幢|座|号|#)(.*)$"


def read_head(heads: pl.DataFrame) -> pl.DataFrame:
    """Each unique `local` (a head without divisions) cut into street, community, road, road_number, estate, inner.

    Null where absent. `inner` is a house or building number that stands inside the head (7栋 in 7栋庆丰阁), `inner_mark` its
    marker, `inner_name` what follows it; `plain` is the head without street and community.
    """
    street = pl.col("local").str.extract(_STREET, 1)
    frame = heads.select("local").with_columns(street=street).with_columns(_after("local", "street").alias("rest"))
    frame = frame.with_columns(community=pl.col("rest").str.extract(_COMMUNITY, 1))
    frame = frame.with_columns(_after("rest", "community").alias("plain"))
    groups = pl.col("plain").str.extract_groups(_ROAD)
    frame = frame.with_columns(
        road=groups.struct.field("1"), road_number=groups.struct.field("2"), behind=groups.struct.field("3")
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
    return frame.drop("behind", "rest")


def _after(text: str, prefix: str) -> pl.Expr:
    """`text` behind the `prefix` found at its start."""
    size = pl.col(prefix).str.len_bytes().fill_null(0)
    return pl.col(text).cast(pl.Binary).bin.slice(size).cast(pl.String)


def fold(names: pl.Expr) -> pl.Expr:
    """A name as a key: numerals as digits (三区 = 3区), no dashes or list signs."""
    table = anywhere()
    return (
        names.str.replace_all(r"[\-、]", "")
        .str.replace_many(list(table), list(table.values()), leftmost=True)
        .str.replace(r"^的", "")
    )


def street_stem(names: pl.Expr) -> pl.Expr:
    """西乡街道, 西乡镇, 西乡街道办 → 西乡: what of a street's name its changes of rank leave."""
    stem = names.str.replace(STREET_TAIL, "")
    return pl.when(stem.str.len_chars() >= 2).then(stem).otherwise(names)


def community_stem(names: pl.Expr) -> pl.Expr:
    """固戍社区居委会, 固戍社区 → 固戍."""
    stem = names.str.replace(COMMUNITY_TAIL, "")
    return pl.when(stem.str.len_chars() >= 1).then(stem).otherwise(names)
