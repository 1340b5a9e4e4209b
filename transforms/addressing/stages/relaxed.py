"""Stage `relaxed`: the name as people shorten or lengthen it: areas left without their 街道, an estate without its
花园.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.stages.mentions import answer, mentions
from transforms.addressing.stages.splits import derived_phrases

METHOD = "relaxed"
BASE = 0.96
STEM = 0.93  # the estate's 花园 or 新村 was left out, or one was put behind it
EXTRA = r"(?:住宅小区|小区|住宅区|生活区|大院|院内|内|里)$"


def relaxed(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases behind explained words, or without or with a generic suffix."""
    derived = derived_phrases(phrases, index)
    asked = mentions(derived)
    bare = asked.with_columns(bare=pl.col("name").str.replace(EXTRA, "")).filter(
        (pl.col("bare") != pl.col("name")) & (pl.col("bare").str.len_chars() >= 2)
    )
    outer = derived.filter(pl.col("outer_key").is_not_null() & pl.col("plain_key").is_not_null()).select(
        "phrase", name=pl.col("outer_key") + pl.col("plain_key"), number=pl.col("main").fill_null(""),
        by=pl.lit("name"), cost=pl.lit(0.0),
    )  # fmt: skip
    candidates = pl.concat(
        [
            answer(pl.concat([asked, outer]), index.names, BASE),
            answer(asked, index.stems, STEM),
            answer(bare.with_columns(name="bare").drop("bare"), index.names, STEM),
        ]
    )
    return to_sources(weigh(candidates, derived, index), derived)


def to_sources(scored: pl.DataFrame, derived: pl.DataFrame) -> pl.DataFrame:
    """Scores of derived phrases as scores of the phrases they were derived from."""
    back = scored.join(derived.select("phrase", "source"), on="phrase")
    return back.group_by(phrase="source", building="building").agg(pl.col("score").max())
