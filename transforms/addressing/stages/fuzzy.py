"""Stage `fuzzy`: one wrong, missing, doubled or swapped character in a name. Never in a number, never in what tells
one place from its neighbour (东西南北, 上下, 新旧, 一二三, letters).
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.keys import number_of, pair_key
from transforms.addressing.similar_names import near_names
from transforms.addressing.stages.mentions import answer, mentions
from transforms.addressing.stages.relaxed import to_sources
from transforms.addressing.stages.splits import derived_phrases

METHOD = "fuzzy"
BASE = 0.90
GUESS = 0.98  # before the discount of `chain` on what only a room proves
ELSEWHERE = 0.98


def fuzzy(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases whose name differs by one slip from a library name with the asked number.

    Only slips that prove themselves: characters taken for each other, or any other where the doorplate agrees too. A
    name without a number is asked for by characters taken for each other alone.
    """
    derived, _, slips = _slips(phrases, index, BASE)
    at_plate = _at_plate(slips, derived, index)
    return _weighed(
        slips.filter((pl.col("trust") == "sure") | ((pl.col("trust") != "bold") & at_plate)), derived, index
    )


def guess(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, building, score of what is left: any one slip. What it leads to is believed only with a room that is
    there.

    The lake must not put a record on a door of another estate than the one its library lacks: there a slip that does
    not prove itself needs the community said. To a list of one's own the nearest entry is the answer, if the county or
    more is said, and so is one in another street than said, whatever its name.
    """
    derived, asked, slips = _slips(phrases, index, GUESS)
    said = ["community_stem", *(("street_stem", "street_hint", "county") if index.is_own_list else ())]
    is_placed = derived.select(pl.any_horizontal(pl.col(said).is_not_null())).to_series()[slips["phrase"]]
    if not index.is_own_list:
        is_placed &= slips["trust"] >= "weak"
    believed = slips.filter((pl.col("number") != "") & ((pl.col("trust") == "sure") | is_placed))
    found = _weighed(believed, derived, index, is_strict=not index.is_own_list)
    if not index.is_own_list:
        return found
    elsewhere = answer(asked, index.names, ELSEWHERE).filter("numbered").with_columns(is_own=pl.lit(True))
    every = pl.concat([found, to_sources(weigh(elsewhere, derived, index), derived)])
    return every.group_by("phrase", "building").agg(pl.col("score").max())


def _at_plate(slips: pl.DataFrame, derived: pl.DataFrame, index: Index) -> pl.Series:
    """Whether the candidate has the doorplate its phrase says."""
    said = derived.select("road_key", "road_plate")[slips["phrase"]]
    road, plate = (said.select(number_of(pl.col(name))).to_series().to_numpy() for name in said.columns)
    has = index.borne.at_plate.has(pair_key(pair_key(slips["building"].to_numpy(), road), plate))
    return has & said.select(pl.all_horizontal(pl.all().is_not_null())).to_series()


def _slips(phrases: pl.DataFrame, index: Index, base: float) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The derived phrases, what they ask for, and candidates one slip away from it with `trust` and asked `number`."""
    derived = derived_phrases(phrases, index)
    asked = mentions(derived)
    near = index.seen_slips.read(asked["name"], lambda new: near_names(new.to_frame(), index))
    meant = asked.join(near, on="name").filter((pl.col("number") != "") | (pl.col("trust") == "sure"))
    meant = meant.drop("name").rename({"meant": "name"})
    candidates = answer(meant.drop("trust"), index.names, base)
    trusted = meant.select("phrase", "trust", "number", named="name").unique(["phrase", "named"])
    return derived, asked, candidates.join(trusted, on=["phrase", "named"], how="left")


def _weighed(slips: pl.DataFrame, derived: pl.DataFrame, index: Index, *, is_strict: bool = True) -> pl.DataFrame:
    candidates = slips.drop("trust", "number")
    return to_sources(weigh(candidates, derived, index, is_strict=is_strict), derived)
