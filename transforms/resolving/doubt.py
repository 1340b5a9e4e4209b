"""quality.doubt: open questions on one attribute of a place. A doubt knows its person only inside this package: the
published table never does.

An id is a hash of what is asked, so that reruns agree and an answer given weeks later still finds its question.
"""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from transforms.resolving.identity import id_expr
from transforms.resolving.outcome import residence_doubt_id, unit_doubt_id
from transforms.resolving.residence import is_conflicting

RESIDENCE_DUE = timedelta(days=30)
UNIT_DUE = timedelta(days=60)
# What the table of doubts holds, and person_key and place for the tasks and the residences.
DOUBT: dict[str, pl.DataType] = {
    "doubt_id": pl.String(),
    "kind": pl.String(),
    "attribute": pl.String(),
    "reason": pl.String(),
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "room": pl.String(),
    "evidence": pl.Int32(),
    "gain": pl.Float64(),
    "opened_on": pl.Date(),
    "due_on": pl.Date(),
    "status": pl.String(),
    "outcome": pl.String(),
    "closed_on": pl.Date(),
}
INNER = {**DOUBT, "person_key": pl.String(), "place": pl.String()}


def conflicts(winners: pl.DataFrame) -> pl.DataFrame:
    """Person and place pairs in doubt: the winner and its near equal, one row each (person_key, place)."""
    conflicting = winners.filter(is_conflicting())
    return pl.concat(
        [
            conflicting.select("person_key", "place"),
            conflicting.select("person_key", pl.col("rival_place").alias("place")),
        ]
    )


def residence_doubts(winners: pl.DataFrame, settled: pl.DataFrame, answered: pl.DataFrame) -> pl.DataFrame:
    """Doubts on where a person lives, with the columns of INNER.

    `winners` are the best places before the door was heard, `settled` those of the persons the door spoke of, after it.
    A doubt is closed when an answer left no near equal; it opens again when newer claims disagree with the door.
    """
    unheard = winners.join(answered.select("person_key"), on="person_key", how="anti")
    still = (
        pl.concat([unheard, settled], how="diagonal")
        .filter(is_conflicting())
        .with_columns(pl.lit("open").alias("status"))
    )
    # An answer closes the doubt even where it left the person without any place.
    closed = (
        answered.filter("was_asked")
        .sort("visited_on", "known_from", "place")
        .unique("person_key", keep="last", maintain_order=True)
        .join(still.select("person_key"), on="person_key", how="anti")
        .join(
            winners.select("person_key", pl.col("all_sources").alias("sources"), "rival_known_since", "known_since"),
            on="person_key",
            how="left",
        )
    )
    opened = pl.max_horizontal("known_since", "rival_known_since")
    share = pl.col("rival_weight") / pl.col("weight")
    rows = pl.concat(
        [
            still.select(
                "person_key",
                "place",
                "unit_code",
                "building_code",
                pl.col("all_sources").alias("evidence"),
                share.round(4).alias("gain"),
                opened.alias("opened_on"),
                "status",
                pl.lit(None, pl.String).alias("outcome"),
                pl.lit(None, pl.Date).alias("closed_on"),
            ),
            closed.select(
                "person_key",
                "place",
                pl.when(pl.col("place").str.len_chars() > 19).then("place").alias("unit_code"),
                pl.col("place").str.slice(0, 19).alias("building_code"),
                pl.col("sources").fill_null(0).alias("evidence"),
                pl.lit(0.0).alias("gain"),
                pl.min_horizontal(pl.coalesce(opened, "visited_on"), "visited_on").alias("opened_on"),
                pl.lit("closed").alias("status"),
                "outcome",
                pl.col("visited_on").alias("closed_on"),
            ),
        ],
        how="diagonal_relaxed",
    )
    return rows.with_columns(
        residence_doubt_id(pl.col("person_key")).alias("doubt_id"),
        pl.lit("conflicting_residence").alias("kind"),
        pl.lit("residence").alias("attribute"),
        pl.lit("分量相近的来源登记了不同的居住地").alias("reason"),
        pl.lit(None, pl.String).alias("room"),
        (pl.col("opened_on") + RESIDENCE_DUE).alias("due_on"),
    ).select(pl.col(name).cast(dtype) for name, dtype in INNER.items())


def unit_doubts(rooms: pl.DataFrame, outcomes: pl.DataFrame, provisional: pl.DataFrame) -> pl.DataFrame:
    """Doubts on whether a room exists, with the columns of INNER (person_key null).

    `rooms` are `proposed.proposed_rooms`: nobody is asked before the evidence is enough. `outcomes` are
    `room_outcomes`; `provisional` the units the door has opened (unit_code, building_code, room).
    """
    visited = outcomes.join(rooms, on=["building_code", "room"], how="left").select(
        "building_code",
        "room",
        pl.coalesce("evidence", pl.lit(1, pl.Int32)).alias("evidence"),
        pl.coalesce("records", pl.lit(1, pl.Int32)).alias("records"),
        pl.coalesce(pl.min_horizontal("opened_on", "first_seen", "visited_on"), "visited_on").alias("opened_on"),
        "outcome",
        pl.col("visited_on").alias("closed_on"),
    )
    asked = rooms.filter(pl.col("opened_on").is_not_null()).join(
        outcomes.select("building_code", "room"), on=["building_code", "room"], how="anti"
    )
    asked = asked.drop("days", "first_seen", "last_seen")
    rows = pl.concat([asked, visited], how="diagonal").join(
        provisional.select("building_code", "room", "unit_code"), on=["building_code", "room"], how="left"
    )
    return rows.with_columns(
        unit_doubt_id().alias("doubt_id"),
        pl.lit("proposed_unit").alias("kind"),
        pl.lit("unit").alias("attribute"),
        pl.lit("来源提到的房号不在地址库中").alias("reason"),
        # The more feeds tell of a room, the likelier a visit adds it.
        (1.0 - pl.lit(0.5) ** pl.col("evidence")).alias("gain"),
        (pl.col("opened_on") + UNIT_DUE).alias("due_on"),
        pl.when(pl.col("closed_on").is_null()).then(pl.lit("open")).otherwise(pl.lit("closed")).alias("status"),
        pl.lit(None, pl.String).alias("person_key"),
        (pl.col("building_code") + "|" + pl.col("room")).alias("place"),
    ).select(pl.col(name).cast(dtype) for name, dtype in INNER.items())


def premises_doubts(conflicts: pl.DataFrame, visits: pl.DataFrame) -> pl.DataFrame:
    """Doubts on whether anybody told of at a room operates there, with the columns of INNER (person_key null).

    One a room, however many are told of there: the question names none of them.
    """
    rows = (
        conflicts.group_by("unit_code", "building_code")
        .agg(pl.col("evidence").max(), pl.col("opened_on").min(), pl.col("organisation_key").n_unique().alias("asked"))
        .join(visits, on="unit_code", how="left")
        .with_columns(pl.col("visited_on").alias("closed_on"))
    )
    return rows.with_columns(
        premises_doubt_id().alias("doubt_id"),
        pl.lit("conflicting_premises").alias("kind"),
        pl.lit("operating_premises").alias("attribute"),
        pl.lit("分量相近的来源登记了不同的经营场所").alias("reason"),
        pl.lit(None, pl.String).alias("room"),
        pl.when(pl.col("closed_on").is_null()).then(1.0 - pl.lit(0.5) ** pl.col("asked")).otherwise(0.0).alias("gain"),
        (pl.col("opened_on") + UNIT_DUE).alias("due_on"),
        pl.when(pl.col("closed_on").is_null()).then(pl.lit("open")).otherwise(pl.lit("closed")).alias("status"),
        pl.lit(None, pl.String).alias("person_key"),
        pl.col("unit_code").alias("place"),
    ).select(pl.col(name).cast(dtype) for name, dtype in INNER.items())


def premises_doubt_id() -> pl.Expr:
    """Whether those told of at a room (column unit_code) operate there is one question."""
    return id_expr("premises", pl.col("unit_code"))
