from __future__ import annotations

import polars as pl

from schemas.table import load_tables
from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, DOOR, POLICE, TOWER, VILLAGE, at, change, key
from transforms.resolving.outcome import task_id, unit_doubt_id
from transforms.resolving.resolve import Evidence, minted, resolve

LACKING = at(VILLAGE, room="301")
TOLD = [change("RK1", DAY1, person_key=key("a"), **LACKING)]


def found(record: str = "RH1", said: str = "room_exists", day=DAY3, **cells) -> dict:
    return change(record, day, outcome=said, visited_on=day, **{**LACKING, **cells})


def after_minting(evidence: Evidence) -> Evidence:
    unit = evidence.library["address.unit"]
    units = pl.concat([unit, load_tables()["address.unit"].conform(minted(evidence))])
    return Evidence(
        evidence.contracts,
        evidence.history,
        evidence.current,
        {**evidence.library, "address.unit": units},
        evidence.as_of,
    )


def test_a_room_found_gets_the_next_code_of_its_building() -> None:
    new = minted(town.evidence(DAY3, **{POLICE: TOLD, DOOR: [found()]}))
    assert new.select("unit_code", "room", "status").rows() == [(town.unit(VILLAGE, 4), "301", "proposed")]
    assert new["standard_address"].to_list() == ["广东省深圳市宝安区石岩街道浪口社区浪口一区66号301室"]


def test_a_room_proposed_but_not_visited_gets_none() -> None:
    assert minted(town.evidence(DAY3, **{POLICE: TOLD})).is_empty()
    assert minted(town.evidence(DAY3, **{POLICE: TOLD, DOOR: [found(said="room_missing")]})).is_empty()


def test_codes_follow_the_day_a_room_became_known() -> None:
    later, sooner = found("RH1", proposed_room="401", day=DAY3), found("RH2", proposed_room="501", day=DAY2)
    new = minted(town.evidence(DAY3, **{DOOR: [later, sooner]}))
    assert dict(new.select("room", "unit_code").rows()) == {"501": town.unit(VILLAGE, 4), "401": town.unit(VILLAGE, 5)}


def test_a_code_is_minted_once() -> None:
    evidence = town.evidence(DAY3, **{POLICE: TOLD, DOOR: [found()]})
    assert minted(after_minting(evidence)).is_empty()


def test_an_outcome_may_name_its_task_alone() -> None:
    row = pl.DataFrame({"building_code": [VILLAGE], "room": ["301"]})
    task = row.select(task_id(unit_doubt_id(), pl.lit(f"{VILLAGE}|301"))).item()
    answer = change("RH1", DAY3, outcome="room_exists", visited_on=DAY3, task_id=task, match_level="none")
    assert minted(town.evidence(DAY3, **{POLICE: TOLD, DOOR: [answer]}))["room"].to_list() == ["301"]


def test_records_move_into_the_new_room_and_its_doubt_is_closed() -> None:
    tables = resolve(after_minting(town.evidence(DAY3, **{POLICE: TOLD, DOOR: [found()]})))
    assert tables["population.residence"]["unit_code"].to_list() == [town.unit(VILLAGE, 4)]
    assert tables["population.claim"]["match_level"].to_list() == ["unit"]
    (doubt,) = tables["quality.doubt"].to_dicts()
    assert (doubt["status"], doubt["outcome"], doubt["unit_code"]) == ("closed", "room_exists", town.unit(VILLAGE, 4))


def test_the_keeper_of_addresses_is_asked_to_take_the_room_over() -> None:
    tables = resolve(after_minting(town.evidence(DAY3, **{POLICE: TOLD, DOOR: [found()]})))
    (request,) = tables["quality.correction_request"].to_dicts()
    assert (request["department"], request["attribute"]) == ("natural_resources", "official_address")
    assert request["opened_on"] == DAY3


def test_a_room_of_the_library_that_is_not_there_is_asked_back() -> None:
    missing = change("RH1", DAY3, outcome="room_missing", visited_on=DAY3, **at(TOWER, 2))
    (request,) = resolve(town.evidence(DAY3, **{DOOR: [missing]}))["quality.correction_request"].to_dicts()
    assert (request["attribute"], request["unit_code"]) == ("official_address", town.unit(TOWER, 2))
