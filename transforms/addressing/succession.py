"""What a new library owes the one it follows: a code is permanent, never given to another place and never forgotten
(SZDB/Z 281-2017). Rooms the door has found since the last import stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

CLOSE = 0.0005  # degrees, some 50 m: two centres of one building
_GONE = pl.col("status").fill_null("active") == "cancelled"
_PROPOSED = pl.col("status").fill_null("active") == "proposed"


@dataclass(frozen=True)
class Succession:
    """The new library with what it takes over, by table name.

    `vanished`: codes by table the new one lacks, taken over as cancelled. `kept`: rooms found by the door it lacks.
    """

    frames: dict[str, pl.DataFrame]
    vanished: dict[str, pl.Series]
    kept: pl.Series


def is_of_another_place(standing: dict[str, pl.DataFrame], new: dict[str, pl.DataFrame]) -> bool:
    """True when the new library knows no building of the standing one, neither by its code nor by its lineage."""
    known = pl.concat([new["building"]["building_code"], new["lineage"]["code"]])
    codes = standing["building"]["building_code"]
    return not codes.is_empty() and not codes.is_in(known.implode()).any()


def given_to_others(standing: dict[str, pl.DataFrame], new: dict[str, pl.DataFrame]) -> dict[str, pl.Series]:
    """Codes by table (building, unit) that mean another place in the new library than in the standing one.

    A unit is another when building, entrance, floor or room are told otherwise; what one of the two leaves open is no
    contradiction, a merged building keeps its units. A building is another when nothing of what both tell (name,
    number in the estate, number on the road, place) agrees; a single change is a rename.
    """
    unit = standing["unit"].join(new["unit"], on="unit_code", suffix="_new")
    merged = pl.col("building_code").is_in(new["lineage"]["code"].implode())
    moved = (pl.col("building_code") != pl.col("building_code_new")) & ~merged
    differs = [_written(name) != _written(f"{name}_new") for name in ("entrance", "floor", "room")]
    building = standing["building"].join(new["building"], on="building_code", suffix="_new")
    agree = [
        _written("name") == _written("name_new"),
        _both("estate", "estate_number"),
        _both("road", "road_number"),
        ((pl.col("lon") - pl.col("lon_new")).abs() < CLOSE) & ((pl.col("lat") - pl.col("lat_new")).abs() < CLOSE),
    ]
    told = pl.sum_horizontal(mark.is_not_null() for mark in agree)
    other = (told > 1) & ~pl.any_horizontal(mark.fill_null(False) for mark in agree)
    return {
        "building": building.filter(other)["building_code"],
        "unit": unit.filter(moved | pl.any_horizontal(mark.fill_null(False) for mark in differs))["unit_code"],
    }


def succeed(standing: dict[str, pl.DataFrame], new: dict[str, pl.DataFrame], day: date) -> Succession:
    """The new library with the codes of the standing one it lacks; frames in the shape of their declarations.

    A room the door found stays proposed while its building stands; where the new library gives it under a code of its
    own, the proposed code is cancelled and leads there. Every other missing code stays, cancelled on `day`.
    """
    building, unit = standing["building"], standing["unit"]
    lost = building.join(new["building"], on="building_code", how="anti")
    rooms = unit.join(new["unit"], on="unit_code", how="anti")
    stands = pl.col("building_code").is_in(new["building"].filter(~_GONE)["building_code"].implode())
    again = _under_another_code(rooms.filter(_PROPOSED), new["unit"].filter(~_GONE))
    stays = _PROPOSED & stands & ~pl.col("unit_code").is_in(again["code"].implode())
    kept = rooms.filter(stays)
    gone = rooms.filter(~stays)
    areas = standing["area"].join(new["area"], on="area_code", how="anti")
    carried = pl.concat([lost["building_code"], rooms["unit_code"]])
    changes = standing["lineage"].filter(pl.col("code").is_in(carried.implode()))
    changes = pl.concat([changes, again.with_columns(kind=pl.lit("renumber"), date=pl.lit(day))]).join(
        new["lineage"], on="code", how="anti"
    )
    frames = new | {
        "building": pl.concat([new["building"], _cancelled(lost, day)]),
        "unit": pl.concat([new["unit"], kept, _cancelled(gone, day)]),
        "area": pl.concat([new["area"], areas.with_columns(pl.col("valid_to").fill_null(day))]),
        "lineage": pl.concat([new["lineage"], changes]),
    }
    vanished = {
        "building": lost.filter(~_GONE)["building_code"],
        "unit": gone.filter(~_GONE)["unit_code"],
        "area": areas.filter(pl.col("valid_to").is_null())["area_code"],
    }
    return Succession(frames, vanished, kept["unit_code"])


def _under_another_code(proposed: pl.DataFrame, unit: pl.DataFrame) -> pl.DataFrame:
    """code, successor: rooms found by the door that the new library lists once, under its own code."""
    place: list[Any] = [pl.col("building_code"), _written("entrance").fill_null("").alias("entrance")]
    place.append(_written("room").alias("room"))
    listed = unit.select(*place, successor="unit_code").filter(
        ~pl.struct("building_code", "entrance", "room").is_duplicated()
    )
    return (
        proposed.select(*place, code="unit_code")
        .join(listed, on=["building_code", "entrance", "room"])
        .select("code", "successor")
    )


def _cancelled(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    """The rows, cancelled; those that were so already stay as they are."""
    return rows.with_columns(
        pl.lit("cancelled").alias("status"),
        pl.when(_GONE).then("last_changed").otherwise(pl.lit(day)).alias("last_changed"),
        (pl.col("version") + pl.when(_GONE).then(0).otherwise(1)).alias("version"),
    )


def _written(name: str) -> pl.Expr:
    """A cell as compared: forms, blanks and the words for unit and room apart; null where nothing is told."""
    text = pl.col(name).cast(pl.String).str.normalize("NFKC").str.replace_all(r"\s", "").str.to_uppercase()
    text = text.str.strip_suffix("单元").str.strip_suffix("室") if not name.startswith("name") else text
    return pl.when(text != "").then(text)


def _both(street: str, number: str) -> pl.Expr:
    """Whether a pair of cells is the same in both libraries, null where one of the four says nothing."""
    here, there = (_written(street), _written(number)), (_written(f"{street}_new"), _written(f"{number}_new"))
    is_told = pl.all_horizontal(cell.is_not_null() for cell in (*here, *there))
    return pl.when(is_told).then((here[0] == there[0]) & (here[1] == there[1]))
