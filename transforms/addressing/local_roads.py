"""The road and its number in the named middle of an address, behind street and community."""

from __future__ import annotations

import polars as pl

from transforms.addressing.cutting import COUNT, PLACES, group, on
from transforms.addressing.normalise import BESIDE

_NAME = r"[\p{Han}&&[^路街巷号弄]]"
_ROAD_WORD = (
    "(?:大道|大街|公路|胡同|步行街|干道|干线|环路|[东西南北][二三四五六]环|[三四五六七八九十]条|[一二三四五六七八九十]道|"
    "路|街|巷)"
)
_LANES = (
    rf"(?:[东西南北中]段|[{COUNT}]段|辅路|支路|延[长伸]线|"
    rf"(?:[东西南北中]?第?[{COUNT}]+|[东西南北中])(?:街|巷|胡同|横街|横巷|支路|条))*"
)
_NUMBERED_ROAD = (
    rf"[GSXY][0-9]{{3,4}}(?:国道|省道|县道|线)?|[0-9]{{3}}(?:国道|省道|县道)|[\p{{Han}}]{{0,4}}[0-9]{{1,2}}号(?:路|大街|街)"
    rf"|(?:[0-9]+区)?{_NAME}{{0,3}}[0-9]{{1,3}}(?:大街|街|路|巷|横巷)"
)
_ROAD = (
    rf"(?:{_NUMBERED_ROAD}|[东西南北]?[二三四五六]环(?:[东西南北]?路)?|{_NAME}{{1,9}}{_ROAD_WORD}|"
    rf"[东西南北老新正上下中前后][街路]){_LANES}"
)
_NUMBER = r"[甲乙丙丁]?附?[0-9]+(?:-[0-9]+)*[A-Z]?(?:号大院|号院|号|弄(?:[0-9]+支弄)?|院)"
_WITH_NUMBER = rf"^(?P<pre>.*?)(?P<road>{_ROAD}[东西南北中]?)(?P<number>{_NUMBER})(?P<left>.*)$"
_CROSSING = (
    rf"^(?P<pre>.*?)(?P<road>{_ROAD})(?:与|和|及|、|-)?(?:{_NAME}{{1,8}}?(?:大道|大街|路|街|道|巷))"
    r"(?:交叉口|交汇处|交界处|交叉处|十字路口|路口|交口|口)(?P<left>.*)(?P<number>)$"
)
_LAST = rf"^(?P<pre>.*?)(?P<road>{_ROAD})(?P<left>(?:[^路街巷]|街[区坊心])*)(?P<number>)$"
_LINE = rf"^(?P<pre>.*?)(?P<road>{_NAME}{{2,4}}线)(?P<left>)(?P<number>)$"
_NO_LINE = "(?:号|沿|干|地铁|公交|电|铁路)线$"
_DAO = rf"^(?P<pre>.*?)(?P<road>{_NAME}{{2,4}}道)(?P<number>{_NUMBER})?(?P<left>.*)$"
_LANE_OF_DOORS = rf"^(?P<pre>)(?P<road>[\p{{Han}}&&[^路街巷号弄里]]{{1,5}}里)(?P<number>{_NUMBER})?(?P<left>.*)$"
_OPENED = r"^([0-9]+(?:-[0-9]+)*(?:弄|号院?))([\p{Han}&&[^路街大楼栋幢座]][\p{Han}].*)$"
_BARE_NUMBER = r"^([0-9]+(?:-[0-9]+)*)([^0-9A-Z\-区期村组巷街路道队社年米号栋幢座单楼层线国省县、].*)$"
# A road's name that only begins another name: 解放路小学.
_BEGINS_A_NAME = (
    r"^(?:小区|社区|小学|中学|支行|分行|分理处|储蓄所|营业厅|派出所|街道|市场|花园|新村|幼儿园|医院|车站|站|大桥|桥(?:[头下边旁东西南北]|$)|菜市|公园|邮|"
    r"居委|店|办事处|口|区|村|营业|社)"
)
_NO_ROAD = r"(?:铁路|高速路)$|^(?:公路|马路|道路|高速公路|线路|网路|电路|水路|十字路|丁字路|三岔路)$"
_PLACED_ROAD = (
    rf"^(.*(?:{PLACES}|{BESIDE})(?:[东西南北中一二三四五六]区)?|.{{2,}}[村厂镇乡县区庄桥院局城市]|.*[路街道巷][与和及、])"
    rf"([\p{{Han}}0-9]{{2,}}(?:路|街|巷|道|线|环|段|条|胡同).*|[一二三四五六七八九十]+[路街道].*)$"
)
_BARE_ROAD = rf"^[东西南北中前后上下新老正{COUNT}]?(?:大街|大道|步行街|路|街|巷|道)"
_ZONE_FIRST = r"^区\p{Han}{2,}"
_SIDE_ALONE = "^[东西南北中]$"
_ROAD_BEFORE = r"^[\p{Han}]{1,3}[街巷]$"
_XIAMEN = "3502"
_DAO_PROVINCES = ("12", "13")  # Tianjin and Hebei call roads 道


def take_road(frame: pl.DataFrame) -> pl.DataFrame:
    """road, road_number, pre (before the road) and left (behind it)."""
    left = pl.col("left")
    # 天山西路【4178弄爱博五村】: a number that opens a part is the road's before it.
    frame = on(
        frame,
        left.str.contains("^[0-9].*[弄号]"),
        _OPENED,
        road_number=group("1"),
        left=pl.coalesce(group("2"), "left"),
    )
    has = left.str.contains(r"[路街巷环]|[大一二三四五六七八九十][道条]|胡同|公路|国道|省道|干道|干线|[GSXY][0-9]{3}")
    frame = frame.with_columns(has=has)
    has = pl.col("has")
    road, behind = group("road"), group("left")
    good = road.is_not_null() & ~behind.str.starts_with("楼")  # 解放路3号楼 is a building
    frame = on(
        frame,
        has & left.str.contains("[0-9](?:号|弄|院)"),
        _WITH_NUMBER,
        pre=pl.when(good).then(group("pre")),
        # 莘砖公路【公路518号】: only the number is new.
        road=pl.when(good & ~road.str.contains(_NO_ROAD)).then(road),
        road_number=pl.when(good).then(group("number")).otherwise("road_number"),
        left=pl.when(good).then(behind).otherwise("left"),
    )
    none = pl.col("road").is_null()
    frame = _road(frame, has & none & left.str.contains("口|处"), _CROSSING)
    frame = _road(frame, has & none, _LAST, bad={"left": _BEGINS_A_NAME, "road": _NO_ROAD})
    frame = _road(frame, none & left.str.ends_with("线"), _LINE, bad={"road": _NO_LINE})
    is_dao = pl.col("province").is_in(_DAO_PROVINCES) & left.str.contains("道", literal=True)
    frame = _road(frame, none & is_dao, _DAO)
    frame = _road(frame, none & (pl.col("city") == _XIAMEN) & left.str.contains("里", literal=True), _LANE_OF_DOORS)
    frame = on(
        frame,
        ~none & pl.col("road_number").is_null() & left.str.contains("^[0-9]"),
        _BARE_NUMBER,
        road_number=group("1") + "号",
        left=pl.coalesce(group("2"), "left"),
    )
    return _whole_road(_without_place(frame))


def _road(frame: pl.DataFrame, where: pl.Expr, pattern: str, bad: dict[str, str] | None = None) -> pl.DataFrame:
    """Rows where `where` holds cut by `pattern` (groups pre, road, number, left), unless a group is `bad`."""
    good = group("road").is_not_null()
    for name, wrong in (bad or {}).items():
        good = good & ~group(name).str.contains(wrong)
    number = group("number").replace("", None)
    return on(
        frame,
        where,
        pattern,
        pre=pl.when(good).then(group("pre")).otherwise("pre"),
        road=pl.when(good).then(group("road")).otherwise("road"),
        road_number=pl.when(good).then(pl.coalesce(number, "road_number")).otherwise("road_number"),
        left=pl.when(good).then(group("left")).otherwise("left"),
    )


def _without_place(frame: pl.DataFrame) -> pl.DataFrame:
    """汽车城河东大道 is 河东大道 at 汽车城."""
    # 中关村南大街 is no 南大街 at 中关村.
    kept = group("2").is_null() | group("2").str.contains(_BARE_ROAD)
    return on(
        frame,
        pl.col("road").str.len_chars() > 4,
        _PLACED_ROAD,
        source="road",
        pre=pl.when(kept).then("pre").otherwise(pl.concat_str("pre", group("1"), ignore_nulls=True)),
        road=pl.when(kept).then("road").otherwise(group("2")),
    )


def _whole_road(frame: pl.DataFrame) -> pl.DataFrame:
    """塘川街北路, 许巷老街: what a road's name holds of another road's word is no place before it; and 24区|宝民一路
    ends a place before it.
    """
    zoned = pl.col("pre").str.contains("[0-9]$") & pl.col("road").str.contains(_ZONE_FIRST)
    frame = on(frame, zoned, pre=pl.col("pre") + "区", road=pl.col("road").str.strip_prefix("区"))
    split = pl.col("pre").str.contains(_ROAD_BEFORE) & pl.col("road").str.contains(_BARE_ROAD)
    frame = on(frame, split, road=pl.col("pre") + pl.col("road"), pre=pl.lit(""))
    # 容奇大道中|38号
    sided = pl.col("has_doors") & pl.col("road").str.contains("(?:大道|路)$") & pl.col("left").str.contains(_SIDE_ALONE)
    return on(frame, sided, road=pl.col("road") + pl.col("left"), left=pl.lit(""))
