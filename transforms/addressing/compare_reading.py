"""One side of a comparison: an address's components as keys that can be laid beside another's."""

from __future__ import annotations

import polars as pl

from transforms.addressing.names import community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.parse import parse_addresses
from transforms.addressing.tail import number_key

AREAS = ("province", "city", "county")
_NUMBERS = ("road_number", "building", "entrance", "floor", "room")
_FINE = ("road", "road_number", "estate", "building", "entrance", "floor", "room")
_FOLDED = ("road", "name", "own", "folded")
# What `fold` can change: most texts have none of it, and folding costs as much as half the parse.
_FOLDABLE = r"[\-、|零〇一二三四五六七八九十百廿卅]"
_BESIDE = "对面|对过|旁边?$|隔壁|附近$|[东西南北]侧|以[东西南北]|路口|交叉口|交汇处|[0-9]米"
_REMARK = "(?:附近|联系|到联|到了|电话|来电|送货上门)+$"


def read_sides(left: pl.Series, right: pl.Series) -> pl.DataFrame:
    """One row a pair: the keys of the left address prefixed `l_`, those of the right `r_`.

    raw (trimmed), text (normalised), province, city, county, street, road, name, road_number, building, entrance,
    floor, room (String), own (the text without its divisions), folded (the text behind what it has in brackets,
    numerals as digits), door_room (the room with its floor before it), number_list, is_beside, said (Boolean: a
    place was named).
    """
    left, right = left.str.strip_chars().alias("raw"), right.str.strip_chars().alias("raw")
    read = _read(pl.concat([left, right]).drop_nulls().unique())
    sides = [
        texts.to_frame()
        .join(read, on="raw", how="left", maintain_order="left")
        .with_columns(pl.col("said", "is_beside").fill_null(False))
        .rename(lambda name, side=side: f"{side}_{name}")  # type: ignore[misc]
        for side, texts in (("l", left), ("r", right))
    ]
    return pl.concat(sides, how="horizontal")


def _read(texts: pl.Series) -> pl.DataFrame:
    """The keys of each distinct text."""
    parsed = parse_addresses(texts)
    own = parsed.select(some(pl.concat_str(*_FINE, "rest", ignore_nulls=True)))
    parsed = parsed.with_columns(_number_key(parsed[name]) for name in _NUMBERS).with_columns(
        text=normalise_series(texts), raw=texts, own=own.to_series(), aside=_aside(texts)
    )
    words = pl.col("rest").str.replace_all(r"[^\p{Han}]", "")
    read = parsed.select(
        "raw",
        "text",
        *AREAS,
        *_NUMBERS,
        street=street_stem(pl.col("street")),
        road="road",
        name=pl.coalesce(
            _without_remark(pl.col("estate")),
            community_stem(pl.col("community")),
            pl.when(words.str.len_chars() >= 2).then(words),
        ),
        own="own",
        folded=pl.concat_str("aside", "text", separator="|", ignore_nulls=True),
        is_beside=pl.col("text").str.contains(_BESIDE).fill_null(False),
        number_list=_number_list(),
        door_room=_with_floor(pl.col("room"), pl.col("floor")),
    )
    said = pl.any_horizontal(pl.col(*AREAS, "street", "road", "name").str.contains(r"\p{Han}").fill_null(False))
    return read.with_columns(*[_folded(read[name]) for name in _FOLDED], said.alias("said"))


def _number_key(numbers: pl.Series) -> pl.Series:
    """Numbers as keys, each distinct one made once."""
    distinct = numbers.drop_nulls().unique().to_frame()
    key = number_key(pl.col(numbers.name).str.replace_all(r"[^0-9A-Z\-负东西南北中左右]", ""))
    keys = distinct.select(some(key.str.strip_chars("-"))).to_series()
    return numbers.replace_strict(distinct.to_series(), keys, default=None, return_dtype=pl.String)


def some(text: pl.Expr) -> pl.Expr:
    """`text`, or null where it is empty."""
    return pl.when(text != "").then(text)


def _aside(texts: pl.Series) -> pl.Series:
    """What stands in round brackets and is no landmark: 南苑酒店(天童南路639号) says its road there."""
    inside = texts.str.extract(r"[(（]([^()（）]{2,})[)）]", 1)
    return normalise_series(inside.set(inside.str.contains("附近|对面|旁").fill_null(False), None))


def _folded(texts: pl.Series) -> pl.Series:
    where = texts.str.contains(_FOLDABLE).fill_null(False).arg_true()
    if not len(where):
        return texts
    changed = texts.gather(where).to_frame().select(some(fold(pl.col(texts.name))))[texts.name]
    return texts.clone().scatter(where, changed)


def _without_remark(name: pl.Expr) -> pl.Expr:
    """A name without a remark behind it; null where it was nothing but a remark."""
    return some(name.str.replace(_REMARK, ""))


def _number_list() -> pl.Expr:
    """All numbers said, in order; the floor only where no room tells it."""
    floor = pl.when(pl.col("room").is_null()).then("floor")
    room = _with_floor(pl.col("room"), pl.col("floor"))
    every = pl.concat_str("road_number", "building", "entrance", floor, room, "rest", separator=" ", ignore_nulls=True)
    return every.str.extract_all("[0-9A-Z]+")


def _with_floor(room: pl.Expr, floor: pl.Expr) -> pl.Expr:
    """A short room with its floor before it: 24楼D is 24D, 3楼02 is 302."""
    padded = pl.when(room.str.contains("^[0-9]+$")).then(room.str.zfill(2)).otherwise(room)
    is_short = floor.is_not_null() & room.str.contains("^[0-9A-Z]{1,2}$")
    return pl.when(is_short).then(floor + padded).otherwise(room)
