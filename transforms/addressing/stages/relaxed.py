"""Stage `relaxed`: the name as people shorten or lengthen it: areas left without their 街道, an estate without its
花园.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.stages.asking import Asking
from transforms.addressing.stages.mentions import answer

METHOD = "relaxed"
BASE = 0.96
STEM = 0.93  # the estate's 花园 or 新村 was left out, or one was put behind it
EXTRA = r"(?:住宅小区|小区|住宅区|生活区|大院|院内|内|里)$"


def relaxed(asking: Asking, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases behind explained words, or without or with a generic suffix."""
    again = asking.again()
    asked = again.mentions
    bare = asked.with_columns(bare=pl.col("name").str.replace(EXTRA, "")).filter(
        (pl.col("bare") != pl.col("name")) & (pl.col("bare").str.len_chars() >= 2)
    )
    is_apart = pl.col("outer_key").is_not_null() & pl.col("plain_key").is_not_null()
    outer = again.phrases.filter(again.is_open & is_apart).select(
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
    return weigh(candidates, again.phrases, index)
