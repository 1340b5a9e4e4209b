"""What the entries of a list of one's own say, in the form of a library: a standard address, read with all the others.

One entry alone is read as any text is. The list tells more: what several roads and estates of a street begin with is
its community, and an estate whose 5楼 has a room 1402 numbers its buildings so.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.names import COMMUNITY_TAIL, KIND, PLATE_SIGN, community_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.parse import COMPONENTS, parse_with_codes

VILLAGE_NAMES = 3  # roads or estates of one street that begin alike: what they begin with is a village
_COUNT = "一二三四五六七八九十0-9"
_SIDES = "东西南北中上下前后左右"
_ORGAN = r"(?:社区居民委员会|社区居委会|居民委员会|村民委员会|社区工作站|居委会|村委会|社区)"
_COMMUNITY = rf"^([\p{{Han}}0-9]{{1,8}}?{_ORGAN})(.*)$"
_MAY_SAY = ["村", "社区", "居委会", "委员会"]  # every text with a community or a village holds one
_OF_COMMUNITY = r"^(?:卫生|服务中心|服务站|医院|医疗|警务|工作站|活动中心|党群|小区|$)"  # named after it
_VILLAGE = r"^(\p{Han}{1,5}?[^新老旧小]村)(.*)$"
# 二巷5号, 东区, 3组12号 behind a village is a part of it.
_PART_OF_VILLAGE = rf"^[{_SIDES}]{{0,2}}第?[{_COUNT}]*(?:横?[巷街排]|[路区组队里坊围号栋幢座村弄片]|$)"
_ON_ROAD = r"^\p{Han}{2,6}?(?:大道|大街|路|街|巷|线|环)[增甲乙丙丁]?[0-9]+(?:-[0-9A-Z]+)*[号弄]"
# Words that are no estate's own name: behind a road without a number they end the estate's, 马溪大道小区.
_NO_NAME = (
    r"^(?:小区|住宅区|住宅小区|生活区|家属区|家属院|家属楼|大院|院|宿舍|宿舍楼|单位房|公寓|花园|家园|新村|新居|社区|街坊|坊|散盘|商铺|"
    r"大厦|广场|市场|商场|住宅|工业区|工业园|工业城|产业园|科技园|创业园|物流园|[一二三四五六七八九十0-9]+[区段期])+$"
)
_BARE_VILLAGE = r"[^新老旧小一二三四五六七八九十0-9]村$"  # 爱博五村 is an estate
_NUMBER = rf"{PLATE_SIGN}?[0-9]+(?:-[0-9A-Z]+)*"
_PLATED_LANE = rf"^[{_SIDES}]{{0,2}}第?[{_COUNT}]+(?:路|街|巷|横巷|横街|弄|里)$"


# What the rooms of one building have in common; the list's own evidence is looked for in these alone.
_HEAD = (*(name for name in COMPONENTS if name not in ("entrance", "room", "rest")), "county_code")


def entry_parts(names: pl.Series) -> pl.DataFrame:
    """The components of each name, its county_code and `head`, in order (see `parse_with_codes`): entries of one
    `head` differ in entrance, room and rest alone.
    """
    parts = _communities_apart(pl.Series("text", normalise_series(names)), parse_with_codes(names))
    key = parts.select(pl.struct(_HEAD).hash(37)).to_series()
    first = key.arg_unique()
    number = pl.DataFrame({"key": key.gather(first)}).with_row_index("head")
    head = key.to_frame("key").join(number, on="key", how="left", maintain_order="left")["head"]
    heads = parts.select(_HEAD)[first]
    if not all(heads[name][head].eq_missing(parts[name]).all() for name in _HEAD):  # two heads of one hash
        heads, head = parts.select(_HEAD), pl.int_range(parts.height, dtype=pl.UInt32, eager=True).alias("head")
    rooms = parts.select("room", head=head)
    heads = heads.pipe(_villages).pipe(_lanes).pipe(_plates).pipe(_storeys, rooms).pipe(_kinds).pipe(_whole_names)
    return parts.select("entrance", "room", "rest", head=head).hstack(heads[head])


def _communities_apart(texts: pl.Series, parts: pl.DataFrame) -> pl.DataFrame:
    """`parts` with the community of the addresses whose community the reader took for a part of a name.

    紫园路社区香醍湾 says that it is one; 沈五村峙山街76号 does not, but a road with a number follows, or several names
    of the street begin with it. What stands behind is read again.
    """
    frame = parts.select("county_code", "street", text=texts).with_row_index("row")
    frame = frame.filter(parts["community"].is_null() & parts["street"].is_not_null() & texts.is_not_null())
    frame = frame.filter(pl.col("text").str.contains_any(_MAY_SAY))
    if frame.is_empty():
        return parts
    binary = pl.col("text").cast(pl.Binary)
    end = pl.col("text").str.find(pl.col("street"), literal=True) + pl.col("street").str.len_bytes()
    frame = frame.with_columns(
        before=binary.bin.head(end).cast(pl.String), behind=binary.bin.slice(end).cast(pl.String)
    ).filter(pl.col("behind").is_not_null())
    said = pl.col("behind").str.extract_groups(_COMMUNITY)
    is_said = ~said.struct.field("2").str.contains(_OF_COMMUNITY)
    village = pl.col("behind").str.extract_groups(_VILLAGE)
    is_part = village.struct.field("2").str.contains(_PART_OF_VILLAGE)
    is_before_road = ~is_part & village.struct.field("2").str.contains(_ON_ROAD)
    frame = frame.with_columns(
        said=pl.when(is_said).then(said.struct.field("1")),
        is_before_road=is_before_road,
        village=pl.when(~is_part).then(village.struct.field("1")),
        rest=pl.when(is_said).then(said.struct.field("2")).otherwise(village.struct.field("2")),
    )
    known = (
        frame.filter(pl.col("said").is_null())
        .drop_nulls("village")
        .group_by("county_code", "street", "village")
        .agg(pl.col("is_before_road").any(), names=pl.col("rest").str.extract(r"^([^0-9]*)", 1).n_unique())
        .filter((pl.col("names") >= VILLAGE_NAMES) | pl.col("is_before_road"))
        .select("county_code", "street", "village", known="village")
    )
    frame = frame.join(known, on=["county_code", "street", "village"], how="left", nulls_equal=True)
    frame = frame.with_columns(community=pl.coalesce("said", "known")).filter(pl.col("community").is_not_null())
    if frame.is_empty():
        return parts
    again = parse_with_codes(frame.select(pl.col("before") + pl.col("rest")).to_series())
    again = again.with_columns(frame["row"], community=frame["community"])
    rows = parts.with_row_index("row")
    kept = rows.join(again.select("row"), on="row", how="anti")
    return pl.concat([kept, again.select(rows.columns)]).sort("row").drop("row")


def _lanes(parts: pl.DataFrame) -> pl.DataFrame:
    """787弄15号雀杆下小区 and 787弄15号 are house 15 of the lane 前应路787弄; 787弄雀杆下小区15号 is so too, and
    keeps its estate's name and number.
    """
    cut = pl.col("estate").str.extract_groups(rf"^({_NUMBER}号)(.*)$")
    in_estate = cut.struct.field("1").is_not_null()
    is_house = pl.col("building").str.contains(rf"^{_NUMBER}号$").fill_null(False)
    has_name = pl.col("estate").is_not_null() & ~in_estate
    is_lane = pl.col("road").is_not_null() & pl.col("road_number").str.ends_with("弄")
    is_lane = (is_lane & (pl.col("estate").is_not_null() | is_house)).fill_null(False)
    house = pl.coalesce(cut.struct.field("1"), pl.when(is_house).then("building"))
    return parts.with_columns(
        road=pl.when(is_lane).then(pl.col("road") + pl.col("road_number")).otherwise("road"),
        road_number=pl.when(is_lane).then(house).otherwise("road_number"),
        estate=pl.when(is_lane & ~has_name).then(cut.struct.field("2").replace("", None)).otherwise("estate"),
        building=pl.when(is_lane & pl.col("estate").is_null()).then(None).otherwise("building"),
    )


def _plates(parts: pl.DataFrame) -> pl.DataFrame:
    """The doorplates the reader left in the estate: 北环50号晶都国际, 中横线740弄|6号, 洞庭路|增267号
    水碓子西里, 仁寿巷|增|54号.
    """
    unnumbered = pl.col("road_number").is_null()
    has_road = pl.col("road").is_not_null()
    signed = pl.col("estate").str.extract_groups(rf"^({PLATE_SIGN}[0-9]+(?:-[0-9A-Z]+)*号)院?(.*)$")
    named = pl.col("estate").str.extract_groups(rf"^([\p{{Han}}0-9]{{1,5}}[环线弄])({_NUMBER}号)院?(.*)$")
    plated = pl.col("building").str.contains(rf"^{_NUMBER}号$")
    sign = pl.col("estate").str.extract(f"^({PLATE_SIGN})$", 1)
    lane = pl.col("estate").str.extract_groups(rf"^(.{{2,}}?(?:[环线弄]|[0-9]弄))({PLATE_SIGN})?$")
    how = (
        pl.when(has_road & unnumbered & signed.struct.field("1").is_not_null())
        .then(1)
        .when(has_road & unnumbered & sign.is_not_null() & plated)
        .then(2)
        .when(~has_road & named.struct.field("1").is_not_null())
        .then(3)
        .when(~has_road & lane.struct.field("1").is_not_null() & plated)
        .then(4)
        .otherwise(0)
    )
    frame = parts.with_columns(how=how, signed=signed, named=named, lane=lane, sign=sign)
    how = pl.col("how")

    def group(name: str, at: str) -> pl.Expr:
        return pl.col(name).struct.field(at)

    return frame.with_columns(
        road=pl.when(how == 3).then(group("named", "1")).when(how == 4).then(group("lane", "1")).otherwise("road"),
        road_number=pl.when(how == 1)
        .then(group("signed", "1"))
        .when(how == 2)
        .then(pl.col("sign") + pl.col("building"))
        .when(how == 3)
        .then(group("named", "2"))
        .when(how == 4)
        .then(pl.concat_str(group("lane", "2"), "building", ignore_nulls=True))
        .otherwise("road_number"),
        estate=pl.when(how == 1)
        .then(group("signed", "2").replace("", None))
        .when(how == 3)
        .then(group("named", "3").replace("", None))
        .when(how.is_in([2, 4]))
        .then(None)
        .otherwise("estate"),
        building=pl.when(how.is_in([2, 4])).then(None).otherwise("building"),
    ).select(parts.columns)


def _villages(parts: pl.DataFrame) -> pl.DataFrame:
    """The numbered lane of a village is named with it: 邓屋旧村|东一巷 is the road 邓屋旧村东一巷.

    A village before a road with a number is the community: 秦堰村|三北大街|32号.
    """
    has_number = pl.col("road_number").is_not_null() & pl.col("estate").is_not_null()
    is_lane = (has_number & pl.col("road").str.contains(_PLATED_LANE)).fill_null(False)
    is_community = (
        has_number & ~is_lane & pl.col("community").is_null() & pl.col("estate").str.contains(_BARE_VILLAGE)
    ).fill_null(False)
    return parts.with_columns(
        road=pl.when(is_lane).then(pl.col("estate") + pl.col("road")).otherwise("road"),
        community=pl.when(is_community).then("estate").otherwise("community"),
        estate=pl.when(is_community).then(None).otherwise("estate"),
    )


def _storeys(parts: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """圣得花园5楼1402 cannot lie on the fifth floor: where most of an estate's `rooms` (room, head: a row of `parts`)
    contradict their 楼, it is the building.
    """
    place = ["county_code", "street", "community", "road", "road_number", "estate"]
    above = pl.col("room").str.extract(r"^([0-9]{1,2})(?:[0-9]{2}[A-Z]?|[A-Z])$", 1)
    asked = pl.col("building").is_null() & pl.col("estate").is_not_null() & pl.col("floor").is_not_null()
    floored = parts.select(*place, "floor", asked=asked, head=pl.int_range(pl.len(), dtype=pl.UInt32))
    odd = (
        rooms.join(floored.filter("asked"), on="head")
        .group_by(place)
        .agg(odd=(above != pl.col("floor")).mean())
        .filter(pl.col("odd") >= 0.5)
        .with_columns(is_building=pl.lit(True))
        .drop("odd")
    )
    if odd.is_empty():
        return parts
    marked = parts.join(odd, on=place, how="left", nulls_equal=True, maintain_order="left")
    is_building = asked & pl.col("is_building").fill_null(False)
    return marked.with_columns(
        building=pl.when(is_building).then(pl.col("floor") + "楼").otherwise("building"),
        floor=pl.when(~is_building).then("floor"),
    ).drop("is_building")


def _kinds(parts: pl.DataFrame) -> pl.DataFrame:
    """The part of an estate that its buildings are numbered by, where it has several: 料坑工业园宿舍|1栋 beside
    料坑工业园厂房|1栋 is 宿舍1栋, 海宇嘉园1期|1栋 is 1期1栋. A part without a number is a building: 制衣厂厂房.
    """
    cut = pl.col("estate").str.extract_groups(rf"^(.{{2,}}?)((?:[{_COUNT}]+期)?(?:{KIND})?)$")
    part = cut.struct.field("2").replace("", None)
    frame = parts.with_columns(stem=cut.struct.field("1"), part=part)
    place = ["county_code", "street", "community", "road", "road_number", "stem"]
    several = pl.col("part").n_unique().over(place) > 1
    taken = pl.col("part").is_not_null() & pl.when(pl.col("building").is_null()).then(
        ~pl.col("part").str.contains("期$")
    ).otherwise(several)
    return frame.with_columns(
        estate=pl.when(taken.fill_null(False)).then("stem").otherwise("estate"),
        building=pl.when(taken.fill_null(False))
        .then(pl.concat_str("part", "building", ignore_nulls=True))
        .otherwise("building"),
    ).select(parts.columns)


def _whole_names(parts: pl.DataFrame) -> pl.DataFrame:
    """`parts` with an estate wherever a numbered building has a name: a road without a number is no doorplate, so it is
    the name or its beginning (绣线巷4幢, 马溪大道小区4幢), and so is a community with nothing behind it (经建村7号,
    梨树社区A座).
    """
    unnumbered = pl.col("road").is_not_null() & pl.col("road_number").is_null()
    is_part = unnumbered & pl.col("estate").str.contains(_NO_NAME).fill_null(False)
    nameless = pl.col("building").is_not_null() & pl.col("estate").is_null()
    is_community = nameless & pl.col("road").is_null() & pl.col("community").is_not_null()
    is_village = is_community & ~pl.col("community").str.contains(COMMUNITY_TAIL)
    return parts.with_columns(
        estate=pl.when(is_part)
        .then(pl.col("road") + pl.col("estate"))
        .when(nameless & unnumbered)
        .then("road")
        .when(is_community)
        .then(community_stem(pl.col("community")))
        .otherwise("estate"),
        road=pl.when(~(is_part | (nameless & unnumbered))).then("road"),
        community=pl.when(~is_village).then("community"),
    )
