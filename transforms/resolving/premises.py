"""entity.premises: where organisations are registered and where they operate.

Many at one address is lawful (一址多照).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.place import CERTAIN, agreement, sharpened, weight_expr
from transforms.resolving.roles import has_organisations, named, value

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
FOUND, MISSING = "premises_found", "premises_missing"


def premises_kind(contract: Contract) -> str | None:
    """What a record of this feed says of the organisation in it: registered, operating, or nothing of its place."""
    if not has_organisations(contract):
        return None
    if contract.subject.kind == "organisation":
        return contract.subject.premises or "registered"
    is_work = contract.subject.claim == "workplace"
    return contract.subject.premises or ("operating" if is_work or contract.subject.kind == "event" else None)


def evidence_of(current: pl.LazyFrame, contract: Contract, as_of: date) -> pl.LazyFrame:
    """Places this feed knows organisations at, one row an organisation and place, with the columns of EVIDENCE."""
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
            (pl.lit(as_of) if kind == "registered" else pl.col("valid_from").max()).alias("told_on"),
            pl.len().cast(pl.Int32).alias("claims"),
        )
        .with_columns(
            pl.lit(kind).alias("kind"),
            pl.lit(contract.feed_id).alias("feed_id"),
            pl.lit(contract.subject.precedence, pl.Int32).alias("precedence"),
        )
        .select(*EVIDENCE)
    )


def told_places(evidence: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Where feeds place each organisation, one row an organisation, kind and place, before the door is heard.

    Columns: organisation_key, kind, unit_code, building_code, weight, claims, sources, since, known_since.
    """
    weighed = sharpened(evidence.with_columns(weight_expr(as_of).alias("weight")), ["organisation_key", "kind"])
    place = ["organisation_key", "kind", "unit_code", "building_code"]
    by_feed = weighed.group_by(*place, "feed_id").agg(
        pl.col("weight").max(),
        pl.col("claims").sum(),
        pl.coalesce("valid_from", "known_from").min().alias("since"),
        pl.col("known_from").min().alias("known_since"),
    )
    return by_feed.group_by(place).agg(
        agreement(),
        pl.col("claims").sum(),
        pl.len().cast(pl.Int32).alias("sources"),
        pl.col("since").min(),
        pl.col("known_since").min(),
    )


def conflicts(places: pl.LazyFrame) -> pl.DataFrame:
    """Registered rooms whose organisation every other feed knows in other buildings: organisation_key, unit_code,
    building_code, evidence (feeds), opened_on. Lawful perhaps; the door knows whether it still operates there."""
    operating = places.filter(pl.col("kind") == "operating")
    elsewhere = operating.group_by("organisation_key").agg(
        pl.col("sources").max().alias("other_sources"), pl.col("known_since").min().alias("other_known_since")
    )
    here = operating.select("organisation_key", "building_code")
    registered = places.filter((pl.col("kind") == "registered") & pl.col("unit_code").is_not_null())
    return (
        registered.join(here, on=["organisation_key", "building_code"], how="anti")
        .join(elsewhere, on="organisation_key", how="inner")
        .select(
            "organisation_key",
            "unit_code",
            "building_code",
            (pl.col("sources") + pl.col("other_sources")).alias("evidence"),
            pl.max_horizontal("known_since", "other_known_since").alias("opened_on"),
        )
        .collect()
    )


def premises(places: pl.LazyFrame, visits: pl.DataFrame, doubts: pl.LazyFrame) -> pl.LazyFrame:
    """The columns of entity.premises. `places` is told_places, `visits` latest_visits, `doubts` the open ones by
    organisation_key and unit_code.

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
    kinds = doubts.with_columns(pl.lit("registered").alias("kind"))
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
