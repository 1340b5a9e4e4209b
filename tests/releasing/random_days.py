"""Days of the town by chance: people move, die and are put right, shops open, doors are answered, days come late,
rooms are found. The same seed gives the same days.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import polars as pl

from schemas.contract import load_contracts
from schemas.home import Home
from schemas.table import load_tables
from tests.resolving import town
from tests.resolving.town import (
    DOOR,
    FIRE,
    LEASES,
    POLICE,
    REGISTER,
    REQUESTS,
    STUDENTS,
    TOWER,
    VILLAGE,
    VITAL,
    WORK,
    at,
    key,
    moment,
    unit,
)
from transforms.lake.letters import letters_of
from transforms.lake.store import Lake
from transforms.resolving.outcome import residence_doubt_id, task_id

PLACES = (TOWER, VILLAGE, town.SHED, town.MOVED)
PERSONS, FIRMS = "abcdefgh", "klmn"


class Days:
    """One lake's life: `tell` lets a day of deliveries in."""

    def __init__(self, home: Home, seed: int) -> None:
        self.home, self.chance, self.redrawing = home, random.Random(seed), random.Random(seed)
        self.known: dict[str, dict[str, dict[str, Any]]] = {feed: {} for feed in FEEDS}
        self.batches = 0

    def tell(self, day: date, known_on: date | None = None) -> None:
        """Each feed, or not, delivers some changes of the day; `known_on` is later for a day that comes late."""
        for feed, make in FEEDS.items():
            if self.chance.random() < 0.3:
                continue
            rows = [self._change(feed, make(self, day), day, known_on or day) for _ in range(self.chance.randint(1, 3))]
            self._let_in(feed, day, {row["record_id"]: row for row in rows}, known_on or day)

    def _change(self, feed: str, cells: dict[str, Any], day: date, known_on: date) -> dict[str, Any]:
        records = self.known[feed]
        again = self.chance.random()
        record = self.chance.choice(sorted(records)) if records and again < 0.6 else f"{feed[:3]}{len(records)}"
        if record in records and again < 0.15:
            gone = {**records.pop(record), "operation": "delete", "delivered_on": day, "known_from": known_on}
            return gone
        before = records.get(record, {})
        kept = {name: before[name] for name in ("person_key",) if name in before and self.chance.random() < 0.9}
        told = town.change(
            record, known_on, delivered=day, operation="update" if before else "insert", **{**cells, **kept}
        )
        records[record] = told
        return told

    def _let_in(self, feed: str, day: date, rows: dict[str, dict[str, Any]], known_on: date) -> None:
        self.batches += 1
        contract = load_contracts()[feed]
        batch = letters_of(feed, str(self.batches))
        changes = [{**row, "batch_id": batch} for row in rows.values()]
        lake = Lake(self.home)
        lake.write_batch(f"record_history.{feed}", town.history(contract, changes).collect(), feed, batch)
        row = {"batch_id": batch, "feed_id": feed, "delivered_on": day, "known_on": known_on, "status": "loaded"}
        empty = dict.fromkeys(load_tables()["quality.batch"].column_names)
        row["committed_at"] = moment(date(2026, 3, 9)) + timedelta(seconds=self.batches)
        lake.commit({**empty, **row, "is_late": known_on > day, "received": len(changes), "loaded": len(changes)})

    def redraw(self) -> None:
        """A building falls to the other street."""
        lake = Lake(self.home)
        building = lake.read("address.building")
        is_moved = pl.col("building_code") == self.redrawing.choice(PLACES)
        for name, sides in (("street_code", (town.SOUTH, town.NORTH)), ("community_code", town.COMMUNITIES)):
            other = pl.col(name).replace_strict(dict(zip(sides, reversed(sides), strict=True)))
            building = building.with_columns(pl.when(is_moved).then(other).otherwise(name).alias(name))
        lake.replace("address.building", building)

    def place(self) -> dict[str, Any]:
        """A room, a building, a room the library lacks, or nothing."""
        building, kind = self.chance.choice(PLACES), self.chance.random()
        score = self.chance.choice((1.0, 0.9, 0.8))
        if kind < 0.6:
            return at(building, self.chance.randint(1, 3), score=score)
        if kind < 0.75:
            return at(building, score=score)
        return at(building, room=self.chance.choice(("301", "302"))) if kind < 0.95 else {"match_level": "none"}

    def around(self, day: date) -> date:
        """A day some days before or after."""
        return day + timedelta(days=self.chance.randint(-6, 4))

    def person(self) -> dict[str, Any]:
        """Somebody of the town."""
        name = self.chance.choice(PERSONS)
        return {
            "person_key": key(name),
            "sex": "male" if name in "aceg" else "female",
            "birth_year": 1950 + ord(name) % 50,
        }


def _resident(days: Days, day: date) -> dict[str, Any]:
    return {**days.person(), **days.place(), "registered_on": days.around(day)}


def _lease(days: Days, day: date) -> dict[str, Any]:
    starts = days.around(day)
    ends = starts + timedelta(days=days.chance.randint(0, 9))
    return {**days.person(), **days.place(), "starts_on": starts, "ends_on": days.chance.choice((ends, None))}


def _student(days: Days, _day: date) -> dict[str, Any]:
    return {**days.person(), **days.place()}


def _vital(days: Days, day: date) -> dict[str, Any]:
    kind = days.chance.choice(("birth", "birth", "death"))
    return {**days.person(), **days.place(), "event_kind": kind, "happened_on": f"{days.around(day):%Y%m%d}"}


def _work(days: Days, _day: date) -> dict[str, Any]:
    return {**days.person(), **days.place(), "organisation_key": key(days.chance.choice(FIRMS))}


def _firm(days: Days, day: date) -> dict[str, Any]:
    return {
        **days.place(),
        "organisation_key": key(days.chance.choice(FIRMS)),
        "name": days.chance.choice(("海旺商贸", "海旺百货")),
        "entity_type": "company",
        "status": days.chance.choice(("active", "active", "cancelled")),
        "registered_on": days.around(day),
        "expires_on": days.chance.choice((None, days.around(day))),
    }


def _inspection(days: Days, day: date) -> dict[str, Any]:
    return {
        **days.place(),
        "organisation_key": key(days.chance.choice(FIRMS)),
        "inspected_at": moment(days.around(day)),
    }


def _request(days: Days, day: date) -> dict[str, Any]:
    point = {"lon": 113.93 + days.chance.random() / 500, "lat": 22.66 + days.chance.random() / 500}
    return {
        "kind": "noise",
        "occurred_at": moment(day),
        **days.chance.choice((days.place(), {"match_level": "none", **point})),
    }


def _answer(days: Days, day: date) -> dict[str, Any]:
    said = days.chance.choice(
        (
            "lives_here",
            "moved_out",
            "vacant",
            "room_exists",
            "room_missing",
            "premises_found",
            "premises_missing",
            "not_reached",
        )
    )
    cells = {"outcome": said, "visited_on": days.around(day), **days.place()}
    building, number = days.chance.choice(PLACES), days.chance.randint(1, 3)
    if said in ("lives_here", "moved_out", "vacant") and days.chance.random() < 0.6:
        person = pl.DataFrame({"person_key": [days.person()["person_key"]], "place": [unit(building, number)]})
        task = person.select(task_id(residence_doubt_id(pl.col("person_key")), pl.col("place"))).item()
        where = at(building, number) if days.chance.random() < 0.8 else {"match_level": "none"}
        return {"outcome": said, "visited_on": days.around(day), "task_id": task, **where}
    return cells


FEEDS = {
    POLICE: _resident,
    LEASES: _lease,
    STUDENTS: _student,
    VITAL: _vital,
    WORK: _work,
    REGISTER: _firm,
    FIRE: _inspection,
    REQUESTS: _request,
    DOOR: _answer,
}
