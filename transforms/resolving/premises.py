"""entity.premises: where organisations are registered and where they operate.

Many at one address is lawful (一址多照).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.place import CERTAIN, SIMILAR, agreed, sharpened, weight_expr
from transforms.resolving.roles import beginning, has_organisations, named, value

EVIDENCE: dict[str, pl.DataType] = {
    "organisation_key": pl.String(),
    "kind": pl.String(),
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "feed_id": pl.String(),
    "match_score": pl.Float64(),
    "precedence": pl.Int32(),
    "valid_from": pl.Date(),
    "known_from": pl.Date(),
    "told_on": pl.Date(),
    "claims": pl.Int32(),
}
ENDED = ("cancelled", "moved_out")  # standings of a register under which nobody is at the place any more
PLACE = ["organisation_key", "kind", "unit_code", "building_code"]
OF_ORGANISATION = ("entity_type", "industry", "status")  # stand with its premises too
FOUND, MISSING = "premises_found", "premises_missing"


def premises_kind(contract: Contract) -> str | None:
    """What a record of this feed says of the organisation in it: registered, operating, or nothing of its place."""
    if not has_organisations(contract):
        return None
    if contract.subject.kind == "organisation":
        return contract.subject.premises or "registered"
    is_work = contract.subject.claim == "workplace"
    return contract.subject.premises or ("operating" if is_work or contract.subject.kind == "event" else None)


def evidence_of(
    current: pl.LazyFrame, contract: Contract, as_of: date, first_known: date | None = None
) -> pl.LazyFrame:
    """Places this feed knows organisations at, one row an organisation and place, with the columns of EVIDENCE.

    `first_known` is the day the feed's first delivery was known (None: the earliest of `current`).
    """
    kind = premises_kind(contract)
    if kind is None:
        return pl.LazyFrame(schema=EVIDENCE)
    is_register = contract.subject.kind == "organisation"
    standing = value(current, contract, Role.STATUS, pl.String()) if is_register else pl.lit(None, pl.String)
    seen = pl.coalesce(
        value(current, contract, Role.EVENT_TIME, pl.Date()), value(current, contract, Role.VALID_FROM, pl.Date())
    )
    rows = current.select(
        "organisation_key",
        "unit_code",
        "building_code",
        named(current, "match_score", pl.Float64()).alias("match_score"),
        seen.alias("valid_from"),
        value(current, contract, Role.VALID_TO, pl.Date()).alias("valid_to"),
        pl.col("known_from").cast(pl.Date),
        # As with claims: the first delivery of a feed tells old news and new alike.
        pl.when(pl.col("known_from") > beginning(first_known)).then("known_from").cast(pl.Date).alias("news_on"),
        standing.is_in(ENDED).fill_null(False).alias("has_ended"),
    )
    return (
        rows.filter(
            pl.col("organisation_key").is_not_null()
            & pl.col("building_code").is_not_null()
            & ~pl.col("has_ended")
            & (pl.col("valid_to").is_null() | (pl.col("valid_to") >= pl.lit(as_of)))
        )
        .group_by("organisation_key", "unit_code", "building_code")
        .agg(
            pl.col("match_score").max(),
            pl.col("valid_from").min(),
            pl.col("known_from").min(),
            # A register holds until it says otherwise; elsewhere the latest sighting counts.
            (pl.lit(as_of) if kind == "registered" else pl.coalesce("valid_from", "news_on").max()).alias("told_on"),
            pl.len().cast(pl.Int32).alias("claims"),
        )
        .with_columns(
            pl.lit(kind).alias("kind"),
            pl.lit(contract.feed_id).alias("feed_id"),
            pl.lit(contract.subject.precedence, pl.Int32).alias("precedence"),
        )
        .select(*EVIDENCE)
    )


def told_by_feed(evidence: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """What each feed tells of each organisation's places: organisation_key, kind, unit_code, building_code, feed_id,
    weight, claims, since, known_since."""
    weighed = sharpened(evidence.with_columns(weight_expr(as_of).alias("weight")), ["organisation_key", "kind"])
    return weighed.group_by(*PLACE, "feed_id").agg(
        pl.col("weight").max(),
        pl.col("claims").sum(),
        pl.coalesce("valid_from", "known_from").min().alias("since"),
        pl.col("known_from").min().alias("known_since"),
    )


def told_places(by_feed: pl.LazyFrame) -> pl.LazyFrame:
    """One row an organisation, kind and place, before the door is heard: weight, claims, sources, since."""
    by_place = by_feed.group_by(PLACE).agg(
        "weight", pl.col("claims").sum(), pl.len().cast(pl.Int32).alias("sources"), pl.col("since").min()
    )
    return by_place.with_columns(agreed())


def conflicts(by_feed: pl.LazyFrame) -> pl.DataFrame:
    """Where feeds of similar weight know an organisation's main operating premises in different buildings:
    organisation_key, unit_code, building_code (the heaviest), evidence (feeds), opened_on.

    Registered here and operating there is lawful and no question; several shops told by one feed neither.
    """
    main = (
        by_feed.filter(pl.col("kind") == "operating")
        .sort("organisation_key", "weight", "unit_code", "building_code", descending=[False, True, False, False])
        .unique(["organisation_key", "feed_id"], keep="first", maintain_order=True)
    )
    heaviest = main.group_by("organisation_key", maintain_order=True).agg(
        pl.col("unit_code", "building_code", "weight", "known_since").first(),
        pl.col("building_code").alias("buildings"),
        pl.col("weight").alias("weights"),
        pl.col("known_since").alias("known"),
    )
    rivals = heaviest.explode("buildings", "weights", "known").filter(
        (pl.col("buildings") != pl.col("building_code")) & (pl.col("weights") >= SIMILAR * pl.col("weight"))
    )
    return (
        rivals.filter(pl.col("unit_code").is_not_null())
        .group_by("organisation_key", "unit_code", "building_code")
        .agg(
            (pl.len() + 1).cast(pl.Int32).alias("evidence"),
            pl.max_horizontal(pl.col("known_since").max(), pl.col("known").min()).alias("opened_on"),
        )
        .collect()
    )


def premises(places: pl.LazyFrame, visits: pl.DataFrame, doubts: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of entity.premises but for OF_ORGANISATION and its building's areas (standing_in). `places` is
    told_places, `visits` latest_visits, `doubts` the open ones by organisation_key and unit_code.

    The door wins for operating premises: `premises_found` confirms everybody told of at the unit, `premises_missing`
    ends what was told before the visit. Registered premises belong to the register and stay as it has them.
    """
    told = places.join(visits.lazy(), on="unit_code", how="left")
    found = (
        told.filter(pl.col("outcome") == FOUND)
        .sort("organisation_key", "unit_code", "kind")  # operating before registered
        .unique(["organisation_key", "unit_code"], keep="first", maintain_order=True)
        .with_columns(
            pl.lit("operating").alias("kind"), pl.lit(CERTAIN).alias("weight"), pl.lit(True).alias("is_verified")
        )
    )
    is_operating = pl.col("kind") == "operating"
    gone = is_operating & (pl.col("outcome") == MISSING) & (pl.col("since") <= pl.col("visited_on"))
    replaced = is_operating & (pl.col("outcome") == FOUND)
    rest = told.filter(~(gone | replaced).fill_null(False)).with_columns(pl.lit(False).alias("is_verified"))
    kinds = doubts.with_columns(pl.lit("operating").alias("kind"))
    return (
        pl.concat([rest, found])
        .join(kinds, on=["organisation_key", "unit_code", "kind"], how="left")
        .select(
            "organisation_key",
            "kind",
            "unit_code",
            "building_code",
            pl.col("weight").round(4).alias("confidence"),
            "claims",
            "sources",
            "is_verified",
            "since",
            "doubt_id",
        )
    )


def latest_visits(outcomes: pl.DataFrame) -> pl.DataFrame:
    """The last word on operating premises per unit: unit_code, outcome, visited_on."""
    return (
        outcomes.filter(pl.col("outcome").is_in([FOUND, MISSING]) & pl.col("unit_code").is_not_null())
        .sort("unit_code", "visited_on", "known_from", "record_id")
        .unique("unit_code", keep="last", maintain_order=True)
        .select("unit_code", "outcome", "visited_on")
    )
