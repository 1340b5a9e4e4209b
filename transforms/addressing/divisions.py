"""The national divisions at the head of an address: province, city, county, however often and however short.

The stretch of division names at the start of each text is cut out by the characters such names end in; the distinct
stretches, a few thousand at most, are then read word by word with `transforms.addressing.division_names`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

import polars as pl

from transforms.addressing.division_names import DivisionNames, division_names
from transforms.addressing.seen import once

_LOOKAHEAD = 4  # characters behind the stretch that decide whether its last word is a name: 宝安 in 宝安大道
_ROADLIKE = (
    "大道", "大街", "路", "街", "东路", "西路", "南路", "北路", "中路", "一路", "二路", "三路", "公路", "广场", "大厦",
    "花园",
    "新村", "村", "医院", "中心", "机场", "高速", "小区", "公园", "中学", "小学", "社区", "体育", "火车", "汽车",
    "客运",
    "码头",
    "工业", "老", "国际", "大酒店", "酒店", "山庄", "苑", "家园", "人家", "城",
)  # fmt: skip
_AHEAD = 18  # characters short names may take: 广东深圳宝安西乡, 义乌北苑街道
_WHOLE_TAIL = ("市", "县", "区")  # 新乡市 is the city again, not the county 新乡 and a 市
# 杭州下沙经济技术开发区 is in Hangzhou, 东方社区东塘工业区 not in 东方.
_ZONE = re.compile("[^路街道巷社村]{0,4}(?:经济|技术|高新|工业|保税)[^路街道巷]{0,8}区")
_MARKET = "场"  # 嘉兴市场 is a market
# What a form's own fields wrote before the address begins anew: 朝阳区中国北京北京朝阳区酒仙桥.
_FIELDS = r"^([\p{Han}]{1,30}?中国)"
# Whole names end in one of these; what no division's name holds (新安街道, 上川社区) ends the stretch.
_WHOLE = (
    r"^(?:(?:[\p{Han}\-|&&[^街社村园号]]{1,11}?|[\p{Han}&&[^街社园号]]{2,14}?自治)[省市区县旗州盟]+|中国)+[场路|\-]?"
)
_BEHIND_WHOLE = "[街社园号0-9A-Z]"  # no whole name reaches over one of these: far fewer stretches than texts differ
_LONG = 1 << 16
# Ends of a stretch that are no division, though they end like one: 华侨小区, 第三工业区.
_NO_DIVISION = r"[^省市区县旗州盟]*(?:小|园|业|住宅|[^二][一二三四五六七八九十])区[场路|\-]?$"


@cache
def _starts() -> tuple[pl.Series, pl.Series, pl.Series]:
    """First two characters of every division's name; of provinces and cities; and short names of counties."""
    names = division_names()
    above = {*names.provinces, *names.cities[None], "中国", "中华", "全区", "全境", "城区", "市辖", "省直", "市区"}
    every = names.words | above
    begin_every, begin_above, begin_lone = (
        pl.Series(sorted({word[:2] for word in words})) for words in (every, above, names.lone)
    )
    return begin_every, begin_above, begin_lone


def may_begin(text: pl.Expr) -> pl.Expr:
    """False where `find_divisions` finds nothing at the head of a text: most names, sooner than it does."""
    every, _, lone = _starts()
    head = text.str.head(2)
    return text.str.contains("[省市区县旗州盟]|中国") | head.is_in(every.implode()) | head.is_in(lone.implode())


def find_divisions(texts: pl.DataFrame) -> pl.DataFrame:
    """For each distinct `text` of `texts`: the divisions at its head.

    Returns text, province, city, county (codes; null where not said or not one), unclear (the name of a county that
    several bear, where nothing else tells which), skip (bytes of the text that are divisions). Of repeated heads the
    last wins.
    """
    heads = sorted({name[:2] for name in division_names().provinces})
    begins = texts.select("text", begin="text", anew=pl.lit(0, pl.UInt32))
    renewed = begins["text"].str.contains("中国", literal=True).fill_null(False)
    if renewed.any():
        fields = pl.col("text").str.extract(_FIELDS, 1).str.len_bytes()
        after = pl.col("text").cast(pl.Binary).bin.slice(fields).cast(pl.String)
        anew = pl.when(after.str.head(2).is_in(heads)).then(fields).fill_null(0)
        moved = begins.filter(renewed).select("text", begin=after, anew=anew)
        moved = moved.with_columns(begin=pl.when(pl.col("anew") > 0).then("begin").otherwise("text"))
        begins = pl.concat([begins.filter(~renewed), moved])
    # Whole names are cut by their last characters; of what begins or goes on with short ones (广东深圳宝安) some
    # characters are read.
    stretches = begins.select(_stretch()).to_series()
    cut = begins.with_columns(once(stretches, _whole_names))
    cut = cut.join(_read_windows(cut["window"]), on="window", how="left", maintain_order="left")
    slow = cut.select(_may_go_on()).to_series()
    if slow.any():
        again = cut.filter(slow).select("text", "begin", "anew", window=_window(pl.col("skip").fill_null(0)))
        again = again.join(_read_windows(again["window"]), on="window", how="left", maintain_order="left")
        cut = pl.concat([cut.filter(~slow), again.select(again.columns)], how="diagonal")
    found = cut.select(
        "text", "province", "city", "county", "unclear", skip=pl.col("skip").fill_null(0) + pl.col("anew")
    )
    if not slow.any() and not renewed.any():
        return found
    return texts.select("text").join(found, on="text", how="left", maintain_order="left")


@cache
def _stretch() -> pl.Expr:
    behind = pl.col("begin").str.find(_BEHIND_WHOLE).fill_null(_LONG)
    return pl.col("begin").cast(pl.Binary).bin.head(behind).cast(pl.String)


@cache
def _may_go_on() -> pl.Expr:
    """Texts that begin with a short name, or go on with one behind what was read (window, skip, settled)."""
    every, above, lone = (words.implode() for words in _starts())
    size, used = pl.col("window").str.len_bytes(), pl.col("skip")
    head = pl.col("begin").str.head(2)
    behind = pl.col("begin").cast(pl.Binary).bin.slice(used.fill_null(0)).cast(pl.String).str.head(2)
    goes_on = pl.when(~pl.col("settled")).then(behind.is_in(every)).otherwise(behind.is_in(above))
    starts = pl.when(size.is_null() | (used == 0)).then(head.is_in(every) | head.is_in(lone))
    return pl.coalesce(starts, (size - used < 3 * _LOOKAHEAD) & goes_on).fill_null(False)


def _whole_names(stretches: pl.Series) -> pl.DataFrame:
    """window: the whole names at the start of each; null where there are none."""
    window = pl.first().str.extract_all(_WHOLE).list.first().str.replace(_NO_DIVISION, "")
    return stretches.to_frame().select(window=window).select(pl.when(pl.col("window") != "").then("window"))


def _window(used: pl.Expr) -> pl.Expr:
    """The names at the start of `begin`, of which `used` bytes are known, and as much behind as short names may take.

    One regular expression of all names would cost more: of ten thousand alternatives it keeps no automaton.
    """
    binary = pl.col("begin").cast(pl.Binary)
    return binary.bin.head(used).cast(pl.String) + binary.bin.slice(used).cast(pl.String).str.head(_AHEAD)


def _read_windows(windows: pl.Series) -> pl.DataFrame:
    """window, province, city, county, unclear, skip of every distinct window."""
    distinct = windows.unique().drop_nulls()
    schema = {
        **dict.fromkeys(("province", "city", "county", "unclear"), pl.String), "skip": pl.Int64, "settled": pl.Boolean
    }  # fmt: skip
    read = pl.DataFrame([_read(window) for window in distinct], schema=schema, orient="row")
    return distinct.to_frame("window").hstack(read)


@lru_cache(maxsize=1 << 16)
def _read(window: str) -> tuple[str | None, str | None, str | None, str | None, int, bool]:
    return read_window(window, division_names())


class Said(NamedTuple):
    """One round of divisions: where it ends and what it says (codes); `unclear` is a county name several counties
    bear.
    """

    end: int
    province: str | None = None
    city: str | None = None
    county: str | None = None
    unclear: str | None = None


def read_window(window: str, names: DivisionNames) -> tuple[str | None, str | None, str | None, str | None, int, bool]:
    """province, city, county, unclear_county, skip (bytes) of a text that begins with division names, and whether a
    county came last.
    """
    province = city = county = unclear = None
    at, settled = 0, False
    while (said := _said(window, names.filler(window, at), names, city)) is not None:
        settled = said.county is not None or said.unclear is not None
        if said.county is not None:
            province, city, county, unclear = said.county[:2], said.county[:4], said.county, None
        elif said.unclear is not None:
            county, unclear = None, said.unclear
        elif said.city is not None:
            # The city said again without its county takes nothing back.
            county = county if said.city == city else None
            province, city = said.city[:2], said.city
        elif said.province is not None and said.province != province:
            province, city, county = said.province, None, None
        at = said.end
    at = names.filler(window, at) if at else 0
    if county is None and city in names.alone:
        county = names.alone[city]
    return province, city, county, unclear, len(window[:at].encode()), settled


def _said(text: str, at: int, names: DivisionNames, known_city: str | None) -> Said | None:
    """The round from `at`, if any name begins as the text does there."""
    return _round(text, at, names, known_city) if text[at : at + 2] in names.lengths else None


def _round(text: str, at: int, names: DivisionNames, known_city: str | None) -> Said | None:
    """One round of province, city, county from `at`, or None if none stands there.

    A short name (深圳, 宝安) is a division only in company: 北京路 and 南昌社区 are not.
    """
    position, province, province_full = names.province(text, at)
    if province is not None and not province_full and names.city(text, at, None)[0] > position:
        position, province = at, None  # 吉林市 is a city of 吉林
    city_end, city, city_full = names.city(text, position, province)
    if text.startswith(_MARKET, city_end):
        city_end, city, city_full = position, None, False
    bare_end, bare = names.county(text, position, known_city, province)
    if province is None and bare is None and known_city is None:
        bare_end, bare = names.county(text, position, None, None)
    if text.startswith(_MARKET, bare_end) and text[bare_end - 1 : bare_end] == "市":
        bare = None
    if text.startswith("路", bare_end) and not any(town[0] == "路" for town in names.towns.get(bare or "", ())):
        bare = None  # 冠县路 is a road
    if bare is not None and bare_end > (city_end if city else position) and not city_full:
        return Said(bare_end, province, None, bare or None, None if bare else text[position:bare_end])
    if city is None:
        # 浙江义乌, 昆山花桥镇: a county's short name that only one bears, in its province or before its own town.
        end, county = names.lone_county(text, position, province)
        if county is not None and known_city is None and not text.startswith(_ROADLIKE, end):
            return Said(end, province, county[:4], county)
        return Said(position, province) if province_full else None
    end, county = names.county(text, city_end, city, province)
    if county is None and (shorter := names.shorter_city(text, position, province, city_end)):
        end, county = names.county(text, shorter[0], shorter[1], province)  # 济宁市中区 is 济宁 and 市中区
    if county:
        return Said(end, province, city, county)
    end, county = names.short_county(text, city_end, city)
    if county is not None and end < len(text) and not text.startswith((*_ROADLIKE, *_WHOLE_TAIL), end):
        return Said(end, province, city, county)
    told = city_full or province is not None or _ZONE.match(text, city_end) or names.town_follows(text, city_end, city)
    return Said(city_end, province, city) if told else None
