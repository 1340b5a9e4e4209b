"""The steps from record histories to resolved tables, in the order a reader would ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.contract import Contract
from transforms.resolving import (
    address,
    area,
    claim,
    correction,
    doubt,
    event,
    organisation,
    outcome,
    person,
    premises,
    proposed,
    residence,
    room,
    task,
)


@dataclass(frozen=True)
class Evidence:
    """Everything resolving reads: per feed its contract, its history (in the order batches were let in) and its current
    records; the address library by table name; and the day as of which it is asked."""

    contracts: Mapping[str, Contract]
    history: Mapping[str, pl.LazyFrame]
    current: Mapping[str, pl.LazyFrame]
    library: Mapping[str, pl.DataFrame]
    as_of: date


def minted(evidence: Evidence) -> pl.DataFrame:
    """Units the door has found and the library lacks yet (rows for address.unit); empty when there is none."""
    said = room.room_outcomes(_outcomes(evidence), _proposed(evidence, evidence.history))
    areas = area.hierarchy(evidence.library["address.area"], evidence.as_of)
    addresses = address.full_addresses(evidence.library["address.building"], areas)
    return room.provisional_units(said, evidence.library["address.unit"], addresses)


def resolve(evidence: Evidence) -> dict[str, pl.DataFrame]:
    """population.*, entity.*, event.event and quality.doubt, .proposed_unit, .verification_task,
    .correction_request by table name."""
    contracts, as_of, library = evidence.contracts, evidence.as_of, evidence.library
    rooms = room.adoptable(library["address.unit"])
    history = {feed: room.adopted(rows, rooms) for feed, rows in evidence.history.items()}
    current = {feed: room.adopted(rows, rooms) for feed, rows in evidence.current.items()}
    feeds = sorted(contracts)
    outcomes = _outcomes(evidence)

    claims = pl.concat([claim.claims_of(history[feed], contracts[feed]) for feed in feeds]).collect()
    vital = pl.concat([person.vital_events_of(current[feed], contracts[feed]) for feed in feeds]).collect()
    dead = vital.filter(pl.col("vital_event") == "death").select("person_key").lazy()

    said = claims.lazy().filter(pl.col("kind") == "residence")
    places = residence.candidates(said.join(dead, on="person_key", how="anti"), as_of).collect()
    winners = residence.best(residence.ranked(places.lazy())).collect()
    answered = outcome.answers(outcomes, said, doubt.conflicts(winners))
    heard = outcome.door_claims(answered).collect()
    settled = _settled(said.join(dead, on="person_key", how="anti"), heard, answered, as_of)
    claims = pl.concat([claims, heard])
    doubts = doubt.residence_doubts(winners, settled, answered)
    open_doubts = doubts.filter(pl.col("status") == "open").lazy()
    spoken_of = answered.lazy().select("person_key").unique()
    final = pl.concat([winners.lazy().join(spoken_of, on="person_key", how="anti"), settled.lazy()], how="diagonal")

    traits = {feed: person.traits_of(history[feed], contracts[feed]) for feed in feeds}
    persons = person.persons(traits, vital.lazy(), claims.lazy(), as_of).collect()

    lacking = _proposed(evidence, current)
    said_of_rooms = room.room_outcomes(outcomes, _proposed(evidence, evidence.history))
    unit = library["address.unit"]
    provisional = unit.filter(pl.col("status") == "proposed").select(
        "unit_code", "building_code", room.door_text().alias("room")
    )

    evidence_of = pl.concat([premises.evidence_of(current[feed], contracts[feed], as_of) for feed in feeds]).collect()
    by_feed = premises.told_by_feed(evidence_of.lazy(), as_of).collect().lazy()
    visits = premises.latest_visits(outcomes)
    torn = premises.conflicts(by_feed)
    doubts = pl.concat(
        [doubts, doubt.unit_doubts(lacking, said_of_rooms, provisional), doubt.premises_doubts(torn, visits)]
    )
    asked = doubts.filter((pl.col("kind") == "conflicting_premises") & (pl.col("status") == "open"))
    torn = torn.join(asked.select("unit_code", "doubt_id"), on="unit_code", how="inner")

    areas = area.hierarchy(library["address.area"], as_of)
    told = pl.concat([event.events_of(current[feed], contracts[feed]) for feed in feeds]).collect()
    building = library["address.building"]
    return {
        "population.person": persons,
        "population.claim": claims.select(*claim.CLAIM),
        "population.residence": residence.residences(final, open_doubts, answered.lazy()).collect(),
        "entity.organisation": organisation.organisations(
            pl.concat([organisation.mentions_of(current[feed], contracts[feed]) for feed in feeds])
        ).collect(),
        "entity.premises": premises.premises(
            premises.told_places(by_feed), visits, torn.lazy().select("organisation_key", "unit_code", "doubt_id")
        ).collect(),
        "event.event": event.events(told, building, library["address.area"], areas),
        "quality.doubt": doubts.join(
            building.select("building_code", "grid_code"), on="building_code", how="left"
        ).drop("person_key", "place"),
        "quality.proposed_unit": proposed.proposed_units(lacking, said_of_rooms, provisional),
        "quality.verification_task": task.tasks(
            doubts,
            outcomes=outcomes,
            building=building,
            unit=unit,
            work_grid=library["address.work_grid"],
            as_of=as_of,
        ),
        "quality.correction_request": correction.corrections(
            outcomes,
            said_of_rooms,
            evidence_of.filter(pl.col("kind") == "registered"),
            claims.filter((pl.col("kind") == "household_register") & pl.col("known_to").is_null()),
            contracts,
        ),
    }


def _settled(said: pl.LazyFrame, heard: pl.DataFrame, answered: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Winners of the persons the door spoke of, after it: the door's claims added, what it denied left out."""
    persons = answered.lazy().select("person_key").unique()
    with_door = pl.concat([said.join(persons, on="person_key", how="semi"), heard.lazy()])
    places = residence.candidates(with_door, as_of)
    return residence.best(residence.ranked(residence.without_refuted(places, answered.lazy()))).collect()


def _outcomes(evidence: Evidence) -> pl.DataFrame:
    feeds = sorted(evidence.contracts)
    return pl.concat(
        [outcome.outcomes_of(evidence.current[feed], evidence.contracts[feed]) for feed in feeds]
    ).collect()


def _proposed(evidence: Evidence, records: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Rooms that `records` of any feed tell of and the library lacked: current ones say which it lacks now, the
    history which it ever lacked, for an answer may name the task alone and come when the records are keyed to the
    room."""
    wanted = ["building_code", "proposed_room", "known_from"]
    rows = [
        frame.select(pl.lit(feed).alias("feed_id"), *wanted)
        for feed, frame in sorted(records.items())
        if evidence.contracts[feed].subject.kind != "outcome"  # an answer is no evidence for its own question
    ]
    return proposed.proposed_rooms(pl.concat(rows)).collect()
