"""From records to distinct questions, heads, readings and phrases: what the stages work on.

A *question* is one distinct combination of everything keying reads. Its text is a head and a tail; a *phrase* is a head
with one building number, the unit of work of the text stages: a phrase is answered once however many rooms ask it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.addressing.areas import settle_communities, settle_roads
from transforms.addressing.heads import read_heads
from transforms.addressing.index import Index
from transforms.addressing.index_units import NO_ENTRANCE
from transforms.addressing.names import (
    KIND,
    KIND_LAST,
    NUMBERED_KIND,
    PLATE_SIGN,
    WITHIN,
    community_stem,
    fold,
    groups,
    street_stem,
)
from transforms.addressing.normalise import normalise_series
from transforms.addressing.outside import mark_outside
from transforms.addressing.remarks import settle_landmarks, without_remark
from transforms.addressing.tail import number_key, tail_readings, with_tail

ASKED = {
    "address": pl.String, "code": pl.String, "lon": pl.Float64, "lat": pl.Float64, "area_code": pl.String,
    "area_scheme": pl.String, "area_name": pl.String, "subject_code": pl.String,
}  # fmt: skip
WORTH_IT = 0.9  # with more distinct records than this, finding what is asked twice costs more than it saves
CLOSED = 20  # added to the rank of a reading that closed a gap within digits
_GAP = r"([0-9０-９])[ \x{3000}]([0-9０-９])"
REMARKED = 10  # added to the rank of a reading that left words behind the number out
UNKNOWN_ENTRANCE = 2**32 - 1
# What the stages read of a head.
_OF_HEAD = [
    "county", "street_stem", "community_stem", "plain", "plain_key", "estate_key", "road_key", "road_plate",
    "inner_estate_key", "inner", "outer_key", "kind_estate", "kind", "own_estate", "own", "part", "sign",
]  # fmt: skip


@dataclass(frozen=True)
class Questions:
    """The distinct questions of some records, and the way back to them."""

    asked: pl.DataFrame  # question (UInt32, its row) + the columns of ASKED
    of_record: pl.Series | None  # the question of each record, in order; None: each record is its own


@dataclass(frozen=True)
class Texts:
    """Question texts cut and read."""

    cuts: pl.DataFrame  # question, head_id, tail_id, is_beside
    heads: pl.DataFrame  # by head_id: head, divisions, stems and keys of its names, is_outside, other_county
    tails: pl.DataFrame  # by tail_id: tail
    spoken: pl.DataFrame  # by spoken: tail_id, reading, plate, number, mark, entrance, room, room_there, place
    readings: pl.DataFrame  # question, reading, phrase (null of heads outside), spoken, is_beside, is_list, has_gap
    phrases: pl.DataFrame  # by phrase: head columns + plate, number, mark, hints; of heads at home


def distinct_questions(records: pl.DataFrame) -> Questions:
    """Deduplicate: what is asked twice is answered once."""
    given = [name for name in ASKED if name in records.columns and records[name].null_count() < records.height]
    full = records.select(
        (pl.col(name).cast(dtype) if name in given else pl.lit(None, dtype)).alias(name)
        for name, dtype in ASKED.items()
    )  # fmt: skip
    if not given:
        return Questions(full.head(1).with_row_index("question"), pl.zeros(records.height, pl.UInt32, eager=True))
    key = full[given[0]].hash(29) if len(given) == 1 else full.select(pl.struct(given).hash(29)).to_series()
    if key.n_unique() > WORTH_IT * records.height:
        return Questions(full.with_row_index("question"), None)
    _, first, of_record = np.unique(key.to_numpy(), return_index=True, return_inverse=True)
    asked = full[first]
    if not _same(full.select(given), asked.select(given)[of_record]):  # two texts of one hash: each record alone
        return Questions(full.with_row_index("question"), None)
    return Questions(asked.with_row_index("question"), pl.Series(of_record, dtype=pl.UInt32))


def _same(left: pl.DataFrame, right: pl.DataFrame) -> bool:
    return all(left[name].eq_missing(right[name]).all() for name in left.columns)


def read_texts(asked: pl.DataFrame, hints: pl.DataFrame | None, index: Index) -> Texts:
    """Cut and read the texts of `asked` (question, address). `hints`: question, street_hint, community_hint.

    A text that ends in words behind a number is read twice: whole, and without those words.
    """
    text = asked.select("question", text=normalise_series(asked["address"]))
    text = settle_landmarks(text.filter(pl.col("text").is_not_null()))
    cuts = with_tail(text).with_columns(rank=pl.lit(0, pl.UInt8))
    shorter = without_remark(cuts.filter(pl.col("tail") == "").drop("head", "tail"))
    shorter = with_tail(shorter).with_columns(rank=pl.lit(REMARKED, pl.UInt8))
    closed = with_tail(_closed(asked)).with_columns(rank=pl.lit(CLOSED, pl.UInt8))
    cuts = pl.concat([cuts, shorter.select(cuts.columns), closed.select(cuts.columns)]).drop("text")
    has_gap = pl.col("question").is_in(closed["question"].implode()) & (pl.col("rank") < CLOSED)
    cuts = cuts.with_columns(has_gap=has_gap)
    heads = index.seen_heads.read(cuts["head"], lambda new: _heads(new, index)).with_row_index("head_id")
    tails = cuts.select(pl.col("tail").unique()).with_row_index("tail_id")
    cuts = cuts.join(heads.select("head", "head_id"), on="head", how="left", maintain_order="left")
    cuts = cuts.join(tails, on="tail", how="left", maintain_order="left").drop("head", "tail")
    spoken = _spoken(tails, index)
    read = cuts.join(spoken.select("tail_id", "spoken", "place", "reading"), on="tail_id", how="inner")
    key = (pl.col("head_id").cast(pl.UInt64) * 2**32) + pl.col("place")
    hinted = []
    if hints is not None:
        hinted = ["street_hint", "community_hint"]
        read = read.join(hints.select("question", *hinted), on="question", how="left", maintain_order="left")
        key = pl.struct(key.alias("key"), *hinted).hash(31)
    flags = heads.select("is_outside", is_list=pl.col("head").str.ends_with("、"))[read["head_id"]]
    read = read.with_columns(key.alias("key"), flags["is_list"])
    phrases = read.filter(~flags["is_outside"]).select("key", "head_id", "place", *hinted)
    phrases = phrases.unique("key", maintain_order=True).with_row_index("phrase")
    readings = read.join(phrases.select("key", "phrase"), on="key", how="left", maintain_order="left").select(
        "question", pl.col("reading") + pl.col("rank"), "phrase", "spoken", "is_beside", "is_list", "has_gap"
    )
    return Texts(
        cuts.filter(pl.col("rank") == 0).drop("rank", "has_gap"), heads, tails, spoken, readings,
        _with_names(phrases, heads, spoken),
    )  # fmt: skip


def _closed(asked: pl.DataFrame) -> pl.DataFrame:
    """Texts with a gap within digits, closed up: 40 2室 may be 402 as well as 40-2, and the library decides."""
    # A space is found far sooner than a digit before one.
    spaced = asked.filter(pl.col("address").str.contains_any([" ", "\u3000"]))
    gap = spaced.select("question", "address").filter(pl.col("address").str.contains(_GAP))
    closed = gap.select("question", text=normalise_series(gap["address"].str.replace_all(_GAP, "$1$2")))
    return settle_landmarks(closed.filter(pl.col("text").is_not_null()))


def _with_names(phrases: pl.DataFrame, heads: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    places = spoken.select("place", "plate", "number", "mark").unique("place").sort("place").drop("place")
    absent = [name for name in ("street_hint", "community_hint") if name not in phrases.columns]
    named = pl.concat(
        [
            phrases.drop("key", "head_id", "place"),
            heads.select(_OF_HEAD)[phrases["head_id"]],
            places[phrases["place"]],
        ],
        how="horizontal",
    )
    number = pl.when(pl.col("part").is_null()).then("number").otherwise(pl.col("part") + pl.col("number").fill_null(""))
    plate = pl.concat_str("sign", "plate").fill_null(pl.col("plate"))
    return named.with_columns(number=number, plate=plate).with_columns(
        *[pl.lit(None, pl.String).alias(name) for name in absent], main=pl.coalesce("number", "plate")
    )


def _spoken(tails: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Every reading of every tail: see `Texts`; room_id and entrance_id are those of the library's rooms.

    room_id is null where no room is said, or one the library has nowhere; entrance_id is NO_ENTRANCE where none is
    said, UNKNOWN where the library has it nowhere.
    """
    read = index.seen_tails.read(tails["tail"], lambda new: tail_readings(new.to_frame()))
    read = read.join(tails, on="tail", how="left").drop("tail")
    places = read.select("plate", "number", "mark").unique().with_row_index("place")
    rooms = index.rooms.room_names.select(room_there="name", room_id="id")
    entrances = index.rooms.entrance_names.select(entrance="name", entrance_id="id")
    read = (
        read.join(places, on=["plate", "number", "mark"], how="left", nulls_equal=True)
        .join(rooms, on="room_there", how="left")
        .join(entrances, on="entrance", how="left")
    )
    unknown = pl.when(pl.col("entrance").is_null()).then(NO_ENTRANCE).otherwise(UNKNOWN_ENTRANCE).cast(pl.UInt32)
    return read.with_columns(entrance_id=pl.col("entrance_id").fill_null(unknown)).with_row_index("spoken")


def _heads(heads: pl.Series, index: Index) -> pl.DataFrame:
    """Heads as they are asked for: read, with their keys, areas told apart, other places marked."""
    named = settle_communities(name_keys(read_heads(heads)), index)
    return mark_outside(settle_roads(named, index), index)


def name_keys(heads: pl.DataFrame) -> pl.DataFrame:
    """Folded names and stems of heads; kind_estate, kind and own_estate, own where the estate ends in a kind of
    building (和业宿舍) or a numbered one (和业4号厂房: own is 厂房4).
    """
    keyed = heads.with_columns(
        street_stem=street_stem(pl.col("street")),
        community_stem=community_stem(pl.col("community")),
        plain_key=fold(pl.col("plain")),
        estate_key=fold(pl.col("estate")),
        road_key=fold(pl.col("road")),
        road_plate=number_key(pl.col("road_number")),
        inner_estate_key=fold(pl.col("inner_estate")),
        inner=number_key(pl.col("inner")),
        **({"outer_key": fold(pl.col("outer"))} if "outer" in heads.columns else {}),
    )
    last = groups(keyed["estate_key"], KIND_LAST, f"(?:{KIND})$")
    numbered = groups(keyed["estate_key"], NUMBERED_KIND, f"(?:{KIND})$")
    # 宏发路10号宿舍1栋: behind a doorplate the estate's part is half of the building's number.
    is_part = pl.col("road_key").is_not_null() & pl.col("estate_key").str.contains(WITHIN)
    # 永顺大街增|26号: the sign is the doorplate's.
    is_sign = pl.col("road_key").is_not_null() & pl.col("estate_key").str.contains(f"^{PLATE_SIGN}$")
    return keyed.with_columns(
        part=pl.when(is_part).then("estate_key"),
        sign=pl.when(is_sign).then("estate_key"),
        estate_key=pl.when(~(is_part | is_sign).fill_null(False)).then("estate_key"),
        kind_estate=last["1"],
        kind=last["2"],
        own_estate=numbered["1"],
        own=numbered["3"] + numbered["2"],
    )
