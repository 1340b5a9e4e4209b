"""The numbered end of an address for the parse: which of its numbers are road number, building, entrance, floor, room.

`read_doors` reads each distinct tail once; what a bare list (3-2-501) means depends on what stands before it, so
`place_numbers` settles that row by row. Conventions: docs/labelling.md, "Numbers".
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.tail import CYCLE, parse_tail

_SIDE = "[东西南北中左右]"
DOORS = (
    rf"(?:[0-9A-Z]|[{CYCLE}][0-9]|{_SIDE}(?:单元|座|栋|幢|梯|户|楼[0-9]|门[0-9])|负[0-9]|商?铺[0-9A-Z]|档口?[0-9A-Z])"
    rf"[0-9A-Z\-#之号栋幢座楼单元层室房梯门户商铺档口院面负东西南北中左右边{CYCLE}]*$"
)
# Words behind a number that is more than a doorplate: a shop, a firm, what the courier should know.
_BEHIND = (
    r"^(.*(?:[0-9A-Z](?:栋|幢|座|号楼|单元|号?室|号?房|楼|层|户)|[0-9]-[0-9]+[A-Z]?|[^0-9A-Z][0-9]{3,4}[A-Z]?|[0-9]#))"
    r"-?([^0-9A-Z\-|期区村组队巷街路道社段弄里坊米年中小厂仓井个线院门栋幢座号单层楼室房梯户铺档地高国省县医化化部大]"
    r"[^0-9|]{0,30})$"
)
_LIST = 5  # numbers of a list that are read; longer ones are no door
_FLOORED = ("50", "51", "52")  # Chongqing, Sichuan, Guizhou: 12-8 is the eighth door of the twelfth floor


def split_doors(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """(names, doors) of a normalised text; doors are empty where nothing is numbered at the end."""
    # G212 and X022 are roads.
    at = pl.when(~text.str.contains(r"(?:^|[^0-9A-Z\-])[GSXY][0-9]{3,4}$")).then(text.str.find(DOORS))
    doors = text.cast(pl.Binary).bin.slice(at).cast(pl.String).fill_null("")
    names = text.cast(pl.Binary).bin.head(pl.coalesce(at, text.str.len_bytes())).cast(pl.String)
    return names, doors


def without_words(texts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `texts` (with `text`) that end in words behind a number, with short (up to the number) and remark."""
    found = texts.with_columns(groups=pl.col("text").str.extract_groups(_BEHIND))
    short, remark = pl.col("groups").struct.field("1"), pl.col("groups").struct.field("2")
    return found.with_columns(short=short, remark=remark).drop("groups").filter(pl.col("short").is_not_null())


def read_doors(doors: pl.Series) -> pl.DataFrame:
    """One row each of distinct `doors`.

    Columns: doors; plate (before 号), building, mark, wing, entrance, floor, room: text, null where absent; is_odd;
    list (numbers of a dashed list that nothing names, else null).
    """
    frame = doors.alias("doors").to_frame()
    lead = pl.col("doors").str.extract(f"^([{CYCLE}])[0-9]", 1)
    # 44-西-6东 and 23-乙-702: a list whose second is a side.
    tail = (
        pl.col("doors")
        .str.strip_prefix(lead.fill_null(""))
        .str.replace(rf"^([0-9A-Z]+-[0-9]+-[0-9]+)[楼层]?-?({_SIDE}[户边]?)$", "$1-$2")
        .str.replace(rf"([0-9])号([{CYCLE}])$", "$1$2号")  # 216号甲
        .str.replace(r"([0-9])户$|(左|右)边$", "$1$2")
        .str.replace(r"^([0-9A-Z]+)-([0-9]+单元)", "$1栋$2")
        .str.replace(r"^([0-9]+)-([0-9]+)-([0-9]+)(?:楼|层)-?(.*)$", "$1-$2-$3-$4")
        .str.strip_chars("-")
    )
    frame = frame.with_columns(lead=lead.fill_null(""), tail=tail.fill_null(""))
    read = frame.join(parse_tail(frame.select("tail").unique()), on="tail", how="left", maintain_order="left")
    read = read.with_columns(
        sided=pl.col("tail").str.extract_groups(
            rf"^([0-9A-Z]+)-([东西南北中{CYCLE}])-?(?:([0-9]{{1,2}})(?:[楼层]-?|-))?(.*)$"
        )
    )
    sided = pl.col("sided").struct
    is_sided = sided.field("1").is_not_null()
    inside = sided.field("4").str.strip_chars_end("室户").replace("", None)
    above = inside.str.extract(rf"^([0-9]{{1,2}}){_SIDE}$", 1)  # 44-西-6东
    read = read.with_columns(
        building=pl.when(is_sided).then(sided.field("1")).otherwise("building"),
        entrance=pl.when(is_sided).then(sided.field("2")).otherwise("entrance"),
        floor=pl.when(is_sided).then(pl.coalesce(sided.field("3"), above)).otherwise("floor"),
        room=pl.when(is_sided).then(inside.str.strip_prefix(above.fill_null(""))).otherwise("room"),
        is_odd=pl.col("is_odd") & ~is_sided,
    )
    number = pl.concat_str("lead", pl.coalesce("plate", "building"))
    by_side = pl.col("tail").str.contains(rf"^[0-9A-Z]+-[0-9]+-[0-9]+-{_SIDE}[户边]?$")
    read = read.with_columns(room=pl.when(by_side).then("tail").otherwise("room"), is_odd=pl.col("is_odd") & ~by_side)
    listed = (pl.col("room").str.contains(r"^[0-9A-Z]+(?:-[0-9A-Z]+)*$") & ~is_sided) | by_side
    # 西户 keeps its word, 502户 does not.
    household = pl.col("tail").str.extract(f"({_SIDE}户)$", 1)
    read = read.with_columns(room=pl.when(~by_side).then(pl.coalesce(household, "room")).otherwise("room"))
    return read.select(
        "doors",
        plate=pl.when(pl.col("plate").is_not_null()).then(number),
        yard=pl.col("doors").str.contains("^[^号]*号(?:大)?院"),
        building=pl.when(pl.col("plate").is_null()).then(number).otherwise("building"),
        mark="mark",
        wing="wing",
        entrance="entrance",
        floor="floor",
        room="room",
        is_odd="is_odd",
        list=pl.when(listed & (pl.col("room").str.count_matches("-", literal=True) < _LIST))
        .then(pl.col("room").str.split("-"))
        .fill_null(pl.lit([], pl.List(pl.String))),
    )


def place_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with its doors settled: road_number, estate_yard, building, entrance, floor, room (all text).

    Reads the columns of `read_doors`, and province (code), road, road_number, ends_road (nothing stands between the
    road and the numbers), opens (true where the numbers
    open a part of their own, as in 【7-1-1401】: they are no road's).
    """
    plated = pl.col("plate").is_not_null()
    open_road = pl.col("road").is_not_null() & pl.col("road_number").is_null() & ~pl.col("opens")
    on_road = open_road & pl.col("ends_road")
    bare = pl.all_horizontal(pl.col(name).is_null() for name in ("plate", "building", "entrance", "floor", "wing"))
    # 甲28号楼 keeps its letter; a list after an entrance or a floor is one room.
    open_list = pl.col("entrance").is_null() & pl.col("floor").is_null()
    size = pl.col("list").list.len().cast(pl.Int64)

    def at(index: int) -> pl.Expr:
        return pl.col("list").list.get(index, null_on_oob=True)

    small = at(-1).str.contains("^[0-9]{1,2}$") & at(-2).str.contains("^[0-9]{1,2}$")
    high = at(-2).str.len_chars() == 2
    # One room or several written with a dash: 12-8 where doors are counted by floor, 1006-1007, 301-A.
    together = pl.any_horizontal(
        (size > 1) & small & pl.col("province").is_in(_FLOORED) & ((pl.col("province") == "50") | high | ~bare),
        at(-2).str.contains("^[0-9]{4}$") & at(-1).str.contains("^[0-9]{4}$"),
        at(-2).str.contains("^[0-9]{3,4}$") & at(-1).str.contains("^[A-Z]$"),
    ).fill_null(False)
    last = pl.when(together).then(at(-2) + "-" + at(-1)).otherwise(at(-1))
    frame = frame.with_columns(
        on_road=on_road | open_road & plated & (size >= 3),
        open_road=open_road,
        bare=bare,
        last=last,
        count=pl.when(open_list).then(size - together.cast(pl.Int64)).otherwise(0),
        lettered=bare & (size > 2) & at(0).str.contains("^[A-Z]$"),
    )
    count = pl.col("count")
    # The numbers before the last, in order; the first is the road's where the list follows a road.
    takes_number = pl.col("bare") & pl.col("on_road") & (count > 0)
    whole = takes_number & ((count == 1) | (count == 2) & pl.col("last").str.contains("^[0-9]{1,2}$"))
    skip = (takes_number & ~whole).cast(pl.Int64)
    left = pl.when(whole).then(0).otherwise(count - skip)
    rest = pl.when(pl.col("lettered") & (left > 2)).then(left - 1).otherwise(left)
    first = (
        pl.when(pl.col("lettered") & (left > 2)).then(at(0) + "-" + at(1)).when(skip == 1).then(at(1)).otherwise(at(0))
    )
    start = skip + (pl.col("lettered") & (left > 2)).cast(pl.Int64)

    def nth(offset: int) -> pl.Expr:
        return pl.col("list").list.get(start + offset, null_on_oob=True)

    frame = frame.with_columns(
        whole=whole, takes=takes_number, rest=rest, first=first, second=nth(1), third=nth(2), zero=at(0)
    )
    rest, takes = pl.col("rest"), pl.col("takes")
    long_room = pl.col("last").str.contains("^(?:[0-9]{3,}[A-Z]?|[A-Z]{0,2}[0-9]{3,}|[0-9]+[A-Z]|[0-9]+-[0-9]+)$")
    # What the list says of the building, where nothing before it did.
    fresh = pl.col("bare") & ~pl.col("whole")
    after_plate = plated & pl.col("building").is_null() & pl.col("wing").is_null()
    listed_building = (
        pl.when(fresh & (rest == 1) & ~takes & ~long_room).then("first")
        .when(fresh & (rest == 1) & takes).then(None)
        .when(fresh & (rest >= 2)).then("first")
        .when(after_plate & pl.col("on_road") & (rest >= 3)).then("first")
    )  # fmt: skip
    listed_entrance = (
        pl.when(fresh & (rest == 3)).then("second")
        .when(fresh & (rest >= 4)).then("second")
        .when(after_plate & pl.col("on_road") & (rest >= 3)).then("second")
        .when(~pl.col("bare") & (rest == 2)).then("first")
        .when(~pl.col("bare") & (rest >= 3)).then("first")
    )  # fmt: skip
    listed_floor = pl.when(fresh & (rest >= 4)).then("third").when(
        ~pl.col("bare") & ~(after_plate & pl.col("on_road")) & (rest >= 3)
    ).then("second")  # fmt: skip
    listed_room = pl.when(pl.col("whole") | (fresh & (rest == 1) & ~takes & ~long_room)).then(None).otherwise("last")
    has_list = pl.col("count") > 0
    frame = frame.with_columns(
        b=listed_building, e=listed_entrance, f=listed_floor, r=pl.when(has_list).then(listed_room).otherwise("room")
    )
    # 劲松一路恒源小区258号28-2-602: with a building behind it, the number before is the road's even past an estate.
    plate_is_road = plated & (
        pl.col("on_road") | pl.col("open_road") & (pl.col("building").is_not_null() | (pl.col("count") >= 3))
    )
    sign = pl.when("yard").then(pl.lit("号院")).otherwise(pl.lit("号"))
    plate_is_house = plated & ~plate_is_road
    own = pl.concat_str(
        pl.coalesce(pl.col("building") + pl.col("mark").fill_null(""), "b"), pl.col("wing") + "座", ignore_nulls=True
    ).replace("", None)
    number = (
        pl.when(plate_is_road).then(pl.col("plate") + sign)
        .when("whole").then(pl.col("list").list.join("-") + "号")
        .when("takes").then(pl.col("zero") + "号")
    )  # fmt: skip
    return frame.with_columns(
        road_number=pl.coalesce("road_number", number),
        estate_yard=pl.when(plate_is_house & own.is_not_null()).then(pl.col("plate") + sign),
        building=pl.coalesce(own, pl.when(plate_is_house).then(pl.col("plate") + sign)),
        entrance=pl.coalesce("entrance", "e"),
        floor=pl.coalesce("floor", "f"),
        room="r",
    )
