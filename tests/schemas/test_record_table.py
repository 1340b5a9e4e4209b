"""The two tables of a feed follow from its contract; no direct identifier has a column in them."""

from __future__ import annotations

import polars as pl
import pytest

from schemas.contract import DIRECT_IDENTIFIERS, Contract, Role, contract_of, load_contracts
from schemas.record_table import cleaned_columns, cleaned_name, record_history_table, record_table

every_feed = pytest.mark.parametrize("contract", load_contracts().values(), ids=lambda contract: contract.feed_id)


@every_feed
def test_nothing_identifying_excluded_or_free_has_a_column(contract: Contract) -> None:
    gone = [column for column in contract.columns if column.is_dropped or column.role in DIRECT_IDENTIFIERS]
    left = set(record_history_table(contract).column_names)
    assert left.isdisjoint(column.name for column in gone)
    uscc = contract.column_of(Role.USCC)
    assert uscc is None or (uscc.name not in left and "organisation_key" in left)


@every_feed
def test_history_is_the_record_with_its_operation(contract: Contract) -> None:
    record, history = record_table(contract), record_history_table(contract)
    assert set(history.column_names) - set(record.column_names) == {"operation"}
    assert (record.grain, history.grain) == (["record_id"], ["record_id", "delivered_on", "batch_id"])
    assert record.profile == history.profile == "person"
    keyed = "unit_code building_code match_level match_method match_score match_margin delivered_on batch_id row_number"
    assert set(keyed.split()) <= set(record.column_names)


def test_the_residents_as_they_stand_in_the_lake() -> None:
    names = [column.name for column in cleaned_columns(contract_of("police__residents"))]
    assert names == [
        "registration_number",
        "full_name_token",
        "person_key",
        "sex",
        "birth_year",
        "school_cohort",
        "mobile_token",
        "street_code",
        "street_name",
        "address",
        "residence_kind",
        "registered_on",
        "permit_expires_on",
    ]


def test_types_follow_the_contract() -> None:
    schema = record_table(contract_of("hotline__requests")).polars_schema()
    assert schema["accepted_at"] == pl.Datetime("us")
    assert schema["reopened_count"] == pl.Int64
    assert schema["lon"] == pl.Float64
    assert schema["is_approximate"] == pl.Boolean
    subsidies = record_table(contract_of("civil_affairs__elderly_subsidies")).polars_schema()
    assert subsidies["started_in"] == pl.String  # a half-known date
    assert subsidies["monthly_yuan"] == pl.Float64
    assert record_table(contract_of("natural_resources__buildings")).polars_schema()["geometry"] == pl.Binary


@pytest.mark.parametrize(
    ("feed", "column", "cleaned"),
    [
        ("education__students", "student_number", "person_key"),
        ("education__students", "birth_date", "birth_year"),
        ("education__students", "guardian_name", "guardian_name_token"),
        ("education__students", "ethnicity", None),
        ("hotline__requests", "content", None),
        ("hotline__requests", "longitude", "lon"),
        ("market_regulation__organisations", "uscc", "organisation_key"),
        ("market_regulation__organisations", "name", "name"),
    ],
)
def test_a_column_after_cleaning(feed: str, column: str, cleaned: str | None) -> None:
    found = next(item for item in contract_of(feed).columns if item.name == column)
    assert cleaned_name(found) == cleaned
