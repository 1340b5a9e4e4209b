"""What a changed contract breaks, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.agreement import load_agreements
from schemas.codelist import load_codelists
from schemas.contract import load_contracts
from schemas.contract_diff import Diff, contract_diff
from schemas.contract_readers import EVERY, columns_read, readers_of
from schemas.contract_shape import Contract
from schemas.measure import load_measures

LEASES = "housing__leases"


def changed(feed_id: str, change: Callable[[dict[str, Any], dict[str, dict[str, Any]]], None]) -> Diff:
    """The difference a change of the contract's document makes; columns are given by name."""
    old = load_contracts()[feed_id]
    document = old.model_dump(by_alias=True, mode="json")
    change(document, {column["name"]: column for column in document["schema"][0]["properties"]})
    new = Contract.model_validate(document)
    return contract_diff(old, new, readers_of(feed_id, load_measures(), load_agreements()), load_codelists())


def said(diff: Diff, where: str) -> tuple[str, tuple[str, ...]]:
    """Level and readers of the first change there."""
    change = next(change for change in diff.changes if change.where == where)
    return change.level, change.readers


def part(document: dict[str, Any], name: str) -> Any:
    """A customProperty of the contract."""
    return next(item["value"] for item in document["customProperties"] if item["property"] == name)


def test_no_change_is_compatible() -> None:
    assert changed(LEASES, lambda document, columns: None).changes == []
    assert changed(LEASES, lambda document, columns: None).level == "compatible"


def test_a_new_title_re_reads_every_row_and_breaks_nobody() -> None:
    """The fingerprint is over the whole contract: the next delivery comes through as if it were new."""
    diff = changed(LEASES, lambda document, columns: document.update(name="租赁备案"))
    assert diff.level == "re-reads"
    assert [change.where for change in diff.changes] == ["fingerprint"]


def test_a_removed_column_breaks_the_agreement_that_grants_it() -> None:
    def without_rent(document: dict[str, Any], columns: dict[str, dict[str, Any]]) -> None:
        document["schema"][0]["properties"].remove(columns["rent_yuan"])

    diff = changed(LEASES, without_rent)
    level, readers = said(diff, "rent_yuan")
    assert (diff.level, level) == ("breaks", "breaks")
    assert "agreement housing_leases_by_building" in readers


def test_a_column_of_the_same_header_under_another_name_is_renamed() -> None:
    diff = changed(LEASES, lambda document, columns: columns["rent_yuan"].update(name="monthly_rent"))
    change = next(change for change in diff.changes if change.where == "rent_yuan")
    assert change.level == "breaks" and change.what == "renamed to monthly_rent"


def test_another_type_breaks_and_another_bound_re_reads() -> None:
    diff = changed(LEASES, lambda document, columns: columns["occupants"].update(logicalType="string"))
    assert said(diff, "occupants")[0] == "breaks"
    stricter = changed(LEASES, lambda document, columns: columns["occupants"]["logicalTypeOptions"].update(maximum=5))
    assert said(stricter, "occupants")[0] == "re-reads" and stricter.level == "re-reads"


def test_another_key_makes_every_record_new() -> None:
    def keyed_by_header(document: dict[str, Any], columns: dict[str, dict[str, Any]]) -> None:
        columns["lease_number"]["primaryKey"] = False
        columns["tenant_id"]["primaryKey"] = True

    assert said(changed(LEASES, keyed_by_header), "primaryKey")[0] == "breaks"


def test_a_role_taken_away_no_longer_feeds_its_table() -> None:
    diff = changed("hotline__requests", lambda document, columns: columns["status"].update(customProperties=[]))
    whats = [change.what for change in diff.changes if change.where == "status"]
    assert any("no longer feeds event.event" in what for what in whats)
    assert any("code list case_status becomes none" in what for what in whats)


def test_a_mode_that_deletes_what_is_absent_breaks() -> None:
    diff = changed(LEASES, lambda document, columns: part(document, "delivery").update(mode="snapshot"))
    assert said(diff, "delivery.mode")[0] == "breaks"
    back = changed("police__residents", lambda document, columns: part(document, "delivery").update(mode="incremental"))
    assert back.level == "re-reads"


def test_an_identifier_set_free_breaks() -> None:
    diff = changed(LEASES, lambda document, columns: columns["tenant_phone"].update(classification="internal"))
    assert said(diff, "tenant_phone")[0] == "breaks"


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("SELECT w.building_code, w.is_unused FROM record.water__accounts w", {"building_code", "is_unused"}),
        ("SELECT is_unused FROM record.water__accounts WHERE month > '1'", {"is_unused", "month"}),
        ("SELECT * FROM record_history.water__accounts", {EVERY}),
        ("SELECT g.month FROM record.gas__occupancy g", set()),
        (
            "SELECT p.sex, w.month FROM record.water__accounts w JOIN population.person p USING (person_key)",
            {"month", "person_key"},
        ),
    ],
)
def test_the_columns_a_measure_reads_come_from_its_sql(sql: str, columns: set[str]) -> None:
    assert columns_read(sql, "water__accounts") == columns


def test_every_measure_over_records_names_columns_of_a_contract() -> None:
    """What is told as read is really there, so that no reader is lost by a wrong name."""
    from schemas.record_table import record_history_table, record_table

    for feed_id, contract in load_contracts().items():
        known = {column.name for table in (record_table, record_history_table) for column in table(contract).columns}
        agreements = readers_of(feed_id, {}, load_agreements())
        assert all(columns <= known for columns in agreements.columns.values())
