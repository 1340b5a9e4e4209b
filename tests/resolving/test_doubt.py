from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from schemas.table import load_tables
from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, DOOR, LEASES, POLICE, STUDENTS, TOWER, VILLAGE, at, change, key
from transforms.resolving.outcome import residence_doubt_id, task_id
from transforms.resolving.resolve import resolve

SINCE = date(2025, 11, 1)
TORN = {
    POLICE: [
        change("RK1", DAY1, person_key=key("a"), sex="male", birth_year=1985, registered_on=SINCE, **at(TOWER, 1))
    ],
    LEASES: [change("ZL1", DAY2, person_key=key("a"), starts_on=SINCE, **at(VILLAGE, 1))],
}


def outcome(said: str, number: int = 1, building: str = TOWER, day: date = DAY3, **cells: Any) -> dict[str, Any]:
    return change(f"RH{said}", day, outcome=said, visited_on=day, **{**at(building, number), **cells})


def only(rows: list[dict]) -> dict[str, Any]:
    (row,) = rows
    return row


def doubts(as_of: date = DAY3, **feeds: list[dict]) -> list[dict[str, Any]]:
    return resolve(town.evidence(as_of, **feeds))["quality.doubt"].to_dicts()


def home(as_of: date = DAY3, **feeds: list[dict]) -> dict[str, Any]:
    return only(resolve(town.evidence(as_of, **feeds))["population.residence"].to_dicts())


def task_at(building: str, number: int) -> str:
    place = pl.lit(town.unit(building, number))
    return pl.select(task_id(residence_doubt_id(pl.lit(key("a"))), place)).item()


def test_similar_sources_at_different_rooms_open_one_doubt() -> None:
    doubt = only(doubts(**TORN))
    assert (doubt["kind"], doubt["status"], doubt["outcome"]) == ("conflicting_residence", "open", None)
    assert (doubt["unit_code"], doubt["evidence"], doubt["grid_code"]) == (town.unit(TOWER, 1), 2, town.GRID_SOUTH)
    assert doubt["opened_on"] == DAY2, "the day the second source made it doubtful"
    assert doubt["due_on"] > DAY2
    assert home(**TORN)["doubt_id"] == doubt["doubt_id"]


def test_the_table_of_doubts_tells_of_no_person() -> None:
    tables = resolve(town.evidence(DAY3, **TORN))
    for name in ("quality.doubt", "quality.verification_task", "quality.correction_request"):
        assert key("a") not in tables[name].write_csv()
        assert set(tables[name].columns) <= set(load_tables()[name].column_names)


def test_a_rerun_finds_the_same_doubt() -> None:
    assert doubts(**TORN) == doubts(**TORN)


def test_sources_that_agree_or_differ_much_open_none() -> None:
    agreed = {**TORN, LEASES: [change("ZL1", DAY2, person_key=key("a"), starts_on=SINCE, **at(TOWER, 1))]}
    weak = {**TORN, LEASES: [change("ZL1", DAY2, person_key=key("a"), starts_on=date(2009, 1, 1), **at(VILLAGE, 1))]}
    assert doubts(**agreed) == []
    assert doubts(**weak) == []


def test_found_at_the_door_closes_it_and_wins() -> None:
    feeds = {**TORN, DOOR: [outcome("lives_here", 1, VILLAGE, task_id=task_at(VILLAGE, 1))]}
    doubt, residence = only(doubts(**feeds)), home(**feeds)
    assert (doubt["status"], doubt["outcome"], doubt["closed_on"]) == ("closed", "lives_here", DAY3)
    assert (residence["unit_code"], residence["is_verified"], residence["doubt_id"]) == (
        town.unit(VILLAGE, 1),
        True,
        None,
    )


def test_moved_out_leaves_the_other_place() -> None:
    feeds = {**TORN, DOOR: [outcome("moved_out", 1, TOWER)]}
    assert only(doubts(**feeds))["status"] == "closed"
    assert (home(**feeds)["unit_code"], home(**feeds)["is_verified"]) == (town.unit(VILLAGE, 1), False)


def test_an_answer_is_a_claim_like_any_other() -> None:
    feeds = {**TORN, DOOR: [outcome("lives_here", 1, VILLAGE)]}
    claims = resolve(town.evidence(DAY3, **feeds))["population.claim"].filter(pl.col("feed_id") == DOOR)
    assert only(claims.to_dicts())["unit_code"] == town.unit(VILLAGE, 1)


def test_nobody_at_home_leaves_it_open() -> None:
    feeds = {**TORN, DOOR: [outcome("not_reached", task_id=task_at(TOWER, 1))]}
    assert only(doubts(**feeds))["status"] == "open"
    assert (
        only(resolve(town.evidence(DAY3, **feeds))["quality.verification_task"].to_dicts())["status"] == "not_reached"
    )


def test_what_is_told_after_the_visit_opens_it_again_under_its_old_id() -> None:
    later = DAY3 + timedelta(days=30)
    moved = change("XJ1", later, person_key=key("a"), **at(TOWER, 3))
    lease = change("ZL2", later, person_key=key("a"), starts_on=later, **at(TOWER, 3))
    feeds = {
        **TORN,
        LEASES: [*TORN[LEASES], lease],
        STUDENTS: [change("XJ0", DAY1, person_key=key("z"), **at(VILLAGE, 2)), moved],
        DOOR: [outcome("lives_here", 1, VILLAGE)],
    }
    before = only(doubts(**TORN))
    after = [row for row in doubts(later, **feeds) if row["status"] == "open"]
    assert only(after)["doubt_id"] == before["doubt_id"]


def test_a_vacant_room_houses_nobody_told_of_before_though_nobody_doubted_it() -> None:
    tables = resolve(town.evidence(DAY3, **{POLICE: TORN[POLICE], DOOR: [outcome("vacant", 1, TOWER)]}))
    assert tables["population.residence"].is_empty()
    assert tables["quality.doubt"].is_empty()


def test_found_at_neither_place_is_an_answer_too() -> None:
    feeds = {**TORN, DOOR: [outcome("moved_out", 1, TOWER), outcome("vacant", 1, VILLAGE)]}
    tables = resolve(town.evidence(DAY3, **feeds))
    assert tables["population.residence"].is_empty()
    assert tables["quality.doubt"]["status"].to_list() == ["closed"]


def test_rooms_the_library_lacks_are_one_question_over_all_feeds() -> None:
    lacking = at(VILLAGE, room="301")
    feeds = {
        STUDENTS: [change("XJ1", DAY1, person_key=key("a"), **lacking)],
        POLICE: [
            change("RK1", DAY2, person_key=key("b"), **lacking),
            change("RK2", DAY2, person_key=key("c"), **lacking),
        ],
    }
    doubt = only(doubts(**feeds))
    assert (doubt["kind"], doubt["building_code"], doubt["room"]) == ("proposed_unit", VILLAGE, "301")
    assert (doubt["evidence"], doubt["opened_on"], doubt["status"]) == (2, DAY2, "open")  # when two feeds told
