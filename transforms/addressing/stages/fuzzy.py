"""Stage `fuzzy`: one wrong, missing, doubled or swapped character in a name. Never in a number, never in what tells
one place from its neighbour (东西南北, 上下, 新旧, 一二三, letters).
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.evidence import weigh
from transforms.addressing.index import Index
from transforms.addressing.keys import number_of, pair_key
from transforms.addressing.stages.asking import Asking
from transforms.addressing.stages.mentions import answer

METHOD = "fuzzy"
BASE = 0.90
GUESS = 0.98  # before the discount of `chain` on what only a room proves
ELSEWHERE = 0.98


def fuzzy(asking: Asking, index: Index) -> pl.DataFrame:
    """phrase, building, score of phrases whose name differs by one slip from a library name with the asked number.

    Only slips that prove themselves: characters taken for each other, or any other where the doorplate agrees too. A
    name without a number is asked for by characters taken for each other alone.
    """
    slips, phrases = asking.slips(), asking.again().phrases
    at_plate = _at_plate(slips, phrases, index)
    believed = slips.filter((pl.col("trust") == "sure") | ((pl.col("trust") >= "weak") & at_plate))
    return weigh(_from(BASE, believed), phrases, index, is_strict=True)


def guess(asking: Asking, index: Index) -> pl.DataFrame:
    """phrase, building, score of what is left: any one slip. What it leads to is believed only with a room that is
    there.

    The lake must not put a record on a door of another estate than the one its library lacks: there a slip that does
    not prove itself needs the community said. To a list of one's own the nearest entry is the answer, if the county or
    more is said, and so is one in another street than said, whatever its name.
    """
    asked, slips = asking.again(), asking.slips()
    said = ["community_stem", *(("street_stem", "street_hint", "county") if index.is_own_list else ())]
    is_placed = asked.phrases.select(pl.any_horizontal(pl.col(said).is_not_null())).to_series()[slips["phrase"]]
    is_placed &= slips["trust"] >= ("bold" if index.is_own_list else "weak")
    at_plate = _at_plate(slips, asked.phrases, index)
    # A wrong name and a wrong doorplate are two slips: 滨金路244号沁花园 is not 文进路364号桃花园.
    says_plate = asked.phrases["road_plate"].is_not_null().gather(slips["phrase"])
    contradicts = says_plate & index.facts["has_road"].gather(slips["building"]) & ~at_plate
    is_proved = (pl.col("trust") == "sure") | ((is_placed | at_plate) & ~contradicts)
    believed = _from(GUESS, slips.filter((pl.col("number") != "") & is_proved))
    if not index.is_own_list:
        return weigh(believed, asked.phrases, index, is_strict=True)
    elsewhere = answer(asked.mentions, index.names, ELSEWHERE).filter("numbered").with_columns(is_own=pl.lit(True))
    every = pl.concat([believed.select(elsewhere.columns), elsewhere])
    return weigh(every, asked.phrases, index)


def _at_plate(slips: pl.DataFrame, phrases: pl.DataFrame, index: Index) -> pl.Series:
    """Whether the candidate has the doorplate its phrase says."""
    said = phrases.select("road_key", "road_plate")[slips["phrase"]]
    road, plate = (said.select(number_of(pl.col(name))).to_series().to_numpy() for name in said.columns)
    has = index.borne.at_plate.has(pair_key(pair_key(slips["building"].to_numpy(), road), plate))
    return has & said.select(pl.all_horizontal(pl.all().is_not_null())).to_series()


def _from(base: float, slips: pl.DataFrame) -> pl.DataFrame:
    """Candidates as of `answer`, from `base`."""
    return slips.drop("trust", "number").with_columns(base=pl.col("base") + base)
