"""Stage `fuzzy`: one wrong, missing, doubled or swapped character in a name. Never in a number, never in what tells
one place from its neighbour (东西南北, 上下, 新旧, 一二三, letters).
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.similar_names import near_names
from transforms.addressing.stages.mentions import answer, mentions
from transforms.addressing.stages.relaxed import to_sources
from transforms.addressing.stages.splits import derived_phrases

METHOD = "fuzzy"
BASE = 0.90


def fuzzy(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases whose name differs by one slip from a library name with the asked number.

    A slip in a short name stands only if the text says the right community too.
    """
    derived = derived_phrases(phrases, index)
    asked = mentions(derived).filter(pl.col("number") != "")
    near = near_names(asked.select(pl.col("name").unique()), index)
    meant = asked.join(near, on="name").drop("name").rename({"meant": "name"})
    candidates = answer(meant.drop("is_weak"), index.names, BASE)
    weak = meant.select("phrase", named="name", is_weak="is_weak").unique(["phrase", "named"])
    candidates = candidates.join(weak, on=["phrase", "named"], how="left")
    agrees = (
        candidates.filter("is_weak")
        .join(derived.select("phrase", "community_stem"), on="phrase")
        .join(index.facts.select("building", "community_code"), on="building")
        .join(index.communities_named, on=["community_code", "community_stem"])
        .select("phrase", "building", agrees=pl.lit(True))
        .unique()
    )
    sure = candidates.join(agrees, on=["phrase", "building"], how="left").filter(
        ~pl.col("is_weak") | pl.col("agrees").fill_null(False)
    )
    return to_sources(weigh(sure.drop("is_weak", "agrees"), derived, index, is_strict=True), derived)
