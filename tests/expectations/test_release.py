"""The suite of a release: references that lead nowhere, emptiness and identifiers hold it back."""

from __future__ import annotations

import polars as pl
import pytest

from expectations.release import judge_release
from schemas.table import table_of
from tests.expectations.test_tables import BUILDING, SOUND_BUILDING, SOUND_UNIT, _table

PERSON = "abcdefghijklmnopabcdefghijklmnop"
MADE_ID_NUMBER = "110101" + "19900307" + "001X"  # no real person's: made for this test
MADE_PHONE = "1" + "39" + "0" * 8


def _frames(**changed: pl.DataFrame) -> dict[str, pl.DataFrame]:
    sound = {
        "address.area": _table("address.area", {"area_code": "440306", "level": "district", "name": "宝安区"}),
        "address.building": _table("address.building", SOUND_BUILDING),
        "address.unit": _table("address.unit", SOUND_UNIT),
        "population.person": _table("population.person", {"person_key": PERSON, "status": "living"}),
        "population.residence": _table(
            "population.residence",
            {"person_key": PERSON, "unit_code": SOUND_UNIT["unit_code"], "building_code": BUILDING},
        ),
        "block.building": _table("block.building", {"building_code": BUILDING, "name": "1号"}),
    }
    return sound | {name.replace("__", "."): frame for name, frame in changed.items()}


def test_a_sound_release_passes():
    verdict = judge_release(_frames(), release="2026-03-02")
    assert (verdict.passed, verdict.reason) == (True, "")
    table = table_of("quality.validation")
    assert verdict.results.select(table.grain).is_duplicated().sum() == 0


BROKEN = {
    "no building at all": {"address__building": table_of("address.building").empty()},
    "a unit in a building nobody knows": {
        "address__unit": _table(
            "address.unit",
            SOUND_UNIT | {"unit_code": "4403060010010100009000001", "building_code": BUILDING[:-1] + "9"},
        )
    },
    "a residence in a room nobody knows": {
        "population__residence": _table(
            "population.residence", {"person_key": PERSON, "unit_code": BUILDING + "000077", "building_code": BUILDING}
        )
    },
    "two residences of one person": {
        "population__residence": _table(
            "population.residence", *[{"person_key": PERSON, "unit_code": SOUND_UNIT["unit_code"]}] * 2
        )
    },
    "a block of no building": {
        "block__building": _table("block.building", {"building_code": BUILDING[:-1] + "9", "name": "9号"})
    },
    "an ID number in a name": {
        "block__building": _table("block.building", {"building_code": BUILDING, "name": f"房东{MADE_ID_NUMBER}"})
    },
    "a phone number in a name": {
        "block__building": _table("block.building", {"building_code": BUILDING, "name": f"1号 电话{MADE_PHONE}，勿扰"})
    },
}


@pytest.mark.parametrize("changed", BROKEN.values(), ids=BROKEN)
def test_a_release_that_contradicts_itself_is_held_back(changed):
    verdict = judge_release(_frames(**changed))
    assert (verdict.passed, verdict.rule) == (False, "suite_error")
    assert verdict.mend
    assert MADE_ID_NUMBER not in verdict.reason


def test_codes_of_places_are_no_identifiers():
    room = _table("address.unit", SOUND_UNIT | {"standard_address": f"宝安区 {BUILDING} {BUILDING}000001 501"})
    assert judge_release(_frames(address__unit=room)).passed
