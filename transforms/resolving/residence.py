"""population.residence: where each person lives now, as far as the sources let one say.

Every current claim weighs precedence x recency x match; claims of different feeds at one place strengthen it
(agreed); the heaviest place is the residence, and its lead over the next is the confidence.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from transforms.resolving.place import SIMILAR, agreed, sharpened, weight_expr

# Priors until door outcomes re-estimate them: an uncontested claim of no weight at all is wrong this often.
LONE_ERROR = 0.05


def current_residence_claims(claims: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Residence claims that stand, in known and in valid time, and mean at least a building."""
    day = pl.lit(as_of)
    return claims.filter(
        (pl.col("kind") == "residence")
        & pl.col("known_to").is_null()
        & (pl.col("valid_from").is_null() | (pl.col("valid_from") <= day))
        & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= day))
        & pl.col("building_code").is_not_null()
    )


def candidates(claims: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Where each person may live: one row a person and place.

    Columns: person_key, place (unit or building code), unit_code, building_code, weight, claims, sources, since,
    known_since, residence_kind. A claim that knows only the building supports the person's best unit there.
    """
    told = pl.coalesce("valid_from", "known_from").alias("told")
    weighed = current_residence_claims(claims, as_of).with_columns(weight_expr(as_of).alias("weight"), told)
    placed = sharpened(weighed, ["person_key"])
    by_feed = placed.group_by("person_key", "building_code", "unit_code", "feed_id").agg(
        pl.col("weight").max(),
        pl.len().alias("claims"),
        pl.col("told").min().alias("since"),
        pl.col("told").max().alias("last_told"),
        pl.col("known_from").min().alias("known_since"),
        pl.col("residence_kind").max(),
    )
    by_place = by_feed.group_by("person_key", "building_code", "unit_code").agg(
        pl.col("weight"),
        pl.col("claims").sum().cast(pl.Int32),
        pl.len().cast(pl.Int32).alias("sources"),
        pl.col("since").min(),
        pl.col("last_told").max(),
        pl.col("known_since").min(),
        pl.col("residence_kind").max(),
    )
    return by_place.with_columns(agreed(), pl.coalesce("unit_code", "building_code").alias("place"))


def without_refuted(places: pl.LazyFrame, answered: pl.LazyFrame) -> pl.LazyFrame:
    """Candidates without those the door denied: the place itself, or all others when the person was found at one.

    What was told after the visit stands: people move.
    """
    denied = answered.filter(~pl.col("is_here")).select("person_key", "place", pl.col("visited_on").alias("denied_on"))
    found = (
        answered.filter("is_here")
        .sort("visited_on", "known_from", "place")
        .unique("person_key", keep="last", maintain_order=True)
        .select("person_key", pl.col("place").alias("found_at"), pl.col("visited_on").alias("found_on"))
    )
    was_denied = pl.col("last_told") <= pl.col("denied_on")
    is_elsewhere = (pl.col("place") != pl.col("found_at")) & (pl.col("last_told") <= pl.col("found_on"))
    return (
        places.join(denied, on=["person_key", "place"], how="left")
        .join(found, on="person_key", how="left")
        .filter(~was_denied.fill_null(False) & ~is_elsewhere.fill_null(False))
        .drop("denied_on", "found_at", "found_on")
    )


def best(places: pl.LazyFrame) -> pl.LazyFrame:
    """The winner of each person with its rival: the columns of candidates + rival_place, rival_weight,
    rival_known_since, all_claims, all_sources. `places` are some of the candidates.

    The heaviest wins; equal weights fall to the later, then the lower code.
    """
    is_alone = pl.col("person_key").is_unique()  # most persons: nothing has to be put in order, and that is dear
    alone = places.filter(is_alone).with_columns(
        pl.lit(None, pl.String).alias("rival_place"),
        pl.lit(None, pl.Float64).alias("rival_weight"),
        pl.lit(None, pl.Date).alias("rival_known_since"),
        pl.col("claims").alias("all_claims"),
        pl.col("sources").alias("all_sources"),
    )
    order = places.filter(~is_alone).sort("weight", "since", "place", descending=[True, True, False])
    several = order.group_by("person_key").agg(
        pl.all().first(),
        pl.col("place").get(1, null_on_oob=True).alias("rival_place"),
        pl.col("weight").get(1, null_on_oob=True).alias("rival_weight"),
        pl.col("known_since").get(1, null_on_oob=True).alias("rival_known_since"),
        pl.col("claims").sum().alias("all_claims"),
        pl.col("sources").head(2).sum().alias("all_sources"),
    )
    return pl.concat([alone, several])


def is_conflicting() -> pl.Expr:
    """True where the runner-up weighs nearly as much as the winner."""
    return pl.col("rival_weight").fill_null(0.0) >= SIMILAR * pl.col("weight")


def residences(winners: pl.LazyFrame, open_doubts: pl.LazyFrame, answered: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of population.residence but for person.TRAITS and its building's areas (standing_in), one row a
    person. `open_doubts` holds person_key and doubt_id."""
    share = pl.col("weight") / (pl.col("weight") + pl.col("rival_weight").fill_null(0.0))
    found = answered.filter("is_here").select("person_key", "place", pl.lit(True).alias("is_verified"))
    return (
        winners.join(open_doubts.select("person_key", "doubt_id"), on="person_key", how="left")
        .join(found, on=["person_key", "place"], how="left")
        .select(
            "person_key",
            "unit_code",
            "building_code",
            "residence_kind",
            ((1.0 - LONE_ERROR * (1.0 - pl.col("weight"))) * share).round(4).alias("confidence"),
            pl.col("all_claims").alias("claims"),
            "sources",
            pl.col("is_verified").fill_null(False),
            "since",
            "doubt_id",
        )
    )
