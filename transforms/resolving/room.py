"""Rooms the library lacks: proposed by records, opened by the door as provisional units, adopted by the records."""

from __future__ import annotations

import polars as pl

from transforms.resolving.outcome import task_id, unit_doubt_id
from transforms.resolving.proposed import WITH_ENTRANCE

ROOM_EXISTS, ROOM_MISSING = "room_exists", "room_missing"
SUFFIX = 6  # positions of the room part of a code


def room_outcomes(outcomes: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """The last word on each proposed room: building_code, room, outcome, visited_on, known_from.

    `rooms` (building_code, room) are the proposed rooms, so that an outcome may name its task alone.
    """
    said = outcomes.filter(pl.col("outcome").is_in([ROOM_EXISTS, ROOM_MISSING]))
    tasks = rooms.select(
        task_id(unit_doubt_id(), room_place()).alias("task_id"),
        pl.col("building_code").alias("task_building"),
        pl.col("room").alias("task_room"),
    )
    return (
        said.join(tasks, on="task_id", how="left")
        .with_columns(
            pl.coalesce("task_building", "building_code").alias("building_code"),
            pl.coalesce("task_room", "room").alias("room"),
        )
        .filter(pl.col("building_code").is_not_null() & pl.col("room").is_not_null())
        .sort("building_code", "room", "visited_on", "known_from", "record_id")
        .unique(["building_code", "room"], keep="last", maintain_order=True)
        .select("building_code", "room", "outcome", "visited_on", "known_from")
    )


def room_place() -> pl.Expr:
    """The door of a room that has no code yet."""
    return pl.col("building_code") + "|" + pl.col("room")


def provisional_units(said: pl.DataFrame, unit: pl.DataFrame, addresses: pl.DataFrame) -> pl.DataFrame:
    """New rows of address.unit, status proposed, for rooms the door found and the library lacks.

    Their codes follow the highest sequence ever given in the building, in the order the rooms became known: a code is
    never reused (SZDB/Z 281-2017). `addresses` is address.full_addresses.
    """
    known = unit.select("building_code", door_text().alias("room"))
    wanted = (
        said.filter(pl.col("outcome") == ROOM_EXISTS)
        .join(known, on=["building_code", "room"], how="anti")
        .join(addresses, on="building_code", how="inner")
        .sort("building_code", "known_from", "visited_on", "room")
    )
    highest = unit.group_by("building_code").agg(
        pl.col("unit_code").str.slice(19, SUFFIX).cast(pl.Int64, strict=False).max().alias("highest")
    )
    sequence = pl.col("highest").fill_null(0) + pl.int_range(1, pl.len() + 1).over("building_code")
    return (
        wanted.join(highest, on="building_code", how="left", maintain_order="left")
        .with_columns((pl.col("building_code") + sequence.cast(pl.String).str.zfill(SUFFIX)).alias("unit_code"))
        .select(
            "unit_code",
            "building_code",
            pl.col("room").str.extract(WITH_ENTRANCE, 1).alias("entrance"),
            pl.coalesce(pl.col("room").str.extract(WITH_ENTRANCE, 2), "room").alias("room"),
            pl.concat_str("full_address", "room", pl.lit("室")).alias("standard_address"),
            pl.lit("proposed").alias("status"),
            pl.col("visited_on").alias("first_seen"),
            pl.col("visited_on").alias("last_changed"),
            pl.lit(1, pl.Int32).alias("version"),
        )
    )


def door_text() -> pl.Expr:
    """A room as a record proposes it: 501, or 2单元501 where the building has entrances."""
    return pl.concat_str("entrance", "room", ignore_nulls=True)


def adoptable(unit: pl.DataFrame) -> pl.LazyFrame:
    """Rooms that stand once in their building: building_code, proposed_room, adopted (unit code)."""
    return (
        unit.lazy()
        .filter((pl.col("status") != "cancelled").fill_null(True) & pl.col("room").is_not_null())
        .group_by("building_code", door_text().alias("proposed_room"))
        .agg(pl.col("unit_code").first().alias("adopted"), pl.len().alias("rooms"))
        .filter(pl.col("rooms") == 1)
        .drop("rooms")
    )


def adopted(records: pl.LazyFrame, rooms: pl.LazyFrame) -> pl.LazyFrame:
    """Records whose proposed room has since entered the library, keyed to it; all others as they are."""
    if "proposed_room" not in records.collect_schema():
        return records
    columns = records.collect_schema().names()
    is_adopted = pl.col("adopted").is_not_null() & pl.col("unit_code").is_null()
    return (
        records.join(rooms, on=["building_code", "proposed_room"], how="left", maintain_order="left")
        .with_columns(
            pl.when(is_adopted).then("adopted").otherwise("unit_code").alias("unit_code"),
            pl.when(is_adopted).then(pl.lit("unit")).otherwise("match_level").alias("match_level"),
            pl.when(is_adopted).then(None).otherwise("proposed_room").alias("proposed_room"),
        )
        .select(columns)
    )
