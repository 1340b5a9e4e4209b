"""From records to distinct questions, heads, readings and phrases: what the stages work on.

A *question* is one distinct combination of everything keying reads. Its text is a head and a tail; a *phrase* is a head
with one building number, the unit of work of the text stages: a phrase is answered once however many rooms ask it.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.addressing.names import community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.heads import read_heads
from transforms.addressing.tail import number_key, split_tail, tail_readings

ASKED = {
    "address": pl.String, "code": pl.String, "lon": pl.Float64, "lat": pl.Float64, "area_code": pl.String,
    "area_scheme": pl.String, "area_name": pl.String, "subject_code": pl.String,
}  # fmt: skip
_PHRASE = ["head", "plate", "number", "mark", "street_hint", "community_hint"]


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
    readings: pl.DataFrame  # question, reading, phrase, entrance, floor, room
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
    asked = full.select(given).unique(maintain_order=True).with_row_index("question")
    rows = full.select("row", *given).join(asked, on=given, how="left", nulls_equal=True, maintain_order="left")
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in ASKED.items() if name not in given]
    return Questions(asked.with_columns(missing), rows.select("row", "question"))


def read_texts(asked: pl.DataFrame, hints: pl.DataFrame) -> Texts:
    """Cut and read the texts of `asked` (question, address). `hints`: question, street_hint, community_hint."""
    text = asked.select("question", text=normalise_series(asked["address"]))
    text = text.filter(pl.col("text").is_not_null())
    head, tail = split_tail(pl.col("text"))
    cuts = text.with_columns(head=head, tail=tail).join(hints, on="question", how="left", maintain_order="left")
    heads = _keys(read_heads(cuts["head"]))
    readings = tail_readings(cuts.select(pl.col("tail").unique()))
    read = cuts.drop("text").join(readings, on="tail", how="inner")
    phrases = read.select(_PHRASE).unique(maintain_order=True).with_row_index("phrase")
    answered = read.join(phrases, on=_PHRASE, how="left", nulls_equal=True)
    phrases = phrases.join(heads, on="head", how="left", maintain_order="left")
    phrases = phrases.with_columns(main=pl.coalesce("number", "plate"))
    return Texts(cuts, heads, answered.select("question", "reading", "phrase", "entrance", "floor", "room"), phrases)


def _keys(heads: pl.DataFrame) -> pl.DataFrame:
    """Folded names and stems of heads."""
    return heads.with_columns(
        street_stem=street_stem(pl.col("street")),
        community_stem=community_stem(pl.col("community")),
        plain_key=fold(pl.col("plain")),
        estate_key=fold(pl.col("estate")),
        road_key=fold(pl.col("road")),
        road_plate=number_key(pl.col("road_number")),
        inner_estate_key=fold(pl.col("inner_estate")),
        inner=number_key(pl.col("inner")),
    )
