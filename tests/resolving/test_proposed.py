from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, DOOR, POLICE, STUDENTS, VILLAGE, at, change, key
from transforms.resolving.proposed import proposed_rooms
from transforms.resolving.resolve import resolve

D = [date(2026, 3, day) for day in range(1, 10)]


def opened(*told: tuple[str, date], room: str | None = "301") -> Any:
    """The day the evidence is enough, of records (feed, known from) that tell of one room."""
    rows = pl.DataFrame(
        [{"feed_id": feed, "building_code": VILLAGE, "proposed_room": room, "known_from": day} for feed, day in told],
        schema={"feed_id": pl.String, "building_code": pl.String, "proposed_room": pl.String, "known_from": pl.Date},
    )
    found = proposed_rooms(rows.lazy()).collect()
    return found["opened_on"].to_list()


@pytest.mark.parametrize(
    ("told", "enough"),
    [
        ([("a", D[0])], None),
        ([("a", D[0]), ("a", D[0]), ("a", D[0]), ("a", D[0])], None),  # a family in one delivery
        ([("a", D[0]), ("a", D[3])], None),
        ([("a", D[0]), ("a", D[0]), ("a", D[3])], D[3]),
        ([("a", D[0]), ("a", D[1]), ("a", D[4]), ("a", D[6])], D[4]),
        ([("a", D[0]), ("b", D[2])], D[2]),
        ([("b", D[5]), ("a", D[0]), ("c", D[2])], D[2]),
        ([("a", D[0]), ("a", D[1]), ("a", D[2]), ("b", D[6])], D[2]),
    ],
)
def test_enough_is_a_second_feed_or_three_records_of_one_on_two_days(
    told: list[tuple[str, date]], enough: date | None
) -> None:
    assert opened(*told) == [enough]


def test_a_record_without_a_room_proposes_none() -> None:
    assert opened(("a", D[0]), room=None) == []


LACKING = at(VILLAGE, room="2单元301")


def test_evidence_is_kept_while_it_is_collected_and_nobody_is_asked() -> None:
    tables = resolve(town.evidence(DAY3, **{POLICE: [change("RK1", DAY1, person_key=key("a"), **LACKING)]}))
    assert tables["quality.proposed_unit"].rows(named=True) == [
        {"building_code": VILLAGE, "entrance": "2单元", "room": "301", "feeds": 1, "records": 1, "days": 1,
         "first_seen": DAY1, "last_seen": DAY1, "asked_on": None, "status": "collecting", "unit_code": None}
    ]  # fmt: skip
    assert tables["quality.doubt"].is_empty() and tables["quality.verification_task"].is_empty()


def test_a_second_feed_sends_somebody_to_the_door_and_the_door_decides() -> None:
    told = {
        POLICE: [change("RK1", DAY1, person_key=key("a"), **LACKING)],
        STUDENTS: [change("XJ1", DAY2, person_key=key("b"), **LACKING)],
    }
    tables = resolve(town.evidence(DAY3, **told))
    (row,) = tables["quality.proposed_unit"].to_dicts()
    assert (row["feeds"], row["asked_on"], row["status"]) == (2, DAY2, "asked")
    assert tables["quality.verification_task"].height == 1
    missing = change("RH1", DAY3, outcome="room_missing", visited_on=DAY3, **LACKING)
    (row,) = resolve(town.evidence(DAY3, **told, **{DOOR: [missing]}))["quality.proposed_unit"].to_dicts()
    assert row["status"] == "missing"
