"""Names one slip apart, found without comparing all with all: two such names share what is left when one character
goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import polars as pl

from transforms.addressing.alike import alike
from transforms.addressing.keys import number_of
from transforms.addressing.sorted_keys import SortedKeys

if TYPE_CHECKING:
    from transforms.addressing.index import Index

SHORTEST, LONGEST = 3, 14
# What tells a place from its neighbours: a slip that writes one of these says another place.
NUMBERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SIDES = "东西南北中上下前后左右内外新旧老大小高低甲乙丙丁戊己"
TELLS = f"[{NUMBERS}{SIDES}]"
PLACES = "里区期段组巷街路道村园苑坊围队厂城楼阁轩"
_GENERIC = (
    "花园|花苑|家园|嘉园|名苑|雅苑|豪庭|新村|老村|旧村|新围|老围|小区|住宅区|公寓|大厦|大楼|综合楼|工业区|工业园|工业城|科技园|产业园|"
    "创业园|创意园|物流园|软件园|商业广场|商业城|商场|市场|广场|山庄|别墅|商务楼|写字楼|商务中心|酒店|宾馆|厂房|宿舍|公馆|厂|苑|村|城|"
    "高新产业园|家属院|家属区|家属楼|住宅小区|生活区|嘉苑|佳苑|丽苑|御苑|豪苑|名园|名居|雅居|新居|居|华庭|雅庭|名庭|庭|华府|府|名轩|轩|阁|"
    "旧围|围|里|园|湾|台|"
    "大道|公路|路|街|巷|坊|区|期|第|[0-9东西南北中一]"
)
GENERIC = rf"(?:{_GENERIC})$"
OWN = rf"(?:{_GENERIC})+$"  # what is left before this is a name's own part
_LAST_WORD = (
    "(花园|家园|嘉园|公寓|大厦|大楼|小区|工业区|工业园|科技园|产业园|创业园|商业城|广场|山庄|别墅|酒店|宿舍|市场|商场)$"
)
TRUST = pl.Enum(["odd", "bold", "weak", "sure"])
ALIKE_CORE = 2  # and with a character taken for one like it
SURE_CORE = 3  # characters of a name's own part that still identify it with one of them wrong


@dataclass(frozen=True)
class Deletions:
    """The names of a library by what is left of them when one character goes."""

    keys: SortedKeys  # of `left`; rows are those of `rows`
    rows: pl.DataFrame  # as of `deletions`

    @classmethod
    def of(cls, names: pl.Series) -> Deletions:
        """From all names of a library."""
        rows = deletions(names)
        return cls(SortedKeys.of(rows.select(number_of(pl.col("left"))).to_series().to_numpy()), rows)

    def sharing(self, frame: pl.DataFrame) -> pl.DataFrame:
        """`frame` (left, …) with `there` and `meant`: each of its rows beside every name that leaves the same."""
        which, at = self.keys.pairs(frame.select(number_of(pl.col("left"))).to_series().to_numpy())
        found = frame[which].hstack(self.rows.select(left_there="left", there="at", meant="name")[at])
        return found.filter(pl.col("left") == pl.col("left_there")).drop("left_there")  # two may share a key


def deletions(names: pl.Series) -> pl.DataFrame:
    """left, at, name: each distinct name whole (at -1) and without each of its characters; the shortest only whole."""
    size = pl.col("name").str.len_chars().cast(pl.Int64)
    frame = names.drop_nulls().unique().alias("name").to_frame()
    frame = frame.filter(pl.col("name").str.len_chars().is_between(SHORTEST - 1, LONGEST))
    cut = frame.with_columns(at=pl.int_ranges(-1, pl.when(size < SHORTEST).then(0).otherwise(size))).explode("at")
    at = pl.col("at").clip(0)
    left = pl.col("name").str.head(at) + pl.col("name").str.slice(at + 1)
    return cut.select(pl.when(pl.col("at") < 0).then("name").otherwise(left).alias("left"), "at", "name")


def near_names(names: pl.DataFrame, index: Index) -> pl.DataFrame:
    """name, meant, trust: library names one slip away from each distinct `name` that is no library name itself.

    A number or letter that is written is meant, and none that is lacking is supplied. `trust` says what a slip
    proves: `sure` (characters taken for each other, a generic word misspelt, one lacking or too many in a long name),
    `weak` (any other character: 盛和公寓 may be another place than 盛兴公寓), `bold` (a side supplied, another word for
    a place), `odd` (a side written, or one place for another: it is meant, unless something else proves the slip).
    """
    known = index.deletions.sharing(names.select(left="name")).filter(pl.col("there") < 0)["left"]
    unknown = names.filter(~pl.col("name").is_in(known.implode()))
    pairs = index.deletions.sharing(deletions(unknown["name"]).rename({"name": "asked"}))
    pairs = pairs.filter(pl.col("asked") != pl.col("meant"))
    kinds = pairs.with_columns(**_kinds()).with_columns(is_alike=_is_alike())
    return kinds.filter(_is_slip()).group_by(name="asked", meant="meant").agg(trust=_trust().max())


@cache
def _kinds() -> dict[str, pl.Expr]:
    """What one name has and the other has not: is_substituted, is_swapped, is_extra, is_missing, asked_char,
    meant_char. Like all below made once: saying it takes longer than working it out for a few names.
    """
    asked_char = pl.col("asked").str.slice(pl.col("at").clip(0), 1)
    meant_char = pl.col("meant").str.slice(pl.col("there").clip(0), 1)
    same_length = pl.col("asked").str.len_chars() == pl.col("meant").str.len_chars()
    both = (pl.col("at") >= 0) & (pl.col("there") >= 0)
    first = pl.min_horizontal("at", "there")
    swapped_pair = pl.col("asked").str.slice(first, 2) == (
        pl.col("meant").str.slice(first + 1, 1) + pl.col("meant").str.slice(first, 1)
    )
    return {
        "is_substituted": both & same_length & (pl.col("at") == pl.col("there")),
        "is_swapped": both & same_length & ((pl.col("at") - pl.col("there")).abs() == 1) & swapped_pair,
        "is_extra": (pl.col("at") >= 0) & (pl.col("there") < 0),
        "is_missing": (pl.col("at") < 0) & (pl.col("there") >= 0),
        "asked_char": asked_char,
        "meant_char": meant_char,
    }


@cache
def _is_alike() -> pl.Expr:
    substituted = pl.col("is_substituted")
    asked, meant = (pl.when(substituted).then(name) for name in ("asked_char", "meant_char"))
    return substituted & alike(asked, meant).fill_null(False)


@cache
def _is_slip() -> pl.Expr:
    # A number or letter that is written is meant, and none is supplied; nor is one side taken for another.
    asked_tells, meant_tells = (pl.col(name).str.contains(TELLS) for name in ("asked_char", "meant_char"))
    asked_side = pl.col("asked_char").str.contains(f"[{SIDES}]")
    return (
        pl.when(pl.col("is_swapped"))
        .then(~(asked_tells | meant_tells))
        .when(pl.col("is_substituted"))
        .then(~asked_tells & ~pl.col("meant_char").str.contains(f"[{NUMBERS}]") | asked_side & ~meant_tells)
        .when(pl.col("is_extra"))
        .then(~asked_tells)
        .when("is_missing")
        .then(~pl.col("meant_char").str.contains(f"[{NUMBERS}]"))
        .otherwise(False)
    )


@cache
def _trust() -> pl.Expr:
    asked_side = pl.col("asked_char").str.contains(f"[{SIDES}]")
    # 博奥园 for 博奥苑 is a slip of the ear, 麻布区 for 麻布村 another place; 村 may be said for 南村.
    asked_place = pl.col("asked_char").str.contains(f"[{PLACES}]") & ~pl.col("is_alike")
    other_place = asked_place & pl.col("meant_char").str.contains(f"[{PLACES}]")
    meant_place = pl.col("is_missing") & pl.col("meant_char").str.contains(f"[{PLACES}]")
    is_short = pl.col("asked").str.len_chars() < SHORTEST  # 意坊 of 如意坊: what is left is hardly a name
    is_bold = is_short | asked_place | meant_place | pl.col("meant_char").str.contains(TELLS)
    core = pl.col("meant").str.replace(OWN, "").str.len_chars().cast(pl.Int64)
    in_core = pl.when(pl.col("there") >= 0).then(pl.col("there") < core).otherwise(pl.col("at") <= core)
    # 花圆 is 花园, but 新麓 need not be 新村: in a last word of one character nothing is left to know it by.
    last = pl.col("meant").str.extract(_LAST_WORD, 1).str.len_chars().fill_null(0).cast(pl.Int64)
    where = pl.when(pl.col("there") >= 0).then("there").otherwise("at")
    in_last = where >= pl.col("meant").str.len_chars().cast(pl.Int64) - last
    is_long = core >= SURE_CORE
    # 花北 is half of 花园 still; 东园 and 花区 are places.
    at_end = (last > 0) & (where == pl.col("meant").str.len_chars().cast(pl.Int64) - 1)
    return (
        pl.when(pl.col("is_substituted") & (asked_side | other_place))
        .then(pl.when(asked_side & at_end).then(pl.lit("weak")).otherwise(pl.lit("odd")))
        .when(~is_bold & ((in_last & (last > 0)) | (pl.col("is_alike") & (core >= ALIKE_CORE))))
        .then(pl.lit("sure"))
        .when(is_bold)
        .then(pl.lit("bold"))
        .when(~in_core | ~is_long | pl.col("is_substituted"))
        .then(pl.lit("weak"))
        .otherwise(pl.lit("sure"))
    ).cast(TRUST)
