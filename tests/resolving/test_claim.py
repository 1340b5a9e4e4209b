from __future__ import annotations

from datetime import date

from schemas.contract import contract_of
from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, LEASES, POLICE, TOWER, VILLAGE, at, change, key
from transforms.resolving.claim import claims_of


def told(feed: str, *rows: dict) -> list[dict]:
    contract = contract_of(feed)
    return claims_of(town.history(contract, rows), contract).collect().sort("record_id", "known_from").to_dicts()


def test_a_changed_record_closes_the_claim_before_it_and_keeps_it() -> None:
    first, second = told(
        POLICE,
        change("RK1", DAY1, person_key=key("a"), **at(TOWER, 1)),
        change("RK1", DAY3, operation="update", person_key=key("a"), **at(VILLAGE, 2)),
    )
    assert (first["unit_code"], first["known_from"], first["known_to"]) == (town.unit(TOWER, 1), DAY1, DAY3)
    assert (second["unit_code"], second["known_from"], second["known_to"]) == (town.unit(VILLAGE, 2), DAY3, None)


def test_a_record_that_vanished_closes_its_claim() -> None:
    (claim,) = told(
        POLICE,
        change("RK1", DAY1, person_key=key("a"), **at(TOWER, 1)),
        change("RK1", DAY2, operation="delete", person_key=key("a")),
    )
    assert (claim["known_to"], claim["is_withdrawn"]) == (DAY2, True)


def test_an_old_day_delivered_late_never_was_what_the_lake_believed() -> None:
    """Day 1's delivery arrives on day 3, when day 2's already stands."""
    rows = told(
        POLICE,
        change("RK1", DAY2, person_key=key("a"), **at(TOWER, 1)),
        change("RK1", DAY3, delivered=DAY1, operation="update", person_key=key("a"), **at(VILLAGE, 1)),
    )
    believed = [(row["unit_code"], row["known_from"], row["known_to"]) for row in rows]
    assert believed == [(town.unit(TOWER, 1), DAY2, None), (town.unit(VILLAGE, 1), DAY3, DAY3)]


def test_valid_time_and_precedence_come_from_the_contract() -> None:
    (claim,) = told(
        LEASES,
        change("ZL1", DAY1, person_key=key("a"), starts_on=date(2025, 6, 1), ends_on=date(2026, 5, 31), **at(TOWER, 1)),
    )
    assert (claim["kind"], claim["valid_from"], claim["valid_to"]) == ("residence", date(2025, 6, 1), date(2026, 5, 31))
    assert claim["precedence"] == contract_of(LEASES).subject.precedence


def test_an_undated_claim_of_the_first_delivery_has_no_age() -> None:
    first, later = told(
        town.STUDENTS,
        change("XJ1", DAY1, person_key=key("a"), **at(TOWER, 1)),
        change("XJ2", DAY2, person_key=key("b"), **at(TOWER, 2)),
    )
    assert (first["told_on"], later["told_on"]) == (None, DAY2)


def test_records_without_a_person_claim_nothing() -> None:
    assert told(POLICE, change("RK1", DAY1, **at(TOWER, 1))) == []
    assert told(town.REQUESTS, change("QQ1", DAY1, **at(TOWER, 1))) == []


def late_snapshot(**late: object) -> list[dict]:
    """Day 2's snapshot arrives when day 3's stands: one batch tells of its day, and again what day 3 left unsaid."""
    batch = {"batch_id": "l" * 16, "known_from": DAY3, "is_late": True}
    first = change("RK1", DAY1, person_key=key("a"), **at(TOWER, 1))
    again = {**first, **batch, "operation": "update", "delivered_on": DAY3, "known_from": DAY1}
    return [first, {**first, "operation": "update", "delivered_on": DAY2, **batch, **late}, again]


def test_what_a_late_snapshot_says_again_is_no_new_claim() -> None:
    rows = told(POLICE, *late_snapshot(**at(VILLAGE, 1)))
    times = [(row["unit_code"], row["delivered_on"], row["known_from"], row["known_to"]) for row in rows]
    assert times == [
        (town.unit(TOWER, 1), DAY1, DAY1, None),
        (town.unit(VILLAGE, 1), DAY2, DAY3, DAY3),
    ]


def test_a_late_snapshot_that_lacked_a_record_withdraws_nothing() -> None:
    (claim,) = told(POLICE, *late_snapshot(operation="delete", person_key=None))
    assert (claim["known_to"], claim["is_withdrawn"]) == (None, False)


def test_a_record_only_a_late_snapshot_held_was_never_believed() -> None:
    _, late, again = late_snapshot()
    (claim,) = told(POLICE, {**late, "operation": "insert"}, {**again, "operation": "delete", "known_from": DAY3})
    assert (claim["delivered_on"], claim["known_from"], claim["known_to"]) == (DAY2, DAY3, DAY3)
