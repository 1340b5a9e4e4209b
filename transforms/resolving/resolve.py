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
    people,
    person,
    premises,
    proposed,
    room,
    standing_in,
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


@dataclass(frozen=True)
class Organisations:
    """entity.organisation and entity.premises of some organisations, and whose main premises are in dispute where
    (`torn`, premises.conflicts).
    """

    organisations: pl.DataFrame
    premises: pl.DataFrame
    torn: pl.DataFrame


def minted(evidence: Evidence) -> pl.DataFrame:
    """Units the door has found and the library lacks yet (rows for address.unit); empty when there is none."""
    said = room.room_outcomes(outcomes_of(evidence), proposed_in(evidence.contracts, evidence.history))
    return units_to_mint(said, evidence.library, evidence.as_of)


def units_to_mint(said_of_rooms: pl.DataFrame, library: Mapping[str, pl.DataFrame], as_of: date) -> pl.DataFrame:
    """Rows for address.unit from what the door said of rooms (room.room_outcomes)."""
    if said_of_rooms.filter(pl.col("outcome") == room.ROOM_EXISTS).is_empty():
        return room.provisional_units(said_of_rooms, library["address.unit"].head(0), _NO_ADDRESSES)
    areas = area.hierarchy(library["address.area"], as_of)
    addresses = address.full_addresses(library["address.building"], areas)
    return room.provisional_units(said_of_rooms, library["address.unit"], addresses)


_NO_ADDRESSES = pl.DataFrame(schema={"building_code": pl.String, "full_address": pl.String})


def resolve(evidence: Evidence) -> dict[str, pl.DataFrame]:
    """population.*, entity.*, event.event and quality.doubt, .proposed_unit, .verification_task,
    .correction_request by table name: everything at once, in memory.

    A publish takes the same steps a share at a time (`transforms/releasing`).
    """
    contracts, as_of, library = evidence.contracts, evidence.as_of, evidence.library
    rooms = room.adoptable(library["address.unit"])
    history = {feed: room.adopted(rows, rooms) for feed, rows in evidence.history.items()}
    current = {feed: room.adopted(rows, rooms) for feed, rows in evidence.current.items()}
    feeds = sorted(contracts)
    outcomes = outcomes_of(evidence)

    claims = pl.concat([claim.claims_of(history[feed], contracts[feed]) for feed in feeds]).collect().lazy()
    vital = vital_of(current, contracts)
    best = people.winners(claims, vital, as_of)
    answers = people.answered(outcomes, claims, best)
    heard = outcome.door_claims(answers).collect()
    traits = pl.concat([person.traits_of(history[feed], contracts[feed]) for feed in feeds])
    found = people.people(claims, heard, traits=traits, vital=vital, best=best, answers=answers, as_of=as_of)
    everything = pl.concat([claims, heard.lazy()]).collect()
    visits = premises.latest_visits(outcomes)
    entities = organisations_of(current, contracts, visits, {}, as_of)
    building = library["address.building"]
    areas = area.hierarchy(library["address.area"], as_of)
    told = pl.concat([event.events_of(current[feed], contracts[feed]) for feed in feeds]).collect()
    registered = pl.concat([premises.evidence_of(current[feed], contracts[feed], as_of) for feed in feeds])
    return {
        "population.person": found.persons,
        "population.claim": everything,
        "population.residence": standing_in.placed(found.residences, building),
        "entity.organisation": entities.organisations,
        "entity.premises": standing_in.placed(entities.premises, building),
        "event.event": event.events(told, building, library["address.area"], areas),
        **questions(
            found.doubts,
            entities.torn,
            outcomes=outcomes,
            lacking=proposed_in(contracts, current),
            ever_lacking=proposed_in(contracts, evidence.history),
            registered=registered.filter(pl.col("kind") == "registered").collect(),
            household=everything.filter((pl.col("kind") == "household_register") & pl.col("known_to").is_null()),
            contracts=contracts,
            library=library,
            as_of=as_of,
        ),
    }


def organisations_of(
    current: Mapping[str, pl.LazyFrame],
    contracts: Mapping[str, Contract],
    visits: pl.DataFrame,
    first_known: Mapping[str, date | None],
    as_of: date,
) -> Organisations:
    """Organisations told of in `current` records by feed, all records of each of them; `visits` are
    premises.latest_visits; `first_known` by feed as in premises.evidence_of.
    """
    told = [
        premises.evidence_of(rows, contracts[feed], as_of, first_known.get(feed))
        for feed, rows in sorted(current.items())
    ]
    evidence = pl.concat([pl.LazyFrame(schema=premises.EVIDENCE), *told]).collect()
    by_feed = premises.told_by_feed(evidence.lazy(), as_of).collect().lazy()
    torn = premises.conflicts(by_feed)
    asked = doubt.premises_doubts(torn, visits).filter(pl.col("status") == "open")
    in_doubt = torn.join(asked.select("unit_code", "doubt_id"), on="unit_code", how="inner")
    in_doubt = in_doubt.select("organisation_key", "unit_code", "doubt_id")
    mentions = [organisation.mentions_of(rows, contracts[feed]) for feed, rows in sorted(current.items())]
    found = organisation.organisations(pl.concat([pl.LazyFrame(schema=organisation.MENTION), *mentions])).collect()
    places = premises.premises(premises.told_places(by_feed), visits, in_doubt.lazy())
    traits = found.lazy().select("organisation_key", *premises.OF_ORGANISATION)
    return Organisations(found, places.join(traits, on="organisation_key", how="left").collect(), torn)


def questions(
    residence_doubts: pl.DataFrame,
    torn: pl.DataFrame,
    *,
    outcomes: pl.DataFrame,
    lacking: pl.DataFrame,
    ever_lacking: pl.DataFrame,
    registered: pl.DataFrame,
    household: pl.DataFrame,
    contracts: Mapping[str, Contract],
    library: Mapping[str, pl.DataFrame],
    as_of: date,
) -> dict[str, pl.DataFrame]:
    """quality.doubt, .proposed_unit, .verification_task and .correction_request.

    `residence_doubts` in the columns of doubt.INNER; `lacking` and `ever_lacking` are proposed_rooms of current records
    and of every change (of the latter building_code and room are read); `registered` (feed_id, unit_code) and
    `household` (feed_id, unit_code), as correction.corrections reads them, need hold visited units alone.
    """
    building, unit = library["address.building"], library["address.unit"]
    said_of_rooms = room.room_outcomes(outcomes, ever_lacking)
    provisional = unit.filter(pl.col("status") == "proposed").select(
        "unit_code", "building_code", room.door_text().alias("room")
    )
    doubts = pl.concat(
        [
            residence_doubts,
            doubt.unit_doubts(lacking, said_of_rooms, provisional),
            doubt.premises_doubts(torn, premises.latest_visits(outcomes)),
        ]
    )
    return {
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
        "quality.correction_request": correction.corrections(outcomes, said_of_rooms, registered, household, contracts),
    }


def vital_of(current: Mapping[str, pl.LazyFrame], contracts: Mapping[str, Contract]) -> pl.DataFrame:
    """Births and deaths of all feeds (person.VITAL)."""
    told = [person.vital_events_of(rows, contracts[feed]) for feed, rows in sorted(current.items())]
    return pl.concat([pl.LazyFrame(schema=person.VITAL), *told]).collect()


def outcomes_of(evidence: Evidence) -> pl.DataFrame:
    """What the door found, of all feeds (outcome.OUTCOME)."""
    feeds = sorted(evidence.contracts)
    return pl.concat(
        [outcome.outcomes_of(evidence.current[feed], evidence.contracts[feed]) for feed in feeds]
    ).collect()


def proposed_in(contracts: Mapping[str, Contract], records: Mapping[str, pl.LazyFrame]) -> pl.DataFrame:
    """Rooms that `records` of any feed tell of and the library lacked: current ones say which it lacks now, the
    history which it ever lacked, for an answer may name the task alone and come when the records are keyed to the
    room."""
    wanted = ["building_code", "proposed_room", "known_from"]
    rows = [
        frame.select(pl.lit(feed).alias("feed_id"), *wanted)
        for feed, frame in sorted(records.items())
        if contracts[feed].subject.kind != "outcome"  # an answer is no evidence for its own question
    ]
    return proposed.proposed_rooms(pl.concat(rows)).collect()
