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

    What a slip alone does not prove, something else must: a `placed` one the community that is said, a `weak` one the
    doorplate. A name without a number is asked for only by a `sure` slip.
    """
    derived = derived_phrases(phrases, index)
    asked = mentions(derived)
    near = near_names(asked.select(pl.col("name").unique()), index)
    meant = asked.join(near, on="name").filter((pl.col("number") != "") | (pl.col("trust") == "sure"))
    meant = meant.drop("name").rename({"meant": "name"})
    candidates = answer(meant.drop("trust"), index.names, BASE)
    trusted = meant.select("phrase", "trust", named="name").unique(["phrase", "named"])
    candidates = candidates.join(trusted, on=["phrase", "named"], how="left").join(
        derived.select("phrase", "street_stem", "community_stem", "street_hint", "road_key", "road_plate"), on="phrase"
    )
    plated = (
        candidates.filter(pl.col("trust") == "weak")
        .join(index.roads.rename({"plate": "road_plate"}), on=["building", "road_key", "road_plate"], how="semi")
        .select("phrase", "building", is_plated=pl.lit(True))
        .unique()
    )
    # Weighing rules out another community than said: it is enough that one was said.
    is_placed = pl.col("community_stem").is_not_null()
    sure = candidates.join(plated, on=["phrase", "building"], how="left").filter(
        (pl.col("trust") == "sure") | ((pl.col("trust") == "placed") & is_placed) | pl.col("is_plated").fill_null(False)
    )
    sure = sure.select("phrase", "building", "by", "mark_there", "base", "named", "numbered", "is_own")
    return to_sources(weigh(sure, derived, index, is_strict=True), derived)
