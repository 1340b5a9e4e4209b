"""The numbered end of an address: 12号3栋2单元5楼501室, 3-2-501, A座1203.

An address is cut into a head (names) and a tail (numbers). Both repeat far more than whole addresses do, so each
distinct head and each distinct tail is read once. A tail can be read in several ways (19-501: building and room, or
one house number); `tail_readings` gives each, and the library decides.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from transforms.addressing.names import PLATE_SIGN

_SIDE = "[东西南北中左右]"
# A tail starts at a number, a letter, a shop, or a side that carries a marker (东单元), and runs to the end.
TAIL = (
    rf"((?:[0-9A-Z]|{PLATE_SIGN}[0-9]+(?:-[0-9]+)*号|{_SIDE}(?:单元|座|栋|幢|门|梯|户)|负[0-9]|商?铺[0-9A-Z]|档口?[0-9A-Z])"
    r"[0-9A-Z\-#之号栋幢座楼单元层室房梯门户商铺档口院面负东西南北中左右]*)$"
)
_N = r"[0-9A-Z]+(?:-[0-9A-Z]+)*"
_NS = rf"(?:{_N}|{_SIDE})"
CYCLE = "甲乙丙丁"
_PLATE = rf"(?:(?P<plate>{PLATE_SIGN}?{_N}(?:[{CYCLE}][0-9]*)?)号(?:大?院)?-?)?"
_ENTRANCE = rf"(?:(?P<entrance>{_NS}|[{CYCLE}])(?:号?单元|梯|门)-?)?"
_FLOOR = r"(?:(?P<floor>负?[0-9]+|B[0-9])(?:楼|层)-?)?"
_SHOP = rf"(?:(?P<shop>{_N})号?(?:商铺|铺面|铺位|铺|档口|档|门面|商)|(?:商铺|铺|档口|档)(?P<shop2>{_N})号?)"
# 50号1楼商铺 says that it is a shop, not which.
_ROOM = rf"(?:{_SHOP}|(?:商铺|铺面)|(?P<room>{_N}|{_SIDE})(?:号?(?:房|室|户|门)|号)?)?$"


def _grammar(building_mark: str) -> str:
    building = rf"(?:(?P<building>[{CYCLE}]{_N}|{_NS})(?P<mark>{building_mark})-?)?"
    wing = rf"(?:(?P<wing>{_NS})(?:座|栋)-?)?"
    return f"^{_PLATE}{building}{wing}{_ENTRANCE}{_FLOOR}{_ROOM}"


# 楼 is a floor (3楼302), but a building before an entrance or another floor (23楼4单元502).
_STRICT = _grammar("号楼|号栋|号座|号幢|栋|幢|座|#楼?")
_LOOSE = _grammar("号楼|号栋|栋|幢|座|#楼?|楼")
_FIELDS = ("plate", "building", "mark", "wing", "entrance", "floor", "shop", "shop2", "room")
SHOP = "铺"  # a shop's number is not a room's: its key begins with this


def with_tail(frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with `head` and `tail` of its normalised `text`; the tail is empty where nothing is numbered."""
    cut = frame.with_columns(tail=pl.col("text").str.extract(TAIL, 1).fill_null(""))  # once: it is the costly part
    size = pl.col("text").str.len_bytes() - pl.col("tail").str.len_bytes()
    head = pl.col("text").cast(pl.Binary).bin.head(size).cast(pl.String)
    return cut.select(*frame.columns, head=head, tail="tail")


def parse_tail(tails: pl.DataFrame) -> pl.DataFrame:
    """Each unique `tail` with plate, building, mark, wing, entrance, floor, room (text, null where absent), is_odd.

    `is_odd` is true for a tail no grammar reads: it never leads to a unit.
    """
    # 3-17楼1702 is 3栋17楼1702.
    text = pl.col("tail").str.replace(r"^([0-9A-Z]+)-([0-9]{1,2}[楼层])", "$1栋$2")
    text = text.str.replace(r"([0-9]层)-[0-9]+层$", "$1")  # 18栋1层-3层: where it begins
    # B座11层D单元: an entrance that lies on a floor is a room.
    text = text.str.replace(
        r"([0-9]层)-?([0-9A-Z]+(?:-[0-9]+)*)单元$|([0-9]楼)-?([0-9]{3,}(?:-[0-9]+)*)单元$", "$1$2$3$4室"
    )
    read = tails.select("tail", groups=text.str.extract_groups(_STRICT)).unnest("groups")
    usable = read.select(pl.any_horizontal(*[pl.col(name).is_not_null() for name in _FIELDS])).to_series()
    if not usable.all():
        loose = read.filter(~usable).select("tail", groups=text.str.extract_groups(_LOOSE)).unnest("groups")
        read = tails.select("tail").join(
            pl.concat([read.filter(usable), loose]), on="tail", how="left", nulls_equal=True
        )
    shop = pl.lit(SHOP) + pl.coalesce("shop", "shop2")
    parsed = read.with_columns(room=pl.coalesce("room", shop)).drop("shop", "shop2")
    some = pl.any_horizontal(*[pl.col(name).is_not_null() for name in parsed.columns if name != "tail"])
    return parsed.with_columns(is_odd=(pl.col("tail") != "") & ~some)


def number_key(expr: pl.Expr) -> pl.Expr:
    """A number as a key: no leading zeros (0501 = 501, A-03 = A-3), no dash before a last letter (501-A = 501A)."""
    return expr.str.replace_all(r"(^|-|铺)0+([0-9])", "$1$2").str.replace(r"([0-9])-([A-Z])$", "$1$2")


def tail_readings(tails: pl.DataFrame) -> pl.DataFrame:
    """Every way to read each unique tail: tail, reading (0 is the first choice), plate, number, mark, entrance,
    floor, room.

    `number` is the building's (with its wing: 3栋A座 = 3-A), `plate` the one before 号. Keys, not texts: see
    `number_key`.
    """
    base = parse_tail(tails).filter(~pl.col("is_odd"))
    whole = ("plate", "building", "wing", "entrance", "floor")
    base = base.with_columns(number_key(pl.col(name)).alias(name) for name in whole)
    ways = _ways()
    holds = base.select(where.fill_null(False).alias(str(at)) for at, (_, where, _) in enumerate(ways))
    # Most ways read nothing in a few tails.
    readings = [
        base.filter(holds[str(at)]).with_columns(*values, pl.lit(rank, pl.UInt8).alias("reading"))
        for at, (rank, _, values) in enumerate(ways)
        if at == 0 or holds[str(at)].any()
    ]
    # No entrance has such a number: of 3号楼111门201 the building is left.
    no_entrance = pl.col("entrance").str.contains("^[0-9]{3,}").fill_null(False)
    every = (
        pl.concat(readings)
        .filter(~no_entrance | pl.col("building").is_not_null() & (pl.col("reading") == 0))
        .with_columns(pl.when(~no_entrance).then(name).alias(name) for name in ("room", "entrance"))
        .filter((pl.col("reading") != 2) | pl.col("room").is_not_null())
    )
    # A wing is part of the building's number, or its entrance.
    winged = every.filter(pl.col("wing").is_not_null())
    as_part = winged.with_columns(building=pl.concat_str("building", "wing", separator="-", ignore_nulls=True))
    as_entrance = winged.filter(pl.col("entrance").is_null()).with_columns(
        entrance=pl.col("wing"), reading=pl.col("reading") + 3
    )
    every = pl.concat([every.filter(pl.col("wing").is_null()), as_part, as_entrance])
    keyed = every.select(
        "tail",
        "reading",
        "plate",
        number=number_key(pl.col("building")),
        mark=pl.when(pl.col("mark").is_not_null()).then(pl.lit("栋")),
        entrance=number_key(pl.col("entrance")),
        floor="floor",
        room=number_key(pl.col("room")),
    )
    return keyed.with_columns(room_there=room_there()).unique(
        ["tail", "plate", "number", "entrance", "floor", "room"], keep="first", maintain_order=True
    )


@cache
def _ways() -> tuple[tuple[int, pl.Expr, list[pl.Expr]], ...]:
    """The ways to read a tail, made once: rank, the tails that may be read so, what is read."""
    parts = pl.col("room").str.split("-")
    count = parts.list.len().fill_null(0).cast(pl.Int64)
    bare = pl.col("plate").is_null() & pl.col("building").is_null()
    unit = pl.col("entrance").is_null() & pl.col("floor").is_null()
    open_number = unit & pl.col("room").is_not_null() & ~pl.col("room").str.starts_with(SHOP)

    def joined(start: int, length: pl.Expr | int | None = None) -> pl.Expr:
        return parts.list.slice(start, length).list.join("-")

    def read(rank: int, where: pl.Expr, **values: pl.Expr) -> tuple[int, pl.Expr, list[pl.Expr]]:
        return rank, where, [value.alias(name) for name, value in values.items()]

    nothing = pl.lit(None, pl.String)
    no_building = pl.col("building").is_null()
    letter = pl.col("room").str.extract_groups(r"^([A-Z])([0-9]{3,4}[A-Z]?|[0-9]{1,2}[A-Z])$")
    block = pl.col("room").str.extract_groups(r"^([0-9]{1,2}[A-Z])([0-9]{3,4})$")
    wing = pl.col("room").str.extract_groups(r"^([0-9]{1,2})([A-Z])([0-9]{3,4})$")
    above = pl.col("room").str.extract("^([0-9]+)(?:[0-9]{2}|[A-Z])$", 1)
    return (
        read(0, ~open_number | (count == 1)),
        # 3-501 and 3-2-501 where no building was said; 2-501 behind one.
        read(0, open_number & bare & (count == 2), building=joined(0, 1), room=joined(1)),
        read(
            0, open_number & bare & (count >= 3), building=joined(0, count - 2), entrance=joined(-2, 1), room=joined(-1)
        ),
        read(0, open_number & ~bare & (count == 2), entrance=joined(0, 1), room=joined(1)),
        read(
            0, open_number & ~bare & no_building & (count >= 3), building=joined(0, count - 2), entrance=joined(-2, 1),
            room=joined(-1),
        ),
        read(
            0, open_number & ~bare & ~no_building & (count >= 3),
            building=pl.col("building") + "-" + joined(0, count - 2), entrance=joined(-2, 1), room=joined(-1),
        ),
        # A bare number may be the house itself: 固戍一村66, 71-5.
        read(1, open_number & bare & pl.col("room").str.contains("[0-9]"), building=pl.col("room"), room=nothing),
        read(1, open_number & ~bare & (count >= 2)),  # 3栋2-501 where the room is named 2-501
        read(2, open_number & ~bare & no_building & (count == 2), building=joined(0, 1), room=joined(1)),
        read(2, open_number & bare & (count == 3), building=joined(0, 2), room=joined(-1)),
        # 7-3-1, 5-2-14-2: where doors are counted by floor, the last two are the room's.
        read(2, open_number & bare & (count == 3), building=joined(0, 1), room=joined(1)),
        # 1-1单元602 is 1栋1单元602.
        read(
            1, bare & pl.col("entrance").str.contains("^[0-9A-Z]+-[0-9A-Z]+$"),
            building=pl.col("entrance").str.split("-").list.first(),
            entrance=pl.col("entrance").str.split("-").list.last(),
        ),
        read(
            2, open_number & bare & (count == 4), building=joined(0, 1), entrance=joined(1, 1), room=joined(2)
        ),
        # 碧海花园A501, 红树湾2C2001: the letter is the building's, or its entrance's.
        read(2, open_number & bare & (count == 1), building=letter.struct.field("1"), room=letter.struct.field("2")),
        read(2, open_number & ~bare & (count == 1), entrance=letter.struct.field("1"), room=letter.struct.field("2")),
        read(2, open_number & bare & (count == 1), building=block.struct.field("1"), room=block.struct.field("2")),
        # 朗麓家园5A404: or its entrance's, though the building has a number.
        read(
            2, open_number & bare & (count == 1), building=wing.struct.field("1"), entrance=wing.struct.field("2"),
            room=wing.struct.field("3"),
        ),
        # 三楼501 cannot be a floor: it was written for 三号楼.
        read(
            3, bare & pl.col("entrance").is_null() & (above != pl.col("floor")), building=pl.col("floor"),
            mark=pl.lit("栋"), floor=nothing,
        ),
    )  # fmt: skip


def room_there() -> pl.Expr:
    """The room a reading means: as said, or with its floor before it (3楼02 = 302, 19楼B = 19B).

    Null where floor and room contradict each other (3楼502).
    """
    room, floor = pl.col("room"), pl.col("floor")
    digits = room.str.extract("^([0-9]+)[A-Z]?$", 1)
    above = pl.when(digits.str.len_chars() >= 3).then(digits.str.head(digits.str.len_chars().cast(pl.Int64) - 2))
    lettered = room.str.extract("^([0-9]+)[A-Z]$", 1)
    says_floor = pl.coalesce(above, pl.when(digits.str.len_chars() <= 2).then(lettered))
    contradicts = (says_floor != floor).fill_null(False)
    needs_floor = floor.is_not_null() & says_floor.is_null() & room.str.contains("^[0-9A-Z]{1,2}$")
    with_floor = floor + pl.when(room.str.contains("^[0-9]+$")).then(room.str.zfill(2)).otherwise(room)
    return pl.when(contradicts).then(None).when(needs_floor).then(with_floor).otherwise(room)
