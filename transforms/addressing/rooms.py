"""From the building of a phrase to the unit: room and entrance, every reading tried, ties refused."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.keys import room_key
from transforms.addressing.question import Texts

ENTRANCE_UNKNOWN = 0.03  # the text says an entrance, the library has none


def place_rooms(texts: Texts, answers: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The best building or unit of each question: question, level (unit, building, tied), building, unit_code, score,
    margin,
    candidates (buildings or units), method, proposed_room.
    """
    placed = texts.readings.join(answers, on="phrase", how="inner").rename({"candidates": "buildings"})
    sure = placed.filter(~pl.col("is_tied"))
    # Beside a building is not in its rooms, and of 501、502 neither is meant alone.
    asked = sure.filter(pl.col("room").is_not_null() & ~pl.col("is_beside") & ~pl.col("is_list"))
    spelt = asked.with_columns(_room_spellings()).explode("spelling")
    spelt = spelt.with_columns(room_key=room_key(pl.col("building"), pl.col("spelling")))
    units = index.units.select("room_key", "unit_code", entrance_there="entrance")
    found = spelt.join(units, on="room_key", how="inner").filter(
        (pl.col("entrance").is_null() | pl.col("entrance_there").is_null())
        | (pl.col("entrance") == pl.col("entrance_there"))
    )
    found = found.with_columns(
        score=pl.col("score")
        - pl.when(pl.col("entrance").is_not_null() & pl.col("entrance_there").is_null())
        .then(ENTRANCE_UNKNOWN)
        .otherwise(0.0)
    )
    best = found.group_by("question").agg(
        pl.col("unit_code").unique().alias("units"),
        pl.col("building").sort_by("reading").first(),
        pl.col("building").n_unique().alias("in_buildings"),
        pl.col("score").max(),
        pl.col("margin").min(),
        pl.col("method").sort_by("reading").first(),
    )
    one = pl.col("units").list.len() == 1
    at_unit = best.filter(one).select(
        "question", "building", "score", "margin", "method",
        level=pl.lit("unit"), unit_code=pl.col("units").list.first(), candidates=pl.col("units"),
        proposed_room=pl.lit(None, pl.String),
    )  # fmt: skip
    several = best.filter(~one & (pl.col("in_buildings") == 1)).select(
        "question", "building", "score", pl.lit(0.0).alias("margin"), "method",
        level=pl.lit("building"), unit_code=pl.lit(None, pl.String), candidates=pl.col("units"),
        proposed_room=pl.lit(None, pl.String),
    )  # fmt: skip
    unclear = best.filter(~one & (pl.col("in_buildings") > 1)).select("question")
    rest = placed.join(pl.concat([at_unit, several]).select("question"), on="question", how="anti")
    # A reading that leaves no room over explains more than one that does; then the first choice.
    rest = rest.sort("question", pl.col("is_tied"), pl.col("room").is_not_null(), "reading")
    first = rest.unique("question", keep="first", maintain_order=True)
    left = (
        first.join(unclear.with_columns(is_unclear=pl.lit(True)), on="question", how="left")
        .with_columns(tied=pl.col("is_tied") | pl.col("is_unclear").fill_null(False))
        .select(
            "question", "building", "score", "margin", "method",
            level=pl.when("tied").then(pl.lit("tied")).otherwise(pl.lit("building")),
            unit_code=pl.lit(None, pl.String), buildings="buildings",
            proposed_room=pl.when(~pl.col("tied") & ~pl.col("is_beside") & ~pl.col("is_list")).then(
                pl.concat_str(pl.col("entrance") + "单元", "room", ignore_nulls=True)
            ),
        )
    )  # fmt: skip
    left = left.with_columns(proposed_room=pl.when(pl.col("proposed_room") != "").then("proposed_room"))
    left = left.join(_codes(left, index), on="question", how="left").drop("buildings")
    return pl.concat([frame.select(left.columns) for frame in (at_unit, several, left)])


def _room_spellings() -> pl.Expr:
    """The rooms a reading may mean: as said, or with its floor before it (3楼02 = 302, 19楼B = 19B).

    None where floor and room contradict each other (3楼502).
    """
    room, floor = pl.col("room"), pl.col("floor")
    digits = room.str.extract("^([0-9]+)[A-Z]?$", 1)
    above = pl.when(digits.str.len_chars() >= 3).then(digits.str.head(digits.str.len_chars().cast(pl.Int64) - 2))
    lettered = room.str.extract("^([0-9]+)[A-Z]$", 1)
    says_floor = pl.coalesce(above, pl.when(digits.str.len_chars() <= 2).then(lettered))
    contradicts = floor.is_not_null() & says_floor.is_not_null() & (says_floor != floor)
    needs_floor = floor.is_not_null() & says_floor.is_null() & room.str.contains("^[0-9A-Z]{1,2}$")
    with_floor = floor + pl.when(room.str.contains("^[0-9]+$")).then(room.str.zfill(2)).otherwise(room)
    return (
        pl.when(contradicts.fill_null(False))
        .then(pl.lit([], pl.List(pl.String)))
        .when(needs_floor.fill_null(False))
        .then(pl.concat_list(with_floor))
        .otherwise(pl.concat_list(room))
        .alias("spelling")
    )


def _codes(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """question, candidates: building codes of the rows in `buildings`."""
    return (
        frame.select("question", building="buildings")
        .explode("building")
        .join(index.buildings.select("building", "building_code"), on="building", how="left")
        .group_by("question")
        .agg(candidates=pl.col("building_code").sort())
    )
