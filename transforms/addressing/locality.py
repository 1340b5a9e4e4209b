"""The named middle of an address for the parse: street, community, road, road number and estate, anywhere in China.

Works on distinct texts from which the divisions (`divisions`) and the numbered end (`doors`) have been cut. Each step
is one regular expression that takes its part off the front or out of the middle.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.reference import streets
from transforms.addressing.names import among_towns, street_stem
from transforms.addressing.normalise import BESIDE

_NAME = r"[\p{Han}&&[^路街巷号弄]]"
_COUNT = "一二三四五六七八九十0-9"
# What a place is called by: before a road's name it ends another name (汽车城河东大道), behind a number it is one.
_PLACES = (
    "小区|花园|花苑|家园|公寓|大厦|广场|市场|中心|公司|小学|中学|学校|医院|银行|酒店|宾馆|商场|超市|"
    "工业区|工业园|园区|产业园|基地|"
    "科技园|创业园|开发区|新区|社区|宿舍|家属院|新城|商业城|汽车城|大学城|物流园|车站|立交桥|立交|加油站|大学|学院|政府|交警队|派出所|"
    "桥头|居委会|村委会|县城|城区|集镇|镇上|交叉口|路口|国际|店|[工农建中]行|移动|联通|电信|邮政"
)
_PLACE_END = "[苑城园府楼庄里厂院邸居湾庭郡都阁轩邨坊舍馆店局所]"
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
    rf"^(?:[东西南北中前后上下{_COUNT}]{{0,2}}(?:路|街|巷|大街|大道|弄|里|区|期|村)|口|小区|新村|花园|公寓|小学|中学|学校|医院|"
    r"卫生|幼儿|市场|工业|商业|综合|安置|回迁|公园|广场|花苑|家园|人家|大厦|大桥|镇|乡|街道)"
)
_ESTATE_VILLAGE = r"(?:新村|[一二三四五六七八九十]村|国际社区|花园社区|公寓社区)$"
_BARE_GOES_ON = (
    rf"^(?:{_PLACES}|{_PLACE_END}|[东西南北中{_COUNT}]?(?:路|街|巷|里|村|区|期|号|栋|幢)|大道|大街|[社小新老大桥站])"
)
_GROUP = rf"^(第?[{_COUNT}]{{1,3}}(?:村民小组|小组|组|队|社))([\p{{Han}}].*)$"
_RINGS = r"^[一二三四五六]环(?:到[一二三四五六]环)?(?:之间|以[内外]|之[内外])"
_NEW_DISTRICT = r"^新区([\p{Han}]{2,4}街道)"  # 无锡市新区旺庄街道
_ROAD_WORD = (
    "(?:大道|大街|公路|胡同|步行街|干道|干线|环路|[东西南北][二三四五六]环|[三四五六七八九十]条|[一二三四五六七八九十]道|"
    "路|街|巷)"
)
_LANES = (
    rf"(?:[东西南北中]段|[{_COUNT}]段|辅路|支路|延[长伸]线|"
    rf"(?:第?[{_COUNT}]+|[东西南北中])(?:街|巷|胡同|横街|横巷|支路|条))*"
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
_INNER = r"^(.*?[^0-9A-Z\-])([0-9A-Z]+(?:-[0-9]+)*)(号楼|栋|幢|座|#)(.*)$"
_PLACED_ROAD = (
    rf"^(.*(?:{_PLACES}|{BESIDE})(?:[东西南北中一二三四五六]区)?|.{{2,}}[村厂镇乡县区庄桥院局城市]|.*[路街道巷][与和及、])"
    rf"([\p{{Han}}0-9]{{2,}}(?:路|街|巷|道|线|环|段|条|胡同).*|[一二三四五六七八九十]+[路街道].*)$"
)
_BARE_ROAD = rf"^[东西南北中前后上下新老正{_COUNT}]?(?:大街|大道|步行街|路|街|巷|道)"
_SIDE_ALONE = "^[东西南北中]$"
_ROAD_BEFORE = r"^[\p{Han}]{1,3}[街巷]$"
_NEAR = rf"^(.*{BESIDE})(.*)$"
_WING = r"^(.{2,}[^0-9])([东西南北]楼)$"  # 茂源人家南楼
_CORNER = r"^(?:[东西南北中]{1,2}[角侧面边]?|路口|口|口[东西南北]|[东西南北]行?[0-9]+米)$"
# 与建设二路交叉口东南角世贸广场, 交叉口向北50米路西鑫苑名家
_AT_CORNER = r"^(?:[东西南北]{1,2}[角侧]|向?[东西南北]行?[0-9]+米(?:路[东西南北])?)([\p{Han}]{2})"
_XIAMEN = "3502"
_DAO_PROVINCES = ("12", "13")  # Tianjin and Hebei call roads 道


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


def read_locality(texts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `texts` with their named parts.

    `texts`: key, local, province, city, county (codes), has_doors (numbers follow). Adds of_town (code of the county,
    where only the town tells it), street, community, road, road_number (with its 号 or 弄), estate, inner (a building
    inside the names, with its marker), aside (what stands near or was said besides), ends_road (the road comes last).
    """
    frame = _take_street(texts.with_columns(left="local"))
    frame = _take_community(frame)
    frame = _take_road(frame)
    return _take_estate(frame)


def _take_street(frame: pl.DataFrame) -> pl.DataFrame:
    """street, and `left` without it, without 开发区 and such before it."""
    left = (
        pl.col("left")
        .str.replace(r"^[0-9\-]{1,8}([\p{Han}&&[^弄号院区期街路巷栋幢座楼组队社村里米国省县道]][\p{Han}])", "$1")
        .str.replace(_RINGS, "")
        .str.replace(_NEW_DISTRICT, "$1")
    )
    frame = _on(frame, pl.col("left").str.contains(r"^[0-9一二三四五六\-新]"), left=left)
    zoned = pl.col("left").str.contains("[发新税景假范城]区|县城")
    frame = _on(frame, zoned, _ZONE, zone=_group("1"), left=pl.coalesce(_group("2"), "left"))
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
    behind = _after("left", "bare")
    is_name = behind.str.contains(_BARE_GOES_ON)
    bare = pl.col("bare").is_not_null()
    frame = _on(
        frame,
        bare,
        street=pl.when(~is_name).then("bare").otherwise("street"),
        left=pl.when(~is_name).then(behind).otherwise("left"),
    )
    return _county_by_town(frame)


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
    return frame.with_columns(left=_after("left", "street"))


def _behind_road(frame: pl.DataFrame) -> pl.DataFrame:
    """`found`, `stem` and `left` where a road was said before a street of the county: 通达路|银雀山街道."""
    odd = ~pl.col("stem").is_in(among_towns(frame["stem"])) & pl.col("found").str.contains(_ROAD_AND_STREET)
    if not frame.select(odd.any()).item():
        return frame
    street, towns = street_stem(_group("2")), pl.concat(_towns())
    good = (pl.col("county") + street).is_in(towns.implode())
    return _on(
        frame,
        odd,
        _ROAD_AND_STREET,
        source="found",
        found=pl.when(good).then(_group("2")).otherwise("found"),
        stem=pl.when(good).then(street).otherwise("stem"),
        left=pl.when(good).then(_group("2") + _group("1") + _after("left", "found")).otherwise("left"),
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


def _take_community(frame: pl.DataFrame) -> pl.DataFrame:
    name, behind = _group("1"), _group("2")
    organ = name.str.contains(f"(?:{_VILLAGE_ORGAN})$")
    good = organ | ~behind.str.contains(_GOES_ON) & ~name.str.contains(_ESTATE_VILLAGE)
    # 五里桥路程家村: a road before it is no part of the village's name.
    good = good & ~name.str.contains(r"[路街巷][\p{Han}0-9]{2,}") & (name.str.len_chars() > 1)
    has = pl.col("left").str.contains("村|社区|居委|大队|委员会")
    frame = _on(frame, has, _COMMUNITY, community=pl.when(good).then(name), said=behind)
    return frame.with_columns(left=pl.when(pl.col("community").is_not_null()).then("said").otherwise("left")).drop(
        "said"
    )


def _take_road(frame: pl.DataFrame) -> pl.DataFrame:
    """road, road_number, pre (before the road) and left (behind it)."""
    left = pl.col("left")
    # 天山西路【4178弄爱博五村】: a number that opens a part is the road's before it.
    frame = _on(
        frame,
        left.str.contains("^[0-9].*[弄号]"),
        _OPENED,
        road_number=_group("1"),
        left=pl.coalesce(_group("2"), "left"),
    )
    has = left.str.contains(r"[路街巷环]|[大一二三四五六七八九十][道条]|胡同|公路|国道|省道|干道|干线|[GSXY][0-9]{3}")
    frame = frame.with_columns(has=has)
    has = pl.col("has")
    road, behind = _group("road"), _group("left")
    good = road.is_not_null() & ~behind.str.starts_with("楼")  # 解放路3号楼 is a building
    frame = _on(
        frame,
        has & left.str.contains("[0-9](?:号|弄|院)"),
        _WITH_NUMBER,
        pre=pl.when(good).then(_group("pre")),
        # 莘砖公路【公路518号】: only the number is new.
        road=pl.when(good & ~road.str.contains(_NO_ROAD)).then(road),
        road_number=pl.when(good).then(_group("number")).otherwise("road_number"),
        left=pl.when(good).then(behind).otherwise("left"),
    )
    none = pl.col("road").is_null()
    frame = _road(frame, has & none & left.str.contains("口|处"), _CROSSING)
    frame = _road(frame, has & none, _LAST, bad={"left": _BEGINS_A_NAME, "road": _NO_ROAD})
    frame = _road(frame, none & left.str.ends_with("线"), _LINE, bad={"road": _NO_LINE})
    is_dao = pl.col("province").is_in(_DAO_PROVINCES) & left.str.contains("道", literal=True)
    frame = _road(frame, none & is_dao, _DAO)
    frame = _road(frame, none & (pl.col("city") == _XIAMEN) & left.str.contains("里", literal=True), _LANE_OF_DOORS)
    frame = _on(
        frame,
        ~none & pl.col("road_number").is_null() & left.str.contains("^[0-9]"),
        _BARE_NUMBER,
        road_number=_group("1") + "号",
        left=pl.coalesce(_group("2"), "left"),
    )
    return _whole_road(_without_place(frame))


def _road(frame: pl.DataFrame, where: pl.Expr, pattern: str, bad: dict[str, str] | None = None) -> pl.DataFrame:
    """Rows where `where` holds cut by `pattern` (groups pre, road, number, left), unless a group is `bad`."""
    good = _group("road").is_not_null()
    for name, wrong in (bad or {}).items():
        good = good & ~_group(name).str.contains(wrong)
    number = _group("number").replace("", None)
    return _on(
        frame,
        where,
        pattern,
        pre=pl.when(good).then(_group("pre")).otherwise("pre"),
        road=pl.when(good).then(_group("road")).otherwise("road"),
        road_number=pl.when(good).then(pl.coalesce(number, "road_number")).otherwise("road_number"),
        left=pl.when(good).then(_group("left")).otherwise("left"),
    )


def _without_place(frame: pl.DataFrame) -> pl.DataFrame:
    """汽车城河东大道 is 河东大道 at 汽车城."""
    # 中关村南大街 is no 南大街 at 中关村.
    kept = _group("2").is_null() | _group("2").str.contains(_BARE_ROAD)
    return _on(
        frame,
        pl.col("road").str.len_chars() > 4,
        _PLACED_ROAD,
        source="road",
        pre=pl.when(kept).then("pre").otherwise(pl.concat_str("pre", _group("1"), ignore_nulls=True)),
        road=pl.when(kept).then("road").otherwise(_group("2")),
    )


def _whole_road(frame: pl.DataFrame) -> pl.DataFrame:
    """塘川街北路, 许巷老街: what a road's name holds of another road's word is no place before it."""
    split = pl.col("pre").str.contains(_ROAD_BEFORE) & pl.col("road").str.contains(_BARE_ROAD)
    frame = _on(frame, split, road=pl.col("pre") + pl.col("road"), pre=pl.lit(""))
    # 容奇大道中|38号
    sided = pl.col("has_doors") & pl.col("road").str.contains("(?:大道|路)$") & pl.col("left").str.contains(_SIDE_ALONE)
    return _on(frame, sided, road=pl.col("road") + pl.col("left"), left=pl.lit(""))


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
    frame = _on(frame, left.str.contains(BESIDE), _NEAR, aside=_group("1"), left=_group("2"))
    frame = _on(frame, left.str.contains("[组队社]"), _GROUP, group=_group("1"), left=pl.coalesce(_group("2"), "left"))
    frame = _on(
        frame,
        left.str.contains("[0-9A-Z](?:号楼|栋|幢|座|#)"),
        _INNER,
        inner=_group("2") + _group("3"),
        behind=_group("4"),
        left=pl.coalesce(_group("1"), "left"),
    )
    frame = _on(
        frame,
        left.str.ends_with("楼"),
        _WING,
        inner=pl.coalesce("inner", _group("2")),
        left=pl.coalesce(_group("1"), "left"),
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


def _after(text: str, prefix: str) -> pl.Expr:
    """`text` behind the `prefix` found at its start."""
    size = pl.col(prefix).str.len_bytes().fill_null(0)
    return pl.col(text).cast(pl.Binary).bin.slice(size).cast(pl.String)


_COLUMNS = ("zone", "again", "bare", "community", "pre", "road", "road_number", "aside", "group", "inner", "behind")


def _group(name: str) -> pl.Expr:
    """A group of the pattern `_on` was given."""
    return pl.col("groups").struct.field(name)


def _on(
    frame: pl.DataFrame, where: pl.Expr, pattern: str | None = None, *, source: str = "left", **changes: pl.Expr | str
) -> pl.DataFrame:
    """Change the rows where `where` holds; rows keep their order.

    Costly expressions see no other rows, and `source` is cut by `pattern` once, however many changes read its groups:
    Polars does not find what eager expressions share.
    """
    missing = [name for name in (*changes, *_COLUMNS) if name not in frame.columns]
    if missing:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in dict.fromkeys(missing))
    hit = frame.select(where.fill_null(False)).to_series()
    if not hit.any():
        return frame
    rows = frame.filter(hit)
    if pattern is not None:
        rows = rows.with_columns(groups=pl.col(source).str.extract_groups(pattern))
    changed = rows.select(**changes)
    if rows.height == frame.height:
        return frame.with_columns(changed)
    at = hit.arg_true()
    return frame.with_columns(frame[name].scatter(at, changed[name]) for name in changes)
