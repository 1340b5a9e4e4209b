from __future__ import annotations

from datetime import date
from typing import Any

from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, DOOR, FIRE, REGISTER, TOWER, VILLAGE, WORK, at, change, key, moment
from transforms.resolving.resolve import resolve

ENTRY = {"organisation_key": key("o"), "name": "海旺商贸有限公司", "entity_type": "company"}
REGISTERED = change("GS1", DAY1, **ENTRY, registered_on=date(2020, 1, 1), **at(TOWER, 3))


def entities(**feeds: list[dict]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    tables = resolve(town.evidence(DAY3, **feeds))
    return (
        tables["entity.organisation"].sort("organisation_key").to_dicts(),
        tables["entity.premises"].sort("kind", "unit_code").to_dicts(),
    )


def inspected(building: str, number: int | None = None) -> dict[str, Any]:
    return change(
        "XF1", DAY2, organisation_key=key("o"), place_name="海旺商店", inspected_at=moment(DAY1), **at(building, number)
    )


def test_the_register_names_an_organisation_others_only_mention() -> None:
    (organisation,), _ = entities(**{REGISTER: [REGISTERED], FIRE: [inspected(VILLAGE)]})
    assert (organisation["name"], organisation["entity_type"]) == ("海旺商贸有限公司", "company")


def test_what_only_others_mention_is_an_organisation_too() -> None:
    (organisation,), _ = entities(**{FIRE: [inspected(VILLAGE)]})
    assert (organisation["name"], organisation["entity_type"]) == ("海旺商店", None)


def test_a_sole_traders_name_from_any_feed_is_left_out() -> None:
    trader = change("GS1", DAY1, organisation_key=key("o"), entity_type="sole_trader", **at(TOWER, 3))
    (organisation,), _ = entities(**{REGISTER: [trader], FIRE: [inspected(VILLAGE)]})
    assert organisation["name"] is None


def test_registered_and_operating_premises_stand_side_by_side() -> None:
    _, premises = entities(**{REGISTER: [REGISTERED], FIRE: [inspected(VILLAGE, 1)]})
    assert [(row["kind"], row["unit_code"]) for row in premises] == [
        ("operating", town.unit(VILLAGE, 1)),
        ("registered", town.unit(TOWER, 3)),
    ]
    assert {row["entity_type"] for row in premises} == {"company"}, "wherever it is, it is what the register says"


def test_an_organisation_struck_off_is_registered_nowhere() -> None:
    struck = {**REGISTERED, "status": "cancelled"}
    (organisation,), premises = entities(**{REGISTER: [struck]})
    assert (organisation["status"], premises) == ("cancelled", [])


def test_feeds_that_disagree_on_where_it_operates_make_a_question_for_the_door() -> None:
    paid = change("JF1", DAY2, organisation_key=key("o"), person_key=key("a"), **at(TOWER, 3))
    old = change("JF0", DAY1, organisation_key=key("p"), person_key=key("b"), **at(TOWER, 1))
    feeds = {WORK: [old, paid], FIRE: [inspected(VILLAGE, 1)]}
    (doubt,) = resolve(town.evidence(DAY3, **feeds))["quality.doubt"].to_dicts()
    assert (doubt["kind"], doubt["unit_code"], doubt["status"]) == (
        "conflicting_premises",
        town.unit(VILLAGE, 1),
        "open",
    )
    _, premises = entities(**feeds)
    doubted = {row["unit_code"]: row["doubt_id"] for row in premises if row["organisation_key"] == key("o")}
    assert doubted == {town.unit(VILLAGE, 1): doubt["doubt_id"], town.unit(TOWER, 3): None}
    visit = change("RH1", DAY3, outcome="premises_found", visited_on=DAY3, **at(VILLAGE, 1))
    (closed,) = resolve(town.evidence(DAY3, **feeds, **{DOOR: [visit]}))["quality.doubt"].to_dicts()
    assert (closed["status"], closed["outcome"], closed["doubt_id"]) == ("closed", "premises_found", doubt["doubt_id"])


def test_registered_here_and_operating_there_is_lawful() -> None:
    assert resolve(town.evidence(DAY3, **{REGISTER: [REGISTERED], FIRE: [inspected(VILLAGE, 1)]}))[
        "quality.doubt"
    ].is_empty()


def test_many_at_one_address_are_lawful() -> None:
    second = change("GS2", DAY1, organisation_key=key("p"), entity_type="company", **at(TOWER, 3))
    _, premises = entities(**{REGISTER: [REGISTERED, second]})
    assert {row["organisation_key"] for row in premises} == {key("o"), key("p")}


def test_a_workplace_is_where_the_employer_operates() -> None:
    paid = [change(f"JF{n}", DAY1, organisation_key=key("o"), person_key=key("a"), **at(VILLAGE, 1)) for n in range(3)]
    _, (place,) = entities(**{WORK: paid})
    assert (place["kind"], place["unit_code"], place["claims"], place["sources"]) == (
        "operating",
        town.unit(VILLAGE, 1),
        3,
        1,
    )


def test_not_found_at_the_door_ends_operating_and_asks_the_register() -> None:
    visit = change("RH1", DAY3, outcome="premises_missing", visited_on=DAY3, **at(TOWER, 3))
    feeds = {REGISTER: [REGISTERED], FIRE: [inspected(TOWER, 3)], DOOR: [visit]}
    _, premises = entities(**feeds)
    assert [row["kind"] for row in premises] == ["registered"]
    (request,) = resolve(town.evidence(DAY3, **feeds))["quality.correction_request"].to_dicts()
    assert (request["feed_id"], request["attribute"], request["status"]) == (REGISTER, "registered_address", "open")


def test_found_at_the_door_verifies_operating_where_it_is_registered() -> None:
    visit = change("RH1", DAY3, outcome="premises_found", visited_on=DAY3, **at(TOWER, 3))
    _, premises = entities(**{REGISTER: [REGISTERED], DOOR: [visit]})
    assert [(row["kind"], row["is_verified"]) for row in premises] == [("operating", True), ("registered", False)]
