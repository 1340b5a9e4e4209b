"""The national divisions at the head of an address: province, city, county, however often and however short.

The stretch of division names at the start of each text is cut out by one regular expression; the distinct stretches, a
few thousand at most, are then read word by word with `transforms.addressing.division_names`.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from transforms.addressing.division_names import DivisionNames, division_names

_LOOKAHEAD = 4  # characters behind the stretch that decide whether its last word is a name: 宝安 in 宝安大道
_ROADLIKE = (
    "大道", "大街", "路", "街", "东路", "西路", "南路", "北路", "中路", "一路", "二路", "三路", "公路", "广场", "大厦", "花园",
    "新村", "村", "医院", "中心", "机场", "高速", "小区", "公园", "中学", "小学", "社区", "体育", "火车", "汽车", "客运", "码头",
    "工业", "老", "国际", "大酒店", "酒店", "山庄", "苑", "家园", "人家", "城",
)  # fmt: skip
# What a form's own fields wrote before the address begins anew: 朝阳区中国北京北京朝阳区酒仙桥.
_FIELDS = r"^([\p{Han}]{1,30}?中国)"


@cache
def _stretch() -> str:
    words = sorted(division_names().words, key=lambda word: (-len(word), word))
    return f"^(?:{'|'.join(words)})+"


def find_divisions(texts: pl.DataFrame) -> pl.DataFrame:
    """For each distinct `text` of `texts`: the divisions at its head.

    Returns text, province, city, county (codes; null where not said or not one), has_county (a county was said, even if
    several bear that name), skip (bytes of the text that are divisions). Of repeated heads the last wins.
    """
    heads = sorted({name[:2] for name in division_names().provinces})
    fields = pl.col("text").str.extract(_FIELDS, 1).str.len_bytes()
    after = pl.col("text").cast(pl.Binary).bin.slice(fields).cast(pl.String)
    begins = texts.select("text", anew=pl.when(after.str.head(2).is_in(heads)).then(fields).fill_null(0)).with_columns(
        begin=pl.col("text").cast(pl.Binary).bin.slice(pl.col("anew")).cast(pl.String)
    )
    behind = pl.col("begin").str.replace(_stretch(), "")
    size = pl.col("begin").str.len_bytes() - behind.str.len_bytes()
    stretch = pl.col("begin").cast(pl.Binary).bin.head(size).cast(pl.String)
    cut = begins.select("text", "anew", window=pl.when(size > 0).then(stretch + behind.str.head(_LOOKAHEAD)))
    windows = cut.select(pl.col("window").unique().drop_nulls())
    names = division_names()
    read = [read_window(window, names) for window in windows["window"]]
    schema = {"province": pl.String, "city": pl.String, "county": pl.String, "has_county": pl.Boolean, "skip": pl.Int64}
    found = windows.hstack(pl.DataFrame(read, schema=schema, orient="row"))
    return (
        cut.join(found, on="window", how="left", maintain_order="left")
        .with_columns(pl.col("skip").fill_null(0) + pl.col("anew"), pl.col("has_county").fill_null(False))
        .drop("window", "anew")
    )


def read_window(window: str, names: DivisionNames) -> tuple[str | None, str | None, str | None, bool, int]:
    """province, city, county, has_county, skip (bytes) of a text that begins with division names."""
    province = city = county = None
    has_county = False
    at = 0
    while True:
        start = names.filler(window, at)
        group = _group(window, start, names, city)
        if group is None:
            break
        end, said_province, said_city, said_county, counted = group
        if said_county is not None:
            province, city, county = said_county[:2], said_county[:4], said_county
        elif counted:
            county = None
        elif said_city is not None:
            # The city said again without its county takes nothing back.
            county = county if said_city == city else None
            province, city = said_city[:2], said_city
        elif said_province is not None and said_province != province:
            province, city, county = said_province, None, None
        has_county = has_county or counted
        at = end
    at = names.filler(window, at) if at else 0
    if county is None and city in names.alone:
        county = names.alone[city]
        has_county = True
    return province, city, county, has_county, len(window[:at].encode())


def _group(
    text: str, at: int, names: DivisionNames, known_city: str | None
) -> tuple[int, str | None, str | None, str | None, bool] | None:
    """One round of province, city, county from `at`: end, their codes, and whether a county was said; None if none stands.

    A short name (深圳, 宝安) is a division only in company: 北京路 and 南昌社区 are not.
    """
    position, province, province_full = names.province(text, at)
    city_end, city, city_full = names.city(text, position, province)
    bare_end, bare = names.county(text, position, known_city, province)
    if province is None and bare is None and known_city is None:
        bare_end, bare = names.county(text, position, None, None)
    if bare is not None and bare_end > (city_end if city else position) and not city_full:
        return bare_end, province, None, bare or None, True
    if city is None:
        return (position, province, None, None, False) if province_full else None
    end, county = names.county(text, city_end, city, province)
    if county is None and (shorter := names.shorter_city(text, position, province, city_end)):
        end, county = names.county(text, shorter[0], shorter[1], province)  # 济宁市中区 is 济宁 and 市中区
    if county:
        return end, province, city, county, True
    end, county = names.short_county(text, city_end, city)
    if county is not None and end < len(text) and not text.startswith(_ROADLIKE, end):
        return end, province, city, county, True
    if city_full or province is not None:
        return city_end, province, city, None, False
    return None
