"""Agreements: what a department may pull, and what none may grant."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from schemas.agreement import AGREEMENTS_FOLDER, agreement_of, load_agreements
from schemas.contract import load_contracts
from schemas.errors import ContractError, UsageError
from schemas.table import load_tables, record_table

HOUSING = (AGREEMENTS_FOLDER / "housing_leases_by_building.yaml").read_text(encoding="utf-8")


def test_three_departments_three_formats_each_with_reason_and_end() -> None:
    agreements = load_agreements().values()
    assert len({agreement.department for agreement in agreements}) == 3
    assert {agreement.format for agreement in agreements} == {"csv", "parquet", "xlsx"}
    for agreement in agreements:
        assert re.search("《.+》", agreement.legal_basis)
        assert agreement.minimum_cell >= 3
        assert agreement.approved_on is not None


def test_every_granted_column_is_one_of_its_table() -> None:
    tables = load_tables() | {table.name: table for table in map(record_table, load_contracts().values())}
    for agreement in load_agreements().values():
        granted = {column.name for column in agreement.columns}
        assert granted <= set(tables[agreement.source_table].column_names)


def test_rows_of_places_and_counted_groups_are_told_apart() -> None:
    elderly, leases = (
        agreement_of(name) for name in ("civil_affairs_elderly_by_community", "housing_leases_by_building")
    )
    assert not elderly.is_counted
    assert elderly.cell_columns == ["residents", "elderly_60", "elderly_80", "elderly_alone"]
    assert leases.is_counted
    assert leases.cell_columns == []
    assert leases.column("person_key").masking == "drop"


def test_an_agreement_ends_after_its_last_day() -> None:
    agreement = agreement_of("housing_leases_by_building")
    assert not agreement.is_expired(date(2027, 2, 28))
    assert agreement.is_expired(date(2027, 3, 1))


def test_an_unknown_agreement_is_named() -> None:
    with pytest.raises(UsageError, match="police_everything"):
        agreement_of("police_everything")


@pytest.mark.parametrize(
    ("change", "key", "word"),
    [
        (("expires_on: 2027-02-28\n", ""), "expires_on", "required"),
        (("expires_on: 2027-02-28", "expires_on: 2026-01-01"), "(file)", "approved_on"),
        (
            ("legal_basis: 《住房租赁条例》（国务院令第812号）；《商品房屋租赁管理办法》第十四条", "legal_basis: 无"),
            "legal_basis",
            "8",
        ),
        (("approved_by: 区政务服务和数据管理局数据资源科科长\n", ""), "approved_by", "required"),
        (("{name: person_key, masking: drop}", "{name: person_key}"), "columns.1", "rekey or drop"),
        (("{name: person_key, masking: drop}", "{name: tenant_phone_token}"), "columns.1", "never shared"),
        (("{name: rent_yuan, masking: drop}", "{name: rent_yuan, masking: round}"), "columns.3", "round"),
        (("masking: drop}\n  - {name: area_m2", "masking: hash}\n  - {name: area_m2"), "columns.3.masking", "rekey"),
        (("minimum_cell: 3", "minimum_cell: 1"), "(file)", "3 or more"),
        (("minimum_cell: 3", "minimum_cell: 0"), "minimum_cell", "greater"),
        (("group_by: [building_code]", "group_by: [unit_code]"), "(file)", "shown"),
        (("group_by: [building_code]", "group_by: [street_code]"), "(file)", "street_code"),
        (("group_by: [building_code]\n", ""), "(file)", "together"),
        (("function: count,", "function: count, column: unit_code,"), "measures.0", "count_distinct"),
        (("function: sum, column: area_m2,", "function: sum,"), "measures.4", "needs a column"),
        (("format: xlsx", "format: doc"), "format", "parquet"),
        (("area: ['440306011', '440306006']", "area: [all, '440306006']"), "(file)", "area"),
        (("area: ['440306011', '440306006']", "area: []"), "area", "at least 1"),
        (("columns:\n", "columns:\n  - {name: building_code}\n"), "(file)", "twice"),
        (("id: housing_leases_by_building", "id: housing_leases"), "id", "stand"),
        (("title: 分楼栋", "colour: red\ntitle: 分楼栋"), "colour", "Extra"),
    ],
)
def test_an_over_reaching_agreement_is_refused(change: tuple[str, str], key: str, word: str, tmp_path: Path) -> None:
    assert change[0] in HOUSING
    path = tmp_path / "housing_leases_by_building.yaml"
    path.write_text(HOUSING.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ContractError) as refusal:
        load_agreements(tmp_path)
    assert (refusal.value.file, refusal.value.key) == (str(path), key)
    assert word in refusal.value.message + refusal.value.mend
