"""Persons, from their claims: who lives where, what is in doubt of it, and what the door answered.

Everything here is about each person alone, so that a share of the persons gives the same rows as all of them: only
`outcome.door_claims` numbers those whom one visit found, and is asked once for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from transforms.resolving import doubt, outcome, person, residence


@dataclass(frozen=True)
class People:
    """population.person and population.residence of some persons; their residence doubts in the columns of
    doubt.INNER.
    """

    persons: pl.DataFrame
    residences: pl.DataFrame
    doubts: pl.DataFrame


def residence_claims(claims: pl.LazyFrame) -> pl.LazyFrame:
    """Claims of where a person lives, ever made by a feed."""
    return claims.filter(pl.col("kind") == "residence")


def winners(claims: pl.LazyFrame, vital: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Where each living person most likely lives before the door is heard (residence.best)."""
    places = residence.candidates(_alive(claims, vital), as_of).collect()
    return residence.best(places.lazy()).collect()


def answered(outcomes: pl.DataFrame, claims: pl.LazyFrame, best: pl.DataFrame) -> pl.DataFrame:
    """What the door said of these persons (columns of outcome.ANSWER); `best` are their `winners`."""
    return outcome.answers(outcomes, residence_claims(claims), doubt.conflicts(best))


def people(
    claims: pl.LazyFrame,
    heard: pl.DataFrame,
    *,
    traits: pl.LazyFrame,
    vital: pl.DataFrame,
    best: pl.DataFrame,
    answers: pl.DataFrame,
    as_of: date,
) -> People:
    """Persons, residences and doubts. `claims` are the feeds' (claim.INNER), `heard` the door's, of the same persons.

    `traits` has person_key and person.TRAITS, a row or several a person; `answers` are `answered`.
    """
    spoken_of = answers.lazy().select("person_key").unique()
    asked_again = pl.concat([_alive(claims, vital).join(spoken_of, on="person_key", how="semi"), heard.lazy()])
    places = residence.candidates(asked_again, as_of)
    settled = residence.best(residence.without_refuted(places, answers.lazy())).collect()
    doubts = doubt.residence_doubts(best, settled, answers)
    still = doubts.filter(pl.col("status") == "open").lazy()
    final = pl.concat([best.lazy().join(spoken_of, on="person_key", how="anti"), settled.lazy()], how="diagonal")
    everything = pl.concat([claims, heard.lazy()])
    persons = person.persons({"": traits}, vital.lazy(), everything, as_of).collect()
    homes = residence.residences(final, still, answers.lazy())
    known = persons.lazy().select("person_key", *person.TRAITS)
    return People(persons, homes.join(known, on="person_key", how="left").collect(), doubts)


def _alive(claims: pl.LazyFrame, vital: pl.DataFrame) -> pl.LazyFrame:
    dead = vital.filter(pl.col("vital_event") == "death").select("person_key").lazy()
    return residence_claims(claims).join(dead, on="person_key", how="anti")
