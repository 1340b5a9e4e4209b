from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, LEASES, POLICE, STUDENTS, TOWER, VILLAGE, at, change, key
from transforms.resolving.resolve import resolve

LONG_AGO, RECENTLY = date(2012, 1, 1), date(2025, 11, 1)


def residences(**feeds: list[dict]) -> dict[str, dict[str, Any]]:
    table = resolve(town.evidence(DAY3, **feeds))["population.residence"]
    return {row["person_key"]: row for row in table.to_dicts()}


def registered(building: str, number: int | None, since: date, **cells: Any) -> dict[str, Any]:
    return change("RK1", DAY1, person_key=key("a"), registered_on=since, **{**at(building, number), **cells})


def leased(building: str, number: int | None, since: date, **cells: Any) -> dict[str, Any]:
    return change("ZL1", DAY1, person_key=key("a"), starts_on=since, **{**at(building, number), **cells})


def test_of_claims_alike_in_age_the_feed_of_higher_precedence_wins() -> None:
    home = residences(**{POLICE: [registered(TOWER, 1, RECENTLY)], LEASES: [leased(VILLAGE, 1, RECENTLY)]})[key("a")]
    assert home["unit_code"] == town.unit(TOWER, 1)


def test_a_recent_claim_beats_an_old_one_of_higher_precedence() -> None:
    home = residences(**{POLICE: [registered(TOWER, 1, LONG_AGO)], LEASES: [leased(VILLAGE, 1, RECENTLY)]})[key("a")]
    assert (home["unit_code"], home["since"]) == (town.unit(VILLAGE, 1), RECENTLY)


def test_a_doubtful_match_weighs_less() -> None:
    home = residences(
        **{POLICE: [registered(TOWER, 1, RECENTLY, match_score=0.5)], LEASES: [leased(VILLAGE, 1, RECENTLY)]}
    )[key("a")]
    assert home["unit_code"] == town.unit(VILLAGE, 1)


def test_two_feeds_that_agree_beat_one_of_higher_precedence() -> None:
    students = [
        change("XJ0", DAY1, person_key=key("z"), **at(TOWER, 3)),
        change("XJ1", DAY2, person_key=key("a"), **at(VILLAGE, 1)),
    ]
    home = residences(
        **{POLICE: [registered(TOWER, 1, RECENTLY)], LEASES: [leased(VILLAGE, 1, RECENTLY)], STUDENTS: students}
    )[key("a")]
    assert (home["unit_code"], home["sources"], home["claims"]) == (town.unit(VILLAGE, 1), 2, 3)


def test_agreement_raises_the_confidence_and_a_rival_lowers_it() -> None:
    alone = residences(**{POLICE: [registered(TOWER, 1, RECENTLY)]})[key("a")]["confidence"]
    agreed = residences(**{POLICE: [registered(TOWER, 1, RECENTLY)], LEASES: [leased(TOWER, 1, RECENTLY)]})[key("a")]
    rivalled = residences(**{POLICE: [registered(TOWER, 1, RECENTLY)], LEASES: [leased(VILLAGE, 1, LONG_AGO)]})[
        key("a")
    ]
    assert rivalled["confidence"] < alone < agreed["confidence"] < 1


def test_a_claim_that_knows_only_the_building_supports_the_room_there() -> None:
    home = residences(**{POLICE: [registered(TOWER, None, RECENTLY)], LEASES: [leased(TOWER, 2, LONG_AGO)]})[key("a")]
    assert (home["unit_code"], home["sources"], home["doubt_id"]) == (town.unit(TOWER, 2), 2, None)


def test_leases_that_ended_or_have_not_begun_do_not_house_anybody() -> None:
    ended = leased(VILLAGE, 1, RECENTLY, ends_on=DAY1)
    assert residences(**{LEASES: [ended]}) == {}
    assert residences(**{LEASES: [leased(VILLAGE, 1, date(2026, 4, 1))]}) == {}


def test_a_claim_withdrawn_no_longer_houses_anybody() -> None:
    rows = [registered(TOWER, 1, RECENTLY), change("RK1", DAY2, operation="delete")]
    assert residences(**{POLICE: rows}) == {}


def test_what_keyed_to_no_building_is_no_residence() -> None:
    row = change("RK1", DAY1, person_key=key("a"), match_level="community", area_code="440306014003", match_score=0.8)
    assert residences(**{POLICE: [row]}) == {}


@settings(max_examples=6, deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_rows_decides_nothing(order: list[int]) -> None:
    rows = [
        change(f"RK{number}", DAY1, person_key=key("a"), registered_on=RECENTLY, **at(building, room))
        for number, (building, room) in enumerate([(TOWER, 1), (VILLAGE, 1), (TOWER, 2), (VILLAGE, None)])
    ]
    straight = residences(**{POLICE: rows})
    assert residences(**{POLICE: [rows[place] for place in order]}) == straight


def test_a_residence_carries_what_the_person_is() -> None:
    """So that a count by place and trait joins nothing; another feed may be the one that tells the trait."""
    told = {
        POLICE: [change("RK1", DAY1, person_key=key("a"), sex="male", birth_year=1985, **at(TOWER, 1))],
        LEASES: [change("HT1", DAY1, person_key=key("b"), **at(VILLAGE, 1))],
        STUDENTS: [change("XJ1", DAY1, person_key=key("b"), sex="female", birth_year=2015, school_cohort=2014)],
    }
    tables = resolve(town.evidence(DAY3, **told))
    traits = ["person_key", "sex", "birth_year", "school_cohort"]
    homes = tables["population.residence"].select(traits).sort("person_key")
    assert homes.rows() == [(key("a"), "male", 1985, None), (key("b"), "female", 2015, 2014)]
    assert homes.equals(tables["population.person"].select(traits).sort("person_key"))


def test_a_residence_carries_the_areas_of_its_building_whatever_its_code_says() -> None:
    told = [
        change(f"RK{place}", DAY1, person_key=key(name), **at(place, 1))
        for name, place in (("a", TOWER), ("b", town.MOVED))
    ]
    homes = resolve(town.evidence(DAY3, **{POLICE: told}))["population.residence"].sort("person_key")
    assert homes.select("building_code", "street_code", "community_code").rows() == [
        (TOWER, town.SOUTH, "440306014003"),
        (town.MOVED, town.NORTH, "440306008004"),
    ]
