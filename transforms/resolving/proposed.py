"""quality.proposed_unit: rooms the library lacks collect evidence before anybody is sent to the door.

One record may be a slip of the pen. A second feed, or the same feed again on another day, is not: the thresholds stand
here alone.
"""

from __future__ import annotations

import polars as pl

ENOUGH_FEEDS = 2
ENOUGH_RECORDS, ENOUGH_DAYS = 3, 2  # of one feed: so many records, become known on so many days
WITH_ENTRANCE = r"^(.+单元)(.+)$"
STATUS_OF_OUTCOME = {"room_exists": "found", "room_missing": "missing"}


def proposed_rooms(records: pl.LazyFrame) -> pl.LazyFrame:
    """Rooms records tell of and the library lacks: building_code, room, evidence (feeds), records, days, first_seen,
    last_seen, opened_on (the day the evidence became enough, null before).

    `records` holds feed_id, building_code, proposed_room, known_from of current records of all feeds.
    """
    day = pl.col("known_from").cast(pl.Date)
    by_feed = (
        records.filter(pl.col("proposed_room").is_not_null() & pl.col("building_code").is_not_null())
        .group_by("building_code", pl.col("proposed_room").alias("room"), "feed_id")
        .agg(pl.len().alias("records"), day.drop_nulls().sort().alias("told_on"))
        .with_columns(first=pl.col("told_on").list.first(), different=pl.col("told_on").list.unique().list.sort())
        .with_columns(
            # Both must hold: the last of so many records, and of so many days.
            again=pl.max_horizontal(
                pl.col("told_on").list.get(ENOUGH_RECORDS - 1, null_on_oob=True),
                pl.when(pl.col("records") >= ENOUGH_RECORDS).then(
                    pl.col("different").list.get(ENOUGH_DAYS - 1, null_on_oob=True)
                ),
            ),
            is_again=(pl.col("different").list.len() >= ENOUGH_DAYS) & (pl.col("records") >= ENOUGH_RECORDS),
        )
    )
    return (
        by_feed.group_by("building_code", "room")
        .agg(
            pl.len().cast(pl.Int32).alias("evidence"),
            pl.col("records").sum().cast(pl.Int32),
            pl.col("told_on").explode().n_unique().cast(pl.Int32).alias("days"),
            pl.col("first").min().alias("first_seen"),
            pl.col("told_on").list.last().max().alias("last_seen"),
            pl.col("first").sort().alias("firsts"),
            pl.col("again").filter("is_again").min(),
        )
        .with_columns(
            opened_on=pl.min_horizontal(pl.col("firsts").list.get(ENOUGH_FEEDS - 1, null_on_oob=True), "again")
        )
        .drop("firsts", "again")
    )


def proposed_units(rooms: pl.DataFrame, outcomes: pl.DataFrame, provisional: pl.DataFrame) -> pl.DataFrame:
    """Rows of quality.proposed_unit: `rooms` as of `proposed_rooms`, and those the door has spoken of, `outcomes` as of
    `room_outcomes`; `provisional` are units the door has opened (unit_code, building_code, room).
    """
    keys = ["building_code", "room"]
    said = outcomes.select(*keys, "outcome", "visited_on")
    rows = rooms.join(said, on=keys, how="full", coalesce=True).join(
        provisional.select(*keys, "unit_code"), on=keys, how="left"
    )
    return rows.select(
        "building_code",
        pl.col("room").str.extract(WITH_ENTRANCE, 1).alias("entrance"),
        pl.coalesce(pl.col("room").str.extract(WITH_ENTRANCE, 2), "room").alias("room"),
        pl.col("evidence").fill_null(0).alias("feeds"),
        pl.col("records").fill_null(0),
        pl.col("days").fill_null(0),
        pl.coalesce("first_seen", "visited_on").alias("first_seen"),
        pl.coalesce("last_seen", "visited_on").alias("last_seen"),
        pl.col("opened_on").alias("asked_on"),
        pl.when(pl.col("outcome").is_not_null())
        .then(pl.col("outcome").replace_strict(STATUS_OF_OUTCOME, default=None, return_dtype=pl.String))
        .when(pl.col("opened_on").is_not_null())
        .then(pl.lit("asked"))
        .otherwise(pl.lit("collecting"))
        .alias("status"),
        "unit_code",
    )
