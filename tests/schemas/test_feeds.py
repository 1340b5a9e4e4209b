"""The feeds: between them every way a department delivers, writes and locates, and each with words of its own."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from schemas.contract import DIRECT_IDENTIFIERS, Contract, Role, load_contracts

CONTRACTS = load_contracts()
every_feed = pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda contract: contract.feed_id)


def test_a_catalogue_number_stands_for_one_feed() -> None:
    numbers = [contract.meaning.catalogue_number for contract in CONTRACTS.values()]
    assert len(numbers) == len(set(numbers))


def test_no_two_feeds_share_over_half_of_their_columns() -> None:
    """By header, of the smaller of the two: each department has its own words."""
    headers = {feed_id: {column.header for column in contract.columns} for feed_id, contract in CONTRACTS.items()}
    alike = {
        (one, other): sorted(headers[one] & headers[other])
        for one, other in combinations(headers, 2)
        if 2 * len(headers[one] & headers[other]) > min(len(headers[one]), len(headers[other]))
    }
    assert alike == {}


def test_every_way_of_delivering_and_writing_is_shown() -> None:
    feeds = CONTRACTS.values()
    assert {feed.delivery.mode for feed in feeds} == {"snapshot", "incremental", "events"}
    assert {feed.reading.format for feed in feeds} >= {"csv", "xlsx", "jsonl", "dbf", "gpkg"}
    assert {feed.reading.encoding for feed in feeds} == {"utf-8", "utf-8-sig", "gb18030"}
    assert {feed.reading.crs for feed in feeds} >= {"EPSG:4490", "EPSG:4547", "GCJ-02", "BD-09"}
    assert {"|", ","} <= {feed.reading.delimiter for feed in feeds if feed.reading.format == "csv"}
    complete = [feed.delivery.complete for feed in feeds]
    assert any(way.flag for way in complete)
    assert any(way.manifest for way in complete)
    assert any(way.stable_seconds for way in complete)


def test_every_area_coding_and_every_claim_is_shown() -> None:
    schemes = {column.meaning.scheme for feed in CONTRACTS.values() for column in feed.columns}
    assert schemes >= {"statistics", "civil", "unified"}
    assert {feed.subject.claim for feed in CONTRACTS.values()} >= {"residence", "household_register", "workplace"}
    assert {feed.subject.premises for feed in CONTRACTS.values()} >= {"registered", "operating"}
    kinds = {"person", "organisation", "event", "building", "unit", "outcome"}
    assert {feed.subject.kind for feed in CONTRACTS.values()} == kinds


@every_feed
def test_a_feed_states_its_reason_owner_and_catalogue_entry(contract: Contract) -> None:
    assert re.search("《.+》", contract.meaning.legal_basis)
    assert re.fullmatch(r"SZBA-[A-Z]{2}-\d{4}", contract.meaning.catalogue_number)
    assert contract.description.purpose
    assert contract.team.members
    assert contract.meaning.retention_days >= 365


@every_feed
def test_a_feed_has_a_rule_that_refuses_and_one_that_warns(contract: Contract) -> None:
    rules = [(column, rule) for column in contract.columns for rule in column.quality]
    assert {rule.severity for _, rule in rules} == {"error", "warning"}
    # a required column's empty cells are quarantined before the gate: a rule on them could never be broken
    assert [column.name for column, rule in rules if rule.metric == "nullValues" and column.required] == []


@every_feed
def test_direct_identifiers_are_restricted_and_never_the_key(contract: Contract) -> None:
    direct = [column for column in contract.columns if column.role in DIRECT_IDENTIFIERS]
    assert [column.name for column in direct if column.classification != "restricted" or column.key] == []
    assert [column.name for column in contract.key_columns if column.role is not None] == []


FILES = {  # by hand, of those whose names are not the feed, the day and the format
    "civil_affairs__elderly_subsidies": "高龄津贴_2026-03-02.xlsx",
    "fire__inspections": "消防检查_20260302.xlsx",
    "grid_office__door_outcomes": "door_outcomes_20260302.xlsx",
    "health__births_deaths": "出生死亡登记_20260302.xlsx",
    "human_resources__contributions": "contributions_20260302.txt",
    "water__accounts": "WATER_20260302.DBF",
    "power__occupancy": "GD_KZ_20260302.csv",
}


@pytest.mark.parametrize("feed_id", sorted(FILES))
def test_the_file_name_of_a_feed_tells_its_day(feed_id: str) -> None:
    match = re.search(CONTRACTS[feed_id].delivery.file_pattern, FILES[feed_id])
    assert match is not None
    assert match["day"].replace("-", "") == "20260302"


def test_what_is_kept_out_by_law_is_excluded() -> None:
    kept_out = re.compile("民族|籍贯|宗教|政治面貌|残疾类别|死亡原因|诊断|病")
    columns = [column for feed in CONTRACTS.values() for column in feed.columns if kept_out.search(column.header)]
    assert len(columns) >= 4
    assert [column.header for column in columns if column.classification != "excluded"] == []


def test_hidden_identifiers_are_found_by_their_affix() -> None:
    made = "440306199001011234"
    student = CONTRACTS["education__students"].column_of(Role.EMBEDDED_PERSON_ID)
    permit = CONTRACTS["civil_affairs__elderly_subsidies"].column_of(Role.EMBEDDED_PERSON_ID)
    assert student is not None
    assert permit is not None
    assert re.match(str(student.meaning.affix), f"G{made}").group(1) == made  # type: ignore[union-attr]
    assert re.match(str(permit.meaning.affix), f"{made}B1").group(1) == made  # type: ignore[union-attr]
    assert re.match(str(permit.meaning.affix), f"G{made}") is None


def test_some_columns_have_gone_by_other_names_and_some_dates_are_half_known() -> None:
    columns = [column for feed in CONTRACTS.values() for column in feed.columns]
    assert sum(bool(column.meaning.aliases) for column in columns) >= 10
    assert {column.type for column in columns if column.meaning.masked} == {"date"}
    assert sum(column.meaning.open_ended for column in columns) >= 3


@every_feed
def test_no_alias_is_another_columns_header(contract: Contract) -> None:
    headers = {column.header for column in contract.columns}
    aliases = [alias for column in contract.columns for alias in column.meaning.aliases]
    assert headers.isdisjoint(aliases)
    assert len(aliases) == len(set(aliases))


@every_feed
def test_no_number_is_wide_enough_for_a_phone_or_an_identity_number(contract: Contract) -> None:
    amounts = [
        column
        for column in contract.columns
        if column.type in ("integer", "number") and column.role not in (Role.LONGITUDE, Role.LATITUDE)
    ]
    assert [column.name for column in amounts if (column.options.maximum or float("inf")) >= 10**10] == []
