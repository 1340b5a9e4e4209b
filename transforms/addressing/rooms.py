"""From the building of a phrase to the unit: room and entrance, every reading tried, ties refused."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.index_units import NO_ENTRANCE
from transforms.addressing.keys import room_key

ENTRANCE_UNKNOWN = 0.03  # the text says an entrance, the library has none


def place_units(
    readings: pl.DataFrame, answers: pl.DataFrame, spoken: pl.DataFrame, index: Index, *, is_proof: bool = False
) -> pl.DataFrame:
    """The unit of each question that has exactly one, and the building of those whose room several of its units bear.

    Where the room is the proof of its building (`is_proof`), an entrance that is said must be there too.
    `readings`, `spoken`: as of `question.Texts`; `answers` as of the chain. Returns PLACED, plus is_unclear for
    questions whose readings lead to units of several buildings.
    """
    rooms = index.rooms
    said = spoken.select("room_id", "entrance_id")[readings["spoken"]]
    # Beside a building is not in its rooms, and of 501、502 neither is meant alone.
    open_ = said["room_id"].is_not_null() & ~readings["is_beside"] & ~readings["is_list"]
    asked = readings.select("question", "reading", "phrase", "has_gap").hstack(said).filter(open_)
    sure = answers.filter(~pl.col("is_tied")).select("phrase", "building", "score", "margin", "method")
    spelt = asked.join(sure, on="phrase")
    which, at = rooms.keys.pairs(room_key(spelt["building"].to_numpy(), spelt["room_id"].to_numpy()))
    entrance, entrance_there = spelt["entrance_id"].to_numpy()[which], rooms.entrance[at]
    agrees = (entrance == NO_ENTRANCE) | (entrance_there == NO_ENTRANCE) | (entrance == entrance_there)
    unknown = (entrance != NO_ENTRANCE) & (entrance_there == NO_ENTRANCE)
    # 1栋1 503 may be 1503: there an entrance that the library lacks is none.
    agrees &= ~unknown | ~(spelt["has_gap"].to_numpy()[which] | is_proof)
    found = spelt.select("question", "reading", "building", "score", "margin", "method")[which].with_columns(
        unit=pl.Series(rooms.unit[at]), score=pl.col("score") - pl.Series(unknown * ENTRANCE_UNKNOWN)
    )
    found = found.filter(pl.Series(agrees))
    several = found["question"].is_duplicated()
    has_several = several.any()
    alone = (found.filter(~several) if has_several else found).select(
        "question", "building", "score", "margin", "method", "unit", level=pl.lit("unit"), is_unclear=pl.lit(False),
        candidates=pl.lit(None, pl.List(pl.String)), rivals=pl.lit(None, pl.List(pl.UInt32)),
        proposed_room=pl.lit(None, pl.String),
    )  # fmt: skip
    return pl.concat([alone, _rivals(found.filter(several), index)]) if has_several else alone


def _rivals(found: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The same of questions whose readings lead to several units, or to one in several ways."""
    best = (
        found.sort("question", "reading", "building")
        .group_by("question", maintain_order=True)
        .agg(
            pl.col("unit").unique().alias("units"),
            pl.col("building").first(),
            pl.col("building").n_unique().alias("in_buildings"),
            pl.col("score").max(),
            pl.col("margin").min(),
            pl.col("method").first(),
        )
    )
    is_one = pl.col("units").list.len() == 1
    codes = best.select("question", unit="units").explode("unit")
    codes = codes.with_columns(candidates=index.exact.codes.gather(codes["unit"]))
    codes = codes.group_by("question").agg(pl.col("candidates").sort())
    return best.join(codes, on="question", how="left").select(
        "question", "building", "score",
        margin=pl.when(is_one).then("margin").otherwise(0.0),
        method="method",
        unit=pl.when(is_one).then(pl.col("units").list.first()),
        level=pl.when(is_one).then(pl.lit("unit")).otherwise(pl.lit("building")),
        is_unclear=~is_one & (pl.col("in_buildings") > 1),
        candidates="candidates",
        rivals=pl.lit(None, pl.List(pl.UInt32)),
        proposed_room=pl.lit(None, pl.String),
    )  # fmt: skip


def place_buildings(readings: pl.DataFrame, answers: pl.DataFrame, spoken: pl.DataFrame) -> pl.DataFrame:
    """The building of each question that has no unit, or `tied` with the tied buildings: PLACED.

    A room that is said and was not found is proposed.
    """
    if answers.is_empty():
        return NOWHERE
    placed = readings.join(answers, on="phrase")
    placed = placed.hstack(spoken.select("room", "entrance")[placed["spoken"]])
    # A reading that leaves no room over explains more than one that does; then the first choice.
    first = placed.sort("question", "is_tied", pl.col("room").is_not_null(), "reading", "building").unique(
        "question", keep="first", maintain_order=True
    )
    tied = pl.col("is_tied")
    silent = tied | pl.col("is_beside") | pl.col("is_list") | pl.col("room").is_null() & pl.col("entrance").is_null()
    room = pl.concat_str(pl.col("entrance") + "单元", "room", ignore_nulls=True)
    return first.select(
        "question", "building", "score", "method", "margin",
        candidates=pl.lit(None, pl.List(pl.String)),
        rivals=pl.when(tied).then("candidates"),
        level=pl.when(tied).then(pl.lit("tied")).otherwise(pl.lit("building")),
        unit=pl.lit(None, pl.UInt32),
        proposed_room=pl.when(~silent).then(room),
    ).select(PLACED)  # fmt: skip


# unit: row in the library's units. candidates: codes of units, where there are several. rivals: the tied buildings.
NOWHERE = pl.DataFrame(
    schema={
        "question": pl.UInt32, "level": pl.String, "building": pl.UInt32, "unit": pl.UInt32, "score": pl.Float64,
        "margin": pl.Float64, "candidates": pl.List(pl.String), "rivals": pl.List(pl.UInt32), "method": pl.String,
        "proposed_room": pl.String,
    }
)  # fmt: skip
PLACED = NOWHERE.columns
