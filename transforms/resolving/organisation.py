"""entity.organisation: every organisation any feed tells of, by token, as the feed with the best standing tells it."""

from __future__ import annotations

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.roles import has_organisations, value

TRAITS = {
    "name": Role.ORGANISATION_NAME,
    "entity_type": Role.ENTITY_TYPE,
    "industry": Role.INDUSTRY,
    "status": Role.STATUS,
}
MENTION: dict[str, pl.DataType] = {
    "organisation_key": pl.String(),
    **dict.fromkeys(TRAITS, pl.String()),
    "standing": pl.Int32(),
    "first_seen": pl.Date(),
    "last_changed": pl.Date(),
}
SOLE_TRADER = "sole_trader"
BYSTANDER = 10  # a feed that is about something else tells of organisations after all that are about them


def mentions_of(current: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """One row an organisation of this feed, its latest record, with the columns of MENTION."""
    if not has_organisations(contract):
        return pl.LazyFrame(schema=MENTION)
    is_register = contract.subject.kind == "organisation"
    standing = contract.subject.precedence + (0 if is_register else BYSTANDER)
    # A status in another feed is the status of its own records, not of the organisation.
    told = {name: role for name, role in TRAITS.items() if is_register or role is Role.ORGANISATION_NAME}
    return (
        current.filter(pl.col("organisation_key").is_not_null())
        .select(
            "organisation_key",
            *[
                (value(current, contract, role, pl.String()) if name in told else pl.lit(None, pl.String)).alias(name)
                for name, role in TRAITS.items()
            ],
            pl.lit(standing, pl.Int32).alias("standing"),
            pl.col("known_from").cast(pl.Date).alias("first_seen"),
            pl.col("known_from").cast(pl.Date).alias("last_changed"),
            "record_id",
        )
        .sort("organisation_key", "last_changed", "record_id")
        .group_by("organisation_key", maintain_order=True)
        .agg(
            *[pl.col(name).drop_nulls().last() for name in TRAITS],
            pl.col("standing").first(),
            pl.col("first_seen").min(),
            pl.col("last_changed").max(),
        )
        .select(*MENTION)
    )


def organisations(mentions: pl.LazyFrame) -> pl.LazyFrame:
    """organisation_key, name, entity_type, industry, status, first_seen, last_changed; one row an organisation."""
    merged = (
        mentions.sort("organisation_key", "standing", "last_changed", "name", descending=[False, False, True, False])
        .group_by("organisation_key", maintain_order=True)
        .agg(
            *[pl.col(name).drop_nulls().first() for name in TRAITS],
            pl.col("first_seen").min(),
            # The register decides what changed; a mention elsewhere changes nothing.
            pl.col("last_changed").filter(pl.col("standing") == pl.col("standing").min()).max(),
        )
    )
    is_person = (pl.col("entity_type") == SOLE_TRADER).fill_null(False)
    return merged.with_columns(pl.when(~is_person).then("name").alias("name"))
