"""The tables of the baseboard: what they must carry, in which shape, with which words."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import ContractError
from schemas.measure import load_measures
from schemas.table import Table, load_tables, table_of

TABLES = load_tables()
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)

# What users rely on, table by table.
MUST_CARRY = {
    "address.area": "area_code level name parent_code geometry lon lat valid_from valid_to",
    "address.area_crosswalk": "area_code scheme code name valid_from valid_to",
    "address.work_grid": "work_grid department base_grid valid_from valid_to",
    "address.building": """building_code name estate estate_number road road_number street_code community_code grid_code
        usage structure built_year floors lifts is_temporary lon lat geometry status first_seen last_changed version""",
    "address.doorplate": "building_code road road_number valid_from valid_to",
    "address.unit": """unit_code building_code entrance floor room area_m2 standard_address usage status first_seen
        last_changed version""",
    "address.alias": "code kind text valid_from valid_to",
    "address.lineage": "code successor kind date",
    "address.operation": "number operation_id kind date by reason",
    "address.change": "operation line code kind attribute before after date",
    "population.person": "person_key sex birth_year school_cohort status status_date",
    "population.claim": """person_key kind unit_code building_code feed_id record_id match_score valid_from valid_to
        known_from known_to""",
    "population.residence": """person_key unit_code building_code street_code community_code residence_kind confidence
        claims sources since doubt_id sex birth_year school_cohort""",
    "entity.organisation": "organisation_key entity_type industry status",
    "entity.premises": """organisation_key unit_code building_code street_code community_code kind confidence
        entity_type industry status""",
    "event.event": """feed_id record_id kind channel unified_address building_code grid_code lon lat occurred_at
        accepted_at due_at closed_at reopened_count status responsible_department satisfaction""",
    "quality.batch": """batch_id feed_id delivered_on known_on file_names content_hash bytes mode contract_version
        status rule reason mend received loaded library_version is_late archive_path received_at committed_at
        accepted_by accept_reason corrects""",
    "quality.quarantine": "batch_id feed_id delivered_on file_name row_number column_name rule masked_value status",
    "quality.replay": "batch_id feed_id delivered_on corrects file_name row_number outcome source",
    "quality.validation": """batch_id feed_id delivered_on suite expectation column_name severity is_success observed
        expected rows_judged""",
    "quality.match_rate": """batch_id feed_id delivered_on street_code building_usage match_level match_method
        records""",
    "quality.reconciliation": """batch_id feed_id delivered_on gate received inserted updated unchanged duplicates
        ignored quarantined refused deleted loaded keyed_unit keyed_building keyed_estate keyed_grid keyed_community
        keyed_outside unkeyed is_balanced""",
    "quality.doubt": """doubt_id kind attribute reason unit_code building_code grid_code room evidence gain opened_on
        due_on status outcome closed_on""",
    "quality.proposed_unit": """building_code entrance room feeds records days first_seen last_seen asked_on status
        unit_code""",
    "quality.verification_task": """task_id doubt_id work_grid rank building_code unit_code address question
        listed_on status""",
    "quality.correction_request": """request_id doubt_id feed_id department attribute building_code unit_code reason
        opened_on due_on status""",
    "release.table": "table_name rows files bytes grain profile chinese description",
    "release.change": "table_name inserted updated deleted unchanged previous_release",
    "release.code_change": "code kind successor date operation previous_release",
    "block.building": "building_code",
    "block.grid": "grid_code",
    "block.community": "community_code",
    "block.street": "street_code",
    "block.district": "district_code",
}


def test_these_are_the_tables() -> None:
    assert set(TABLES) == set(MUST_CARRY)


@every_table
def test_a_table_carries_what_users_rely_on(table: Table) -> None:
    assert set(MUST_CARRY[table.name].split()) <= set(table.column_names)


@every_table
def test_only_people_events_and_organisations_need_the_person_profile(table: Table) -> None:
    personal = table.name.split(".")[0] in ("population", "entity", "event", "record")
    assert table.profile == ("person" if personal else "place")


@every_table
def test_every_column_has_its_chinese_term_and_numbers_their_unit(table: Table) -> None:
    assert [column.name for column in table.columns if not re.search("[一-鿿]", column.chinese)] == []
    assert [
        column.name for column in table.columns if column.type == "boolean" and not column.name.startswith("is_")
    ] == []
    in_name = [column for column in table.columns if column.name.endswith(("_m2", "_m3", "_yuan"))]
    assert [column.name for column in in_name if not column.unit] == []


@every_table
def test_codes_are_text(table: Table) -> None:
    codes = [
        column for column in table.columns if column.name.endswith("_code") or column.name in ("code", "successor")
    ]
    assert {column.type for column in codes} <= {"string"}


def test_no_table_of_places_names_a_person() -> None:
    names = {f"{table.name}.{name}" for table in TABLES.values() for name in table.column_names if "person" in name}
    assert {name.split(".")[0] for name in names} <= {"population"}


def test_a_block_has_a_column_for_each_measure_of_its_level() -> None:
    for measure in load_measures().values():
        for level in measure.levels:
            column = next(item for item in table_of(f"block.{level}").columns if item.name == measure.id)
            assert (column.chinese, column.unit, column.type) == (measure.title, measure.unit, measure.type)


def test_conform_orders_casts_and_fills() -> None:
    frame = pl.DataFrame({"floor": [3], "unit_code": ["u"], "area_m2": [20]})
    conformed = table_of("address.unit").conform(frame)
    assert conformed.schema == pl.Schema(table_of("address.unit").polars_schema())
    assert conformed.row(0, named=True)["floor"] == 3
    assert conformed.row(0, named=True)["room"] is None
    assert table_of("address.unit").empty().schema == conformed.schema


def test_conform_refuses_what_is_not_declared() -> None:
    with pytest.raises(ValueError, match=r"address\.unit has no column owner"):
        table_of("address.unit").conform(pl.DataFrame({"owner": ["x"]}))


SOUND = """name: address.plate
chinese: 门牌
description: plates
grain: [code]
profile: place
columns:
  - {name: code, type: string, chinese: 编码}
"""


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (("grain: [code]", "grain: [plate]"), "(file)"),
        (("grain: [code]", "grain: []"), "(file)"),
        (("profile: place", "profile: public"), "profile"),
        (("type: string", "type: text"), "columns.0.type"),
        ((", chinese: 编码", ""), "columns.0.chinese"),
        (("columns:\n", "columns:\n  - {name: code, type: date, chinese: 日期}\n"), "(file)"),
        (("name: address.plate", "name: address.plates"), "name"),
        (("profile: place", "profile: place\nowner: me"), "owner"),
    ],
)
def test_a_bad_table_is_refused_with_file_and_key(change: tuple[str, str], key: str, tmp_path: Path) -> None:
    path = tmp_path / "address.plate.yaml"
    path.write_text(SOUND, encoding="utf-8")
    assert list(load_tables(tmp_path)) == ["address.plate"]
    bad = tmp_path / "bad"
    bad.mkdir()
    path = bad / "address.plate.yaml"
    path.write_text(SOUND.replace(*change), encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        load_tables(bad)
    assert (refusal.value.file, refusal.value.key) == (str(path), key)
