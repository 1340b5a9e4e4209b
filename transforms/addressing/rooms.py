"""From the building of a phrase to the unit: room and entrance, every reading tried, ties refused."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.keys import room_key

ENTRANCE_UNKNOWN = 0.03  # the text says an entrance, the library has none


def place_units(readings: pl.DataFrame, answers: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The unit of each question that has exactly one, and the building of those whose room several of its units bear.

    `readings`: question, reading, phrase, entrance, room, room_there, is_beside, is_list; `answers` as of the chain.
    Returns PLACED, plus is_unclear for questions whose readings lead to units of several buildings.
    """
    # Beside a building is not in its rooms, and of 501、502 neither is meant alone.
    asked = readings.filter(pl.col("room_there").is_not_null() & ~pl.col("is_beside") & ~pl.col("is_list"))
    sure = answers.filter(~pl.col("is_tied")).select("phrase", "building", "score", "margin", "method")
    spelt = asked.join(sure, on="phrase").with_columns(room_key=room_key(pl.col("building"), pl.col("room_there")))
    units = index.units.select("room_key", "unit_code", entrance_there="entrance")
    unsaid = pl.col("entrance").is_null() | pl.col("entrance_there").is_null()
    found = spelt.join(units, on="room_key").filter(unsaid | (pl.col("entrance") == pl.col("entrance_there")))
    unknown = pl.col("entrance").is_not_null() & pl.col("entrance_there").is_null()
    best = (
        found.with_columns(score=pl.col("score") - pl.when(unknown).then(ENTRANCE_UNKNOWN).otherwise(0.0))
        .sort("question", "reading", "building")
        .group_by("question", maintain_order=True)
        .agg(
            pl.col("unit_code").unique().sort().alias("candidates"),
            pl.col("building").first(),
            pl.col("building").n_unique().alias("in_buildings"),
            pl.col("score").max(),
            pl.col("margin").min(),
            pl.col("method").first(),
        )
    )
    is_one = pl.col("candidates").list.len() == 1
    return best.select(
        "question", "building", "score", "method", "candidates",
        margin=pl.when(is_one).then("margin").otherwise(0.0),
        level=pl.when(is_one).then(pl.lit("unit")).otherwise(pl.lit("building")),
        unit_code=pl.when(is_one).then(pl.col("candidates").list.first()),
        proposed_room=pl.lit(None, pl.String),
        is_unclear=~is_one & (pl.col("in_buildings") > 1),
    )  # fmt: skip


def place_buildings(readings: pl.DataFrame, answers: pl.DataFrame, unclear: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The building of each question that has no unit, or `tied` with the tied buildings: PLACED.

    A room that is said and was not found is proposed. `unclear` (question) are those whose readings contradict each
    other.
    """
    placed = readings.join(answers, on="phrase")
    # A reading that leaves no room over explains more than one that does; then the first choice.
    first = placed.sort("question", "is_tied", pl.col("room").is_not_null(), "reading", "building").unique(
        "question", keep="first", maintain_order=True
    )
    tied = pl.col("is_tied") | pl.col("question").is_in(unclear["question"].implode())
    silent = tied | pl.col("is_beside") | pl.col("is_list") | pl.col("room").is_null() & pl.col("entrance").is_null()
    room = pl.concat_str(pl.col("entrance") + "单元", "room", ignore_nulls=True)
    chosen = first.select(
        "question", "building", "score", "method", "margin", "candidates",
        level=pl.when(tied).then(pl.lit("tied")).otherwise(pl.lit("building")),
        unit_code=pl.lit(None, pl.String),
        proposed_room=pl.when(~silent).then(room),
    )  # fmt: skip
    return chosen.drop("candidates").join(_codes(chosen, index), on="question", how="left").select(PLACED)


PLACED = ["question", "level", "building", "unit_code", "score", "margin", "candidates", "method", "proposed_room"]


def _codes(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """question, candidates: building codes of the rows in `buildings`."""
    return (
        frame.select("question", building="candidates")
        .explode("building")
        .join(index.buildings.select("building", "building_code"), on="building", how="left")
        .group_by("question")
        .agg(candidates=pl.col("building_code").sort())
    )
