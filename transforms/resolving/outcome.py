"""Door outcomes: what a grid worker found, brought back to the question it answers.

An outcome names the task it answers, or only a door. With a task it speaks of the one person asked about; with a door
alone it speaks of everybody in doubt there, and `vacant` of everybody claimed there.
"""

from __future__ import annotations

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.claim import CLAIM, IS_WITHDRAWN, TOLD_ON
from transforms.resolving.identity import id_expr
from transforms.resolving.roles import named, value

OUTCOME = {
    "feed_id": pl.String(),
    "record_id": pl.String(),
    "batch_id": pl.String(),
    "delivered_on": pl.Date(),
    "task_id": pl.String(),
    "outcome": pl.String(),
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "room": pl.String(),
    "visited_on": pl.Date(),
    "known_from": pl.Date(),
}
ANSWER = {
    "person_key": pl.String(),
    "place": pl.String(),
    "is_here": pl.Boolean(),
    "was_asked": pl.Boolean(),  # a question stood open; a vacant room speaks of people nobody asked about too
    "outcome": pl.String(),
    "visited_on": pl.Date(),
    "known_from": pl.Date(),
    "feed_id": pl.String(),
    "record_id": pl.String(),
    "batch_id": pl.String(),
    "delivered_on": pl.Date(),
}
HERE = ("lives_here",)
NOT_HERE = ("moved_out", "vacant")
DOOR_PRECEDENCE = 0  # before every department's


def outcomes_of(current: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """The outcomes of one feed, with the columns of OUTCOME; empty unless its subject is outcomes."""
    if contract.subject.kind != "outcome":
        return pl.LazyFrame(schema=OUTCOME)
    visited = pl.coalesce(
        value(current, contract, Role.EVENT_TIME, pl.Date()),
        value(current, contract, Role.VALID_FROM, pl.Date()),
        pl.col("known_from").cast(pl.Date),
    )
    return current.select(
        pl.lit(contract.feed_id).alias("feed_id"),
        "record_id",
        "batch_id",
        pl.col("delivered_on").cast(pl.Date),
        value(current, contract, Role.TASK_ID, pl.String()).alias("task_id"),
        value(current, contract, Role.OUTCOME, pl.String()).alias("outcome"),
        named(current, "unit_code", pl.String()).alias("unit_code"),
        named(current, "building_code", pl.String()).alias("building_code"),
        named(current, "proposed_room", pl.String()).alias("room"),
        visited.alias("visited_on"),
        pl.col("known_from").cast(pl.Date),
    )


def building_of_place() -> pl.Expr:
    """The building of column `place`, a unit or building code."""
    return pl.col("place").str.slice(0, 19)


def residence_doubt_id(person_key: pl.Expr) -> pl.Expr:
    """One person's residence is one question for life: the id stays when new claims reopen it."""
    return id_expr("residence", person_key)


def unit_doubt_id() -> pl.Expr:
    """Whether a room (columns building_code, room) exists is one question."""
    return id_expr("unit", pl.col("building_code"), pl.col("room"))


def task_id(doubt_id: pl.Expr, place: pl.Expr) -> pl.Expr:
    """One question asked at one door."""
    return id_expr("task", doubt_id, place)


def answers(outcomes: pl.DataFrame, claims: pl.LazyFrame, conflicts: pl.DataFrame) -> pl.DataFrame:
    """Who was found to live, or not to live, where: the latest answer per person and place (columns of ANSWER).

    `claims` are all residence claims ever made (so that a task still finds its person after the claims moved on);
    `conflicts` the person and place pairs in doubt now.
    """
    said = outcomes.filter(pl.col("outcome").is_in(HERE + NOT_HERE)).with_columns(
        pl.col("outcome").is_in(HERE).alias("is_here"),
        pl.coalesce("unit_code", "building_code").alias("place"),
    )
    said = said.filter(pl.col("place").is_not_null() | pl.col("task_id").is_not_null())
    if said.is_empty():
        return pl.DataFrame(schema=ANSWER)
    claimed = claims.select("person_key", pl.coalesce("unit_code", "building_code").alias("place")).filter(
        pl.col("place").is_not_null()
    )
    # A task asks at one door: an answer that names another building than the task's does not answer it.
    by_task = (
        said.drop("place")
        .join(tasks_asked(claimed, said), on="task_id", how="inner")
        .filter(pl.col("building_code").is_null() | (pl.col("building_code") == building_of_place()))
    )
    by_door = said.filter(pl.col("unit_code").is_not_null() & pl.col("task_id").is_null())
    empty = by_door.filter(pl.col("outcome") == "vacant")
    there = claimed.filter(pl.col("place").is_in(empty["place"].unique().implode())).unique().collect()
    everybody = empty.join(there, on="place", how="inner")
    in_doubt = by_door.join(conflicts.select("person_key", "place"), on="place", how="inner")
    unasked = everybody.join(conflicts, on=["person_key", "place"], how="anti")
    columns = list(ANSWER)
    return (
        pl.concat(
            [
                frame.with_columns(pl.lit(was_asked).alias("was_asked")).select(columns)
                for frame, was_asked in ((by_task, True), (in_doubt, True), (unasked, False))
            ]
        )
        .sort("person_key", "place", "visited_on", "known_from", "feed_id", "record_id")
        .unique(["person_key", "place"], keep="last", maintain_order=True)
    )


def tasks_asked(claimed: pl.LazyFrame, said: pl.DataFrame) -> pl.DataFrame:
    """Tasks that outcomes may name: person_key, place, task_id of `claimed` (person_key, place).

    Hashing every claim is the dear part: only those in buildings where a task was answered, unless one came without
    its building.
    """
    named = said.filter(pl.col("task_id").is_not_null())
    if named.is_empty():
        claimed = claimed.head(0)
    elif named["building_code"].null_count() == 0:
        claimed = claimed.filter(building_of_place().is_in(named["building_code"].unique().implode()))
    asked = task_id(residence_doubt_id(pl.col("person_key")), pl.col("place")).alias("task_id")
    return claimed.unique().with_columns(asked).collect().unique("task_id")


def door_claims(answered: pl.DataFrame) -> pl.LazyFrame:
    """The claims a door makes: this person lives here, as of the visit. Columns of claim.CLAIM."""
    at_unit = pl.col("place").str.len_chars() > 19
    # One visit may speak of a whole family: each claim needs a record of its own.
    several = pl.len().over("feed_id", "record_id", "batch_id") > 1
    member = pl.col("person_key").rank("ordinal").over("feed_id", "record_id", "batch_id").cast(pl.String)
    return (
        answered.lazy()
        .filter(pl.col("is_here"))
        .with_columns(
            pl.when(several)
            .then(pl.concat_str("record_id", member, separator="|"))
            .otherwise("record_id")
            .alias("record_id")
        )
        .select(
            "person_key",
            "feed_id",
            "record_id",
            "batch_id",
            "delivered_on",
            "known_from",
            pl.lit("residence").alias("kind"),
            pl.when(at_unit).then("place").alias("unit_code"),
            pl.col("place").str.slice(0, 19).alias("building_code"),
            pl.when(at_unit).then(pl.lit("unit")).otherwise(pl.lit("building")).alias("match_level"),
            pl.lit("code").alias("match_method"),
            pl.lit(1.0).alias("match_score"),
            pl.lit(DOOR_PRECEDENCE, pl.Int32).alias("precedence"),
            pl.col("visited_on").alias("valid_from"),
            pl.col("visited_on").alias(TOLD_ON),
            pl.lit(False).alias(IS_WITHDRAWN),
            *[
                pl.lit(None, CLAIM[name]).alias(name)
                for name in ("area_code", "residence_kind", "valid_to", "known_to")
            ],
        )
        .select(*CLAIM)
    )
