"""The written suites of the address library: a sound one passes, each error check has a row that breaks it."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from expectations.tables import judge_table
from schemas.table import table_of

BUILDING = "4403060010010100001"
SOUND_UNIT = {
    "unit_code": BUILDING + "000001",
    "building_code": BUILDING,
    "room": "501",
    "floor": 5,
    "standard_address": "宝安区西乡街道固戍社区一区1号501",
    "status": "active",
    "first_seen": date(2020, 1, 1),
    "last_changed": date(2024, 1, 1),
    "version": 1,
}
SOUND_BUILDING = {
    "building_code": BUILDING,
    "name": "1号",
    "estate": "固戍一区",
    "street_code": "440306002",
    "community_code": "440306002001",
    "is_temporary": False,
    "floors": 7,
    "lifts": 0,
    "built_year": 1996,
    "lon": 113.85,
    "lat": 22.6,
    "status": "active",
    "first_seen": date(2020, 1, 1),
    "last_changed": date(2024, 1, 1),
    "version": 1,
}


def _table(name: str, *rows: dict) -> pl.DataFrame:
    table = table_of(name)
    schema = {column: dtype for column, dtype in table.polars_schema().items() if column in rows[0]}
    return table.conform(pl.DataFrame(list(rows), schema=schema))


def test_a_sound_library_passes():
    assert judge_table("address.unit", _table("address.unit", SOUND_UNIT)).passed
    assert judge_table("address.building", _table("address.building", SOUND_BUILDING)).passed


@pytest.mark.parametrize(
    "change",
    [
        {"unit_code": None},
        {"unit_code": BUILDING},
        {"unit_code": BUILDING + "******"},
        {"building_code": None},
        {"building_code": "4403060010010100002"},
        {"room": None},
        {"standard_address": None},
        {"status": None},
        {"status": "gone"},
        {"floor": 500},
        {"version": 0},
        {"last_changed": date(2019, 1, 1)},
    ],
    ids=str,
)
def test_a_unit_that_breaks_a_check_is_refused(change):
    verdict = judge_table("address.unit", _table("address.unit", SOUND_UNIT | change), release="r1")
    assert (verdict.passed, verdict.rule) == (False, "suite_error")
    assert set(verdict.results["batch_id"]) == {"r1"}


@pytest.mark.parametrize(
    "change",
    [
        {"building_code": None},
        {"building_code": "44030600100101000"},
        {"building_code": "44030600100101T0001"},  # a T, but not marked temporary
        {"street_code": None},
        {"community_code": None},
        {"status": "gone"},
        {"lon": 22.6, "lat": 113.85},
        {"lat": None},
        {"floors": -1},
        {"lifts": -1},
        {"built_year": 96},
        {"version": 0},
        {"name": None, "estate": None},
        {"last_changed": date(2019, 1, 1)},
    ],
    ids=str,
)
def test_a_building_that_breaks_a_check_is_refused(change):
    verdict = judge_table("address.building", _table("address.building", SOUND_BUILDING | change))
    assert (verdict.passed, verdict.rule) == (False, "suite_error")


def test_a_code_given_twice_is_refused():
    assert not judge_table("address.unit", _table("address.unit", SOUND_UNIT, SOUND_UNIT)).passed


def test_a_table_without_a_suite_is_judged_by_its_grain():
    one = {"code": BUILDING, "kind": "short", "text": "固戍一区1号"}
    assert judge_table("address.alias", _table("address.alias", one)).passed
    assert not judge_table("address.alias", _table("address.alias", one, one)).passed
