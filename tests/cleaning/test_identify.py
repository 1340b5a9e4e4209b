from __future__ import annotations

import polars as pl
from stdnum.cn import ric

from tests.cleaning.tidy import DAY, KEYS, cleaned, feed_of, rows_of
from tests.reading.small_feed import contract
from transforms.cleaning.clean import clean
from transforms.cleaning.tokens import tokens

ID = "44030619900307123" + ric.calc_check_digit("440306199003071230")


def test_record_id_of_several_key_columns() -> None:
    feed = contract(
        [
            {"name": "number", "key": True},
            {"name": "since", "type": "date", "key": True},
            {"name": "id_number", "role": "person_id", "key": True},
        ]
    )
    rows = rows_of({"since": ["2026年3月1日"], "id_number": [ID.lower()], "number": ["N1"]})
    made = clean(rows, feed, DAY, KEYS).rows
    assert made["record_id"].to_list() == [f"N1|2026-03-01|{tokens(pl.Series([ID]), KEYS)[0]}"]


def test_a_key_that_hides_an_identifier_is_tokenised() -> None:
    rows = cleaned(feed_of({"name": "value"}), {"number": [f"P{ID}", "N1"], "value": ["a", "b"]}).rows
    assert ID not in str(rows.rows())


def test_phones_written_differently_are_one_phone() -> None:
    phones = ["13800138000", "138-0013-8000", "+86 138 0013 8000", "１３８００１３８０００", "无"]
    rows = cleaned(feed_of({"name": "mobile", "role": "phone"}), {"mobile": phones}).rows
    assert rows["mobile_token"].drop_nulls().n_unique() == 1
    assert rows["mobile_token"].null_count() == 1


def test_names_are_one_name_whatever_the_spaces() -> None:
    rows = cleaned(feed_of({"name": "who", "role": "person_name"}), {"who": ["甲 一", "甲一", "甲　一 "]}).rows
    assert rows["who_token"].n_unique() == 1
