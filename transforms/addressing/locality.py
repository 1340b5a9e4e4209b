"""The named middle of an address for the parse: street, community, road, road number and estate, anywhere in China.

Works on distinct texts from which the divisions (`divisions`) and the numbered end (`doors`) have been cut. Each step
is one regular expression that takes its part off the front or out of the middle.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.cutting import COUNT, group, on
from transforms.addressing.local_areas import take_community, take_street
from transforms.addressing.local_roads import take_road
from transforms.addressing.normalise import BESIDE

_GROUP = rf"^(第?[{COUNT}]{{1,3}}(?:村民小组|小组|组|队|社))([\p{{Han}}].*)$"
_INNER = r"^(.*?[^0-9A-Z\-])([0-9A-Z]+(?:-[0-9]+)*)(号楼|栋|幢|座|#)(.*)$"
_NEAR = rf"^(.*{BESIDE})(.*)$"
_WING = r"^(.{2,}[^0-9])([东西南北]楼)$"  # 茂源人家南楼
_CORNER = r"^(?:[东西南北中]{1,2}[角侧面边]?|路口|口|口[东西南北]|[东西南北]行?[0-9]+米)$"
# 与建设二路交叉口东南角世贸广场, 交叉口向北50米路西鑫苑名家
_AT_CORNER = r"^(?:[东西南北]{1,2}[角侧]|向?[东西南北]行?[0-9]+米(?:路[东西南北])?)([\p{Han}]{2})"


def read_locality(texts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `texts` with their named parts.

    `texts`: key, local, province, city, county (codes), has_doors (numbers follow). Adds of_town (code of the county,
    where only the town tells it), street, community, road, road_number (with its 号 or 弄), estate, inner (a building
    inside the names, with its marker), aside (what stands near or was said besides), ends_road (the road comes last).
    """
    frame = take_street(texts.with_columns(left="local"))
    frame = take_community(frame)
    frame = take_road(frame)
    return _take_estate(frame)


def _take_estate(frame: pl.DataFrame) -> pl.DataFrame:
    """estate, inner, aside of what stands before and behind the road."""
    frame = frame.with_columns(
        left=pl.col("left")
        .fill_null("")
        .str.strip_chars("-、|")
        .str.replace(_CORNER, "")
        .str.replace(_AT_CORNER, "$1"),
        pre=pl.col("pre").fill_null(""),
    )
    left = pl.col("left")
    frame = on(frame, left.str.contains(BESIDE), _NEAR, aside=group("1"), left=group("2"))
    frame = on(frame, left.str.contains("[组队社]"), _GROUP, group=group("1"), left=pl.coalesce(group("2"), "left"))
    frame = on(
        frame,
        left.str.contains("[0-9A-Z](?:号楼|栋|幢|座|#)"),
        _INNER,
        inner=group("2") + group("3"),
        behind=group("4"),
        left=pl.coalesce(group("1"), "left"),
    )
    frame = on(
        frame,
        left.str.ends_with("楼"),
        _WING,
        inner=pl.coalesce("inner", group("2")),
        left=pl.coalesce(group("1"), "left"),
    )
    frame = frame.with_columns(
        ends_road=pl.col("road").is_not_null() & (pl.col("left") == "") & pl.col("inner").is_null()
    )
    pre = pl.col("pre").str.replace(rf"^.*{BESIDE}", "")
    estate = pl.coalesce(
        pl.when(pl.col("left") != "").then("left"),
        pl.when((pl.col("behind") != "") & pl.col("inner").is_not_null()).then("behind"),
        pl.when(pre.str.len_chars() > 1).then(pre),
    )
    aside = pl.concat_str("zone", "aside", "group", separator=" ", ignore_nulls=True).replace("", None)
    return frame.with_columns(estate=estate, aside=aside).select(
        *[name for name in ("key", "of_town") if name in frame.columns],
        "local",
        "province",
        "city",
        "county",
        "street",
        "community",
        "road",
        "road_number",
        "estate",
        "inner",
        "aside",
        "ends_road",
    )
