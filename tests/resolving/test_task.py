from __future__ import annotations

from datetime import date
from typing import Any

from tests.resolving import town
from tests.resolving.town import DAY1, DAY3, LEASES, POLICE, SHED, STUDENTS, TOWER, VILLAGE, at, change, key
from transforms.resolving.resolve import resolve
from transforms.resolving.task import walking_order

SINCE = date(2025, 11, 1)


def tasks(**feeds: list[dict]) -> list[dict[str, Any]]:
    return resolve(town.evidence(DAY3, **feeds))["quality.verification_task"].sort("rank").to_dicts()


def torn(name: str, first: dict, second: dict) -> tuple[dict, dict]:
    person = {"person_key": key(name), "sex": "female", "birth_year": 1990}
    return (
        change(f"RK{name}", DAY1, registered_on=SINCE, **person, **first),
        change(f"ZL{name}", DAY1, starts_on=SINCE, **person, **second),
    )


def test_a_task_says_where_to_ask_and_nothing_of_a_person() -> None:
    police, lease = torn("a", at(TOWER, 1), at(VILLAGE, 1))
    (task,) = tasks(**{POLICE: [police], LEASES: [lease]})
    assert "1990" not in str(task) and "女" not in str(task) and key("a") not in str(task)
    assert (task["unit_code"], task["address"], task["status"]) == (town.unit(TOWER, 1), "海旺花园3栋101", "open")
    assert task["work_grid"] == "工作网格1"


def test_a_building_with_many_doubts_comes_first() -> None:
    lone = [change(record, DAY1, person_key=key("z"), **at(SHED, room="9")) for record in ("XJ1", "RK1")]
    pairs = [torn(name, at(VILLAGE, number), at(TOWER, number)) for name, number in (("a", 1), ("b", 2), ("c", 3))]
    police = [lone[1], *(pair[0] for pair in pairs)]
    ranked = tasks(**{STUDENTS: [lone[0]], POLICE: police, LEASES: [pair[1] for pair in pairs]})
    assert [(row["rank"], row["building_code"]) for row in ranked] == [
        (1, VILLAGE),
        (2, VILLAGE),
        (3, VILLAGE),
        (4, SHED),
    ]


def test_inside_a_building_the_way_goes_up_the_floors() -> None:
    pairs = [torn(name, at(VILLAGE, number), at(TOWER, number)) for name, number in (("a", 3), ("b", 1), ("c", 2))]
    ranked = tasks(**{POLICE: [pair[0] for pair in pairs], LEASES: [pair[1] for pair in pairs]})
    assert [row["unit_code"] for row in ranked] == [town.unit(VILLAGE, number) for number in (1, 2, 3)]


def test_a_room_without_a_code_is_asked_for_by_its_building() -> None:
    told = [change(record, DAY1, person_key=key("z"), **at(VILLAGE, room="301")) for record in ("XJ1", "RK1")]
    (task,) = tasks(**{STUDENTS: told[:1], POLICE: told[1:]})
    assert (task["unit_code"], task["address"]) == (None, "浪口一区66号301室")
    assert "301" in task["question"]


def test_neighbours_lie_near_each_other_on_the_walk() -> None:
    building = town.library()["address.building"]
    way = dict(zip(building["building_code"], walking_order(building), strict=True))
    assert abs(way[TOWER] - way[VILLAGE]) < abs(way[TOWER] - way[SHED])
