from __future__ import annotations

from datetime import date
from typing import Any

from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, LEASES, POLICE, TOWER, VILLAGE, VITAL, at, change, key
from transforms.resolving.resolve import resolve


def persons(**feeds: list[dict]) -> dict[str, dict[str, Any]]:
    table = resolve(town.evidence(DAY3, **feeds))["population.person"]
    return {row["person_key"]: row for row in table.to_dicts()}


def test_one_row_a_person_whatever_feeds_tell_of_them() -> None:
    people = persons(
        **{
            POLICE: [change("RK1", DAY1, person_key=key("a"), sex="male", birth_year=1985, **at(TOWER, 1))],
            LEASES: [change("ZL1", DAY1, person_key=key("a"), **at(TOWER, 1))],
        }
    )
    assert list(people) == [key("a")]
    assert (people[key("a")]["sex"], people[key("a")]["birth_year"]) == ("male", 1985)
    assert (people[key("a")]["status"], people[key("a")]["status_date"]) == ("living", None)


def test_the_dead_have_the_day_they_died_and_no_residence() -> None:
    feeds = {
        POLICE: [change("RK1", DAY1, person_key=key("a"), **at(TOWER, 1))],
        VITAL: [change("SW1", DAY2, person_key=key("a"), event_kind="death", happened_on=f"{DAY1:%Y%m%d}")],
    }
    assert (persons(**feeds)[key("a")]["status"], persons(**feeds)[key("a")]["status_date"]) == ("died", DAY1)
    assert resolve(town.evidence(DAY3, **feeds))["population.residence"].is_empty()


def test_a_birth_is_no_death() -> None:
    people = persons(
        **{VITAL: [change("CS1", DAY2, person_key=key("a"), event_kind="birth", happened_on=f"{DAY1:%Y}****")]}
    )
    assert people[key("a")]["status"] == "living"


def test_who_has_no_claim_left_has_left_on_the_day_the_last_ended() -> None:
    people = persons(
        **{
            POLICE: [
                change("RK1", DAY1, person_key=key("a"), **at(TOWER, 1)),
                change("RK1", DAY2, operation="delete"),
                change("RK2", DAY1, person_key=key("b"), **at(TOWER, 2)),
                change("RK2", DAY2, operation="delete"),
            ],
            LEASES: [
                change("ZL1", DAY1, person_key=key("a"), ends_on=date(2026, 2, 28), **at(VILLAGE, 1)),
                change("ZL2", DAY1, person_key=key("b"), ends_on=date(2027, 2, 28), **at(VILLAGE, 2)),
            ],
        }
    )
    assert (people[key("a")]["status"], people[key("a")]["status_date"]) == ("left", DAY2)
    assert people[key("b")]["status"] == "living"


def test_a_lease_that_ran_out_or_named_another_does_not_say_its_tenant_left() -> None:
    feeds = {
        LEASES: [
            change("ZL1", DAY1, person_key=key("a"), ends_on=date(2026, 2, 28), **at(VILLAGE, 1)),
            change("ZL2", DAY1, person_key=key("b"), ends_on=date(2027, 2, 28), **at(VILLAGE, 2)),
            change("ZL2", DAY2, operation="update", person_key=key("c"), ends_on=date(2027, 2, 28), **at(VILLAGE, 2)),
        ],
    }
    people = persons(**feeds)
    assert {name: (row["status"], row["status_date"]) for name, row in people.items()} == {
        key(name): ("living", None) for name in "abc"
    }
    homes = resolve(town.evidence(DAY3, **feeds))["population.residence"]
    assert homes["person_key"].to_list() == [key("c")]


def test_who_left_school_has_not_left() -> None:
    rows = [change("XJ1", DAY1, person_key=key("a"), **at(TOWER, 1)), change("XJ1", DAY2, operation="delete")]
    assert persons(**{town.STUDENTS: rows})[key("a")]["status"] == "living"
