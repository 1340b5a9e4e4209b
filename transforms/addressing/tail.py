"""The numbered end of an address: 12号3栋2单元5楼501室, 3-2-501, A座1203.

An address is cut into a head (names) and a tail (numbers). Both repeat far more than whole addresses do, so each distinct
head and each distinct tail is read once. A tail can be read in several ways (19-501: building and room, or one house
number); `tail_readings` gives each, and the library decides.
"""

from __future__ import annotations

import polars as pl

_SIDE = "[东西南北中左右]"
# A tail starts at a number, a letter, or a side that carries a marker (东单元), and runs to the end.
TAIL = (
    rf"((?:[0-9A-Z]|{_SIDE}(?:单元|座|栋|幢|门|梯|户)|负[0-9])"
    r"[0-9A-Z\-#之号栋幢座楼单元层室房梯门户铺档院负东西南北中左右]*)$"
)
_N = r"[0-9A-Z]+(?:[-.][0-9A-Z]+)*"
_NS = rf"(?:{_N}|{_SIDE})"
_PLATE = rf"(?:(?P<plate>{_N})号院?-?)?"
_ENTRANCE = rf"(?:(?P<entrance>{_NS})(?:号?单元|梯|门)-?)?"
_FLOOR = r"(?:(?P<floor>负?[0-9]+|B[0-9])(?:楼|层)-?)?"
_ROOM = rf"(?:(?P<room>{_N}|{_SIDE})(?:号?(?:房|室|户|铺|档|门)|号)?)?$"


def _grammar(building_mark: str) -> str:
    building = rf"(?:(?P<building>{_NS})(?P<mark>{building_mark})-?)?"
    wing = rf"(?:(?P<wing>{_NS})(?:座|栋)-?)?"
    return f"^{_PLATE}{building}{wing}{_ENTRANCE}{_FLOOR}{_ROOM}"


# 楼 is a floor (3楼302), but a building before an entrance or another floor (23楼4单元502).
_STRICT = _grammar("号楼|号栋|栋|幢|座|#楼?")
_LOOSE = _grammar("号楼|号栋|栋|幢|座|#楼?|楼")
_FIELDS = ("plate", "building", "mark", "wing", "entrance", "floor", "room")


def split_tail(text: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """(head, tail) of a normalised text; the tail is empty where nothing is numbered."""
    tail = text.str.extract(TAIL, 1).fill_null("")
    head = text.cast(pl.Binary).bin.head(text.str.len_bytes() - tail.str.len_bytes()).cast(pl.String)
    return head, tail


def parse_tail(tails: pl.DataFrame) -> pl.DataFrame:
    """Each unique `tail` with plate, building, mark, wing, entrance, floor, room (text, null where absent), is_odd.

    `is_odd` is true for a tail no grammar reads: it never leads to a unit.
    """
    strict = pl.col("tail").str.extract_groups(_STRICT)
    loose = pl.col("tail").str.extract_groups(_LOOSE)
    read = tails.select("tail").with_columns(strict=strict, loose=loose)
    usable = pl.any_horizontal(*[pl.col("strict").struct.field(name).is_not_null() for name in _FIELDS])
    fields = [
        pl.when(usable)
        .then(pl.col("strict").struct.field(name))
        .otherwise(pl.col("loose").struct.field(name))
        .alias(name)
        for name in _FIELDS
    ]
    parsed = read.select("tail", *fields)
    some = pl.any_horizontal(*[pl.col(name).is_not_null() for name in _FIELDS])
    return parsed.with_columns(is_odd=(pl.col("tail") != "") & ~some)


def number_key(expr: pl.Expr) -> pl.Expr:
    """A number as a key: no leading zeros (0501 = 501, A-03 = A-3), one dash."""
    plain = expr.str.replace_all(r"\.", "-")
    return plain.str.replace_all(r"(^|-)0+([0-9])", "$1$2")


def tail_readings(tails: pl.DataFrame) -> pl.DataFrame:
    """Every way to read each unique tail: tail, reading (0 is the first choice), plate, number, mark, entrance, floor, room.

    `number` is the building's (with its wing: 3栋A座 = 3-A), `plate` the one before 号. Keys, not texts: see `number_key`.
    """
    base = parse_tail(tails).filter(~pl.col("is_odd"))
    key = {name: number_key(pl.col(name)) for name in ("plate", "building", "wing", "entrance", "floor", "room")}
    base = base.with_columns(**key)
    parts = pl.col("room").str.split("-")
    count = parts.list.len().fill_null(0)
    joined = lambda a, b: parts.list.slice(a, b).list.join("-")  # noqa: E731
    bare = pl.col("plate").is_null() & pl.col("building").is_null()
    unit = pl.col("entrance").is_null() & pl.col("floor").is_null()
    split = base.with_columns(_parts=count)

    def reading(frame: pl.DataFrame, rank: int, **values: pl.Expr) -> pl.DataFrame:
        return frame.with_columns(**values).with_columns(reading=pl.lit(rank, pl.UInt8))

    first = reading(
        split,
        0,
        building=pl.when(bare & unit & (count == 2))
        .then(joined(0, 1))
        .when(bare & unit & (count >= 3))
        .then(joined(0, count.cast(pl.Int64) - 2))
        .when(pl.col("building").is_null() & unit & (count >= 3))
        .then(joined(0, count.cast(pl.Int64) - 2))
        .otherwise("building"),
        entrance=pl.when(unit & ((bare & (count >= 3)) | (~bare & (count >= 2))))
        .then(joined(count.cast(pl.Int64) - 2, 1))
        .otherwise("entrance"),
        room=pl.when(unit & (count >= 2)).then(joined(-1, 1)).otherwise("room"),
    )
    # A bare number may be the house itself (固戍一村66, 71-5), and after a house number the first part a building.
    house = split.filter(bare & unit & (count >= 1) & pl.col("room").str.contains("[0-9]"))
    house = reading(house, 1, building=pl.col("room"), room=pl.lit(None, pl.String))
    whole = reading(split.filter(~bare & unit & (count >= 2)), 1)  # 3栋2-501 where the room is named 2-501
    second = reading(
        split.filter(pl.col("plate").is_not_null() & pl.col("building").is_null() & unit & (count == 2)),
        2,
        building=joined(0, 1),
        room=joined(-1, 1),
    )
    three = reading(split.filter(bare & unit & (count == 3)), 2, building=joined(0, 2), room=joined(-1, 1))
    readings = pl.concat([part.select(first.columns) for part in (first, house, whole, second, three)])
    # A wing is part of the building's number, or its entrance.
    winged = readings.filter(pl.col("wing").is_not_null())
    as_part = winged.with_columns(building=pl.concat_str("building", "wing", separator="-", ignore_nulls=True))
    as_entrance = winged.filter(pl.col("entrance").is_null()).with_columns(
        entrance=pl.col("wing"), reading=pl.col("reading") + 3
    )
    readings = pl.concat([readings.filter(pl.col("wing").is_null()), as_part, as_entrance])
    return readings.select(
        "tail",
        "reading",
        "plate",
        number=pl.col("building"),
        mark=pl.when(pl.col("mark").is_not_null()).then(pl.lit("栋")),
        entrance="entrance",
        floor="floor",
        room="room",
    )
