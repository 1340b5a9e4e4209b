from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.contract import Contract, Role, load_contracts
from schemas.record_table import cleaned_columns
from schemas.rule import load_rules
from schemas.table_shape import POLARS_TYPES
from tests.cleaning.tidy import DAY, KEYS, feed_of
from transforms.cleaning.clean import clean
from transforms.reading.quarantine import QUARANTINE

CONTRACTS = load_contracts()


def random_rows(contract: Contract, cells: list[list[str | None]]) -> pl.DataFrame:
    names = [column.name for column in contract.columns if column.name != "geometry"]
    frame = pl.DataFrame(
        [{name: row[at % len(row)] for at, name in enumerate(names)} for row in cells],
        schema=dict.fromkeys(names, pl.String),
    )
    frame = frame.with_columns(file_name=pl.lit("a.csv"), row_number=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32))
    if contract.column_of(Role.GEOMETRY):
        frame = frame.with_columns(geometry=pl.lit(None, pl.Binary))
    return frame


CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        ["RK000000001", "甲一", "440306199003071230", "男", "13800138000", "440306006", "某路1号", "2026-03-01", "长期",
         "2026-02-30", "113.9", "22.6", "4403060100021300483", "91110000600037341L", "1,000", "-", "１２",
         "某路1号甲一"]
    ),
    st.text(max_size=12),
)  # fmt: skip


@pytest.mark.parametrize("feed_id", sorted(CONTRACTS))
@settings(max_examples=5, deadline=None)
@given(cells=st.lists(st.lists(CELLS, min_size=13, max_size=13), max_size=6))
def test_nothing_is_lost_and_the_shape_is_the_declared_one(feed_id: str, cells: list[list[str | None]]) -> None:
    contract = CONTRACTS[feed_id]
    rows = random_rows(contract, cells)
    result = clean(rows, contract, DAY, KEYS)
    kept, broken = set(result.rows["row_number"]), set(result.quarantined["row_number"])
    assert kept | broken == set(rows["row_number"])
    assert not kept & broken
    assert result.rows.columns == ["file_name", "row_number", "record_id", *(c.name for c in cleaned_columns(contract))]
    assert dict(result.quarantined.schema) == QUARANTINE
    assert set(result.quarantined["rule"]) <= {rule.id for rule in load_rules().values() if rule.scope != "batch"}


@pytest.mark.parametrize("feed_id", sorted(CONTRACTS))
def test_types_hold_even_when_every_cell_is_empty(feed_id: str) -> None:
    contract = CONTRACTS[feed_id]
    result = clean(random_rows(contract, []), contract, DAY, KEYS)
    expected = {column.name: POLARS_TYPES[column.type] for column in cleaned_columns(contract)}
    assert {name: result.rows.schema[name] for name in expected} == expected


def test_no_identifier_survives_in_any_column_of_any_feed() -> None:
    phone, person = "13912345678", "440306199003071230"
    for contract in CONTRACTS.values():
        cell = f"欧阳青山{phone}，{person}"
        rows = random_rows(contract, [[cell]])
        text = str(clean(rows, contract, DAY, KEYS))
        assert not re.search(f"{phone}|{person}", text)


def test_the_same_rows_clean_the_same_alone_or_among_others() -> None:
    feed = feed_of(
        {"name": "since", "type": "date"}, {"name": "rent", "type": "number"}, {"name": "who", "role": "person_name"}
    )
    texts = [["N1", "2026-03-01", "1", "甲"], ["N2", "2026年3月1日", "1,000", "乙 二"], ["N3", "46082", "x", None]]
    frame = pl.DataFrame(texts, schema=["number", "since", "rent", "who"], orient="row").with_columns(
        file_name=pl.lit("a"), row_number=pl.int_range(1, pl.len() + 1, dtype=pl.UInt32)
    )
    together = clean(frame, feed, DAY, KEYS)
    alone = [clean(frame.slice(at, 1), feed, DAY, KEYS) for at in range(frame.height)]
    assert pl.concat([one.rows for one in alone]).equals(together.rows)
    assert pl.concat([one.quarantined for one in alone]).equals(together.quarantined)
