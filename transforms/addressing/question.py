"""From records to distinct questions, heads, readings and phrases: what the stages work on.

A *question* is one distinct combination of everything keying reads. Its text is a head and a tail; a *phrase* is a head
with one building number, the unit of work of the text stages: a phrase is answered once however many rooms ask it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.addressing.areas import settle_communities
from transforms.addressing.heads import read_heads
from transforms.addressing.index import Index
from transforms.addressing.names import KIND_LAST, NUMBERED_KIND, community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.remarks import settle_landmarks, without_remark
from transforms.addressing.tail import number_key, split_tail, tail_readings

ASKED = {
    "address": pl.String, "code": pl.String, "lon": pl.Float64, "lat": pl.Float64, "area_code": pl.String,
    "area_scheme": pl.String, "area_name": pl.String, "subject_code": pl.String,
}  # fmt: skip
REMARKED = 10  # added to the rank of a reading that left words behind the number out
_PHRASE = ["head", "plate", "number", "mark", "street_hint", "community_hint"]
# What the stages read of a head.
_OF_HEAD = [
    "county", "street_stem", "community_stem", "plain", "plain_key", "estate_key", "road_key", "road_plate",
    "inner_estate_key", "inner", "outer_key", "kind_estate", "kind", "own_estate", "own",
]  # fmt: skip


@dataclass(frozen=True)
class Questions:
    """The distinct questions of a batch, and the way back to its rows."""

    asked: pl.DataFrame  # question + the columns of ASKED
    rows: pl.DataFrame  # row, question: one per record, in order


@dataclass(frozen=True)
class Texts:
    """Question texts cut and read."""

    cuts: pl.DataFrame  # question, text, head, tail, street_hint, community_hint
    heads: pl.DataFrame  # head, divisions, stems and keys of its names
    readings: pl.DataFrame  # question, reading, phrase, entrance, room, room_there, is_beside, is_list
    phrases: pl.DataFrame  # phrase + head columns + plate, number, mark, hints


def distinct_questions(records: pl.DataFrame) -> Questions:
    """Deduplicate: what is asked twice is answered once."""
    given = [name for name in ASKED if name in records.columns]
    full = records.select(
        "row",
        *[
            (pl.col(name).cast(dtype) if name in given else pl.lit(None, dtype)).alias(name)
            for name, dtype in ASKED.items()
        ],
    )
    keyed = full.with_columns(question=pl.struct(given).hash(29))
    return Questions(keyed.unique("question", maintain_order=True).drop("row"), keyed.select("row", "question"))


def read_texts(asked: pl.DataFrame, hints: pl.DataFrame, index: Index) -> Texts:
    """Cut and read the texts of `asked` (question, address). `hints`: question, street_hint, community_hint.

    A text that ends in words behind a number is read twice: whole, and without those words.
    """
    text = asked.select("question", text=normalise_series(asked["address"]))
    text = settle_landmarks(text.filter(pl.col("text").is_not_null())).with_columns(remark=pl.lit(None, pl.String))
    head, tail = split_tail(pl.col("text"))
    cuts = text.with_columns(head=head, tail=tail)
    shorter = without_remark(cuts.filter(pl.col("tail") == "").drop("head", "tail"))
    cuts = pl.concat([cuts, shorter.with_columns(head=head, tail=tail).select(cuts.columns)])
    cuts = cuts.join(hints.drop("area_rule"), on="question", how="left", maintain_order="left")
    heads = settle_communities(name_keys(read_heads(cuts["head"])), index)
    readings = tail_readings(cuts.select(pl.col("tail").unique()))
    read = cuts.drop("text").join(readings, on="tail", how="inner")
    read = read.with_columns(
        reading=pl.col("reading") + pl.when(pl.col("remark").is_null()).then(0).otherwise(REMARKED).cast(pl.UInt8),
        is_list=pl.col("head").str.ends_with("、"),
    )
    read = read.with_columns(phrase=pl.struct(_PHRASE).hash(31))
    phrases = read.select("phrase", *_PHRASE).unique("phrase")
    phrases = phrases.join(heads.select("head", *_OF_HEAD), on="head", how="left")
    phrases = phrases.with_columns(main=pl.coalesce("number", "plate"))
    readings = read.select("question", "reading", "phrase", "entrance", "room", "room_there", "is_beside", "is_list")
    return Texts(cuts.filter(pl.col("remark").is_null()), heads, readings, phrases)


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
    last = pl.col("estate_key").str.extract_groups(KIND_LAST)
    numbered = pl.col("estate_key").str.extract_groups(NUMBERED_KIND)
    return keyed.with_columns(
        kind_estate=last.struct.field("1"),
        kind=last.struct.field("2"),
        own_estate=numbered.struct.field("1"),
        own=numbered.struct.field("3") + numbered.struct.field("2"),
    )
