"""population.person: everybody any feed has told of, by token, with what may be known: sex, birth year, status."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from transforms.resolving.claim import IS_WITHDRAWN
from transforms.resolving.roles import has_persons, named, value

TRAITS = {"sex": pl.String(), "birth_year": pl.Int32(), "school_cohort": pl.Int32()}
VITAL = {"person_key": pl.String(), "vital_event": pl.String(), "happened_on": pl.Date()}


def traits_of(history: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """One row a person of this feed: person_key, sex, birth_year, school_cohort."""
    if not has_persons(contract):
        return pl.LazyFrame(schema={"person_key": pl.String(), **TRAITS})
    return (
        history.filter(pl.col("person_key").is_not_null())
        .select("person_key", *[named(history, name, dtype).alias(name) for name, dtype in TRAITS.items()])
        .group_by("person_key")
        .agg(pl.all().max())  # the traits come from the identifier itself, so feeds agree; max only skips nulls
    )


def vital_events_of(current: pl.LazyFrame, contract: Contract) -> pl.LazyFrame:
    """Births and deaths a feed reports: person_key, vital_event (birth, death), happened_on."""
    if contract.column_of(Role.VITAL_EVENT) is None or not has_persons(contract):
        return pl.LazyFrame(schema=VITAL)
    happened = pl.coalesce(
        value(current, contract, Role.EVENT_TIME, pl.Date()),
        value(current, contract, Role.VALID_FROM, pl.Date()),
        pl.col("known_from").cast(pl.Date),
    )
    return current.filter(pl.col("person_key").is_not_null()).select(
        "person_key",
        value(current, contract, Role.VITAL_EVENT, pl.String()).alias("vital_event"),
        happened.alias("happened_on"),
    )


def persons(
    traits: Mapping[str, pl.LazyFrame], vital_events: pl.LazyFrame, claims: pl.LazyFrame, as_of: date
) -> pl.LazyFrame:
    """person_key, sex, birth_year, school_cohort, status (living, died, left), status_date.

    `left` is what a department said: a register of residents no longer holds the person's record and nobody else
    claims them; its date is the day their last claim ended. A lease that ran out, or was put right to name
    another tenant, does not say where its tenant went: without any other claim that person is living, at no residence.
    """
    everybody = pl.concat([traits[feed] for feed in sorted(traits)]).group_by("person_key").agg(pl.all().max())
    deaths = (
        vital_events.filter(pl.col("vital_event") == "death")
        .group_by("person_key")
        .agg(pl.col("happened_on").min().alias("died_on"))
    )
    ended = pl.min_horizontal("known_to", pl.col("valid_to") + pl.duration(days=1))
    presence = (
        claims.with_columns(pl.when(ended <= as_of).then(ended).alias("ended_on"))
        .group_by("person_key")
        .agg(
            pl.col("ended_on").is_null().any().alias("is_present"),
            pl.col(IS_WITHDRAWN).any().alias("is_gone"),
            pl.col("ended_on").max().alias("left_on"),
        )
    )
    died = pl.col("died_on").is_not_null()
    left = (~pl.col("is_present") & pl.col("is_gone")).fill_null(False)
    return (
        everybody.join(deaths, on="person_key", how="left")
        .join(presence, on="person_key", how="left")
        .select(
            "person_key",
            *TRAITS,
            pl.when(died)
            .then(pl.lit("died"))
            .when(left)
            .then(pl.lit("left"))
            .otherwise(pl.lit("living"))
            .alias("status"),
            pl.when(died).then("died_on").when(left).then("left_on").alias("status_date"),
        )
    )
