"""One record, one id: however its key is written, and whether its row is sound or kept out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest
from stdnum.cn import ric

from schemas.contract import Contract
from tests.cleaning.tidy import DAY, KEYS, rows_of
from tests.reading.small_feed import contract
from transforms.cleaning.clean import clean
from transforms.cleaning.record_id import record_ids
from transforms.cleaning.tokens import tokens


def identity(seventeen: str) -> str:
    return seventeen + ric.calc_check_digit(seventeen + "0")


def with_x() -> str:
    """An identity number whose check digit is X."""
    return next(number for place in range(1000) if (number := identity(f"44030619900307{place:03}")).endswith("X"))


NEW = with_x()
BORN_1970 = identity("44030619700307123")
OLD = BORN_1970[:6] + BORN_1970[8:17]


def ids(feed: Contract, texts: Sequence[str | None], name: str = "value") -> list[str | None]:
    return record_ids(rows_of({name: list(texts)}), feed, DAY, KEYS).to_list()


def key_of(**column: Any) -> Contract:
    return contract([{"name": "value", "key": True, **column}, {"name": "remark"}])


def token(text: str) -> str:
    return str(tokens(pl.Series([text]), KEYS)[0])


def full_width(text: str) -> str:
    return "".join(chr(ord(letter) + 0xFEE0) for letter in text)


@pytest.mark.parametrize(
    ("column", "texts", "record_id"),
    [
        ({"pattern": "^N[0-9]{3}$"}, ["N001", " N001 ", "Ｎ００１", "N001　"], "N001"),
        ({"role": "person_id"}, [NEW, NEW.lower(), full_width(NEW), f" {NEW[:6]} {NEW[6:]}"], token(NEW)),
        ({"role": "person_id"}, [BORN_1970, OLD, full_width(OLD)], token(BORN_1970)),
        ({}, [NEW, NEW.lower(), full_width(NEW)], token(NEW)),
        ({"role": "embedded_person_id", "affix": "^G(.+)$"}, [f"G{NEW}", f"g{NEW.lower()}"], token(f"G{NEW}")),
        ({"role": "embedded_person_id", "affix": "^G(.+)$"}, [f"G{BORN_1970}", f"G{OLD}"], token(f"G{BORN_1970}")),
        ({"role": "uscc"}, ["91440300708461136T", "91440300708461136t "], token("91440300708461136T")),
        ({"role": "phone"}, ["13800138000", "+86 138-0013-8000"], token("13800138000")),
        ({"type": "date"}, ["2026-03-01", "2026年3月1日", "20260301"], "2026-03-01"),
        ({"type": "integer"}, ["1200", "1,200", "１２００"], "1200"),
        ({"role": "unit_code"}, ["44030600800448t0041", "44030600800448T0041"], "44030600800448T0041"),
        ({"code_list": "sex"}, ["男", "male"], "male"),
    ],
    ids=lambda value: str(value.get("role", value)) if isinstance(value, dict) else "",
)
def test_one_record_has_one_id_however_it_is_written(column: dict[str, Any], texts: list[str], record_id: str) -> None:
    assert set(ids(key_of(**column), texts)) == {record_id}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ({}, None),
        ({}, " "),
        ({"pattern": "^N[0-9]{3}$"}, "N01"),
        ({"role": "person_id"}, NEW[:-1] + "1"),
        ({"type": "date"}, "2026-02-30"),
        ({"role": "unit_code"}, "440306"),
    ],
)
def test_a_key_that_cannot_be_read_names_nobody(column: dict[str, Any], text: str | None) -> None:
    assert ids(key_of(**column), [text]) == [None]


def test_rows_without_their_key_columns_name_nobody() -> None:
    assert ids(key_of(), ["x"], name="remark") == [None]


def test_a_sound_row_and_a_kept_out_one_carry_the_same_id() -> None:
    feed = contract(
        [
            {"name": "number", "key": True},
            {"name": "id_number", "role": "person_id", "classification": "restricted", "key": True},
            {"name": "since", "type": "date"},
        ]
    )
    rows = rows_of({"id_number": [NEW.lower(), full_width(NEW)], "since": ["2026-03-01", "2026-02-30"]})
    rows = rows.with_columns(number=pl.lit(" ａ１"))
    made = clean(rows, feed, DAY, KEYS)
    assert made.quarantined["row_number"].to_list() == [3]
    kept_out = record_ids(rows.filter(pl.col("row_number") == 3), feed, DAY, KEYS)
    assert made.rows["record_id"].to_list() == kept_out.to_list() == [f"a1|{token(NEW)}"]
