from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace

import polars as pl

from tests.cleaning.tidy import KEYS, feed_of, rows_of
from transforms.cleaning.tokens import row_hash, token_expr, tokens

FEED = feed_of({"name": "a"}, {"name": "b"})


def test_token_is_keyed_and_in_letters() -> None:
    digest = hmac.new(KEYS.token.hex().encode(), "甲".encode(), hashlib.sha256).hexdigest()[:32]
    expected = digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))
    assert tokens(pl.Series(["甲", None, "甲"]), KEYS).to_list() == [expected, None, expected]
    assert tokens(pl.Series(["甲"]), replace(KEYS, token=b"x" * 32))[0] != expected


def test_expression_and_edge_lengths() -> None:
    frame = pl.DataFrame({"v": ["甲", None]})
    assert frame.select(token_expr(pl.col("v"), KEYS))["v"].to_list() == tokens(frame["v"], KEYS).to_list()
    assert tokens(pl.Series([], dtype=pl.String), KEYS).to_list() == []
    assert tokens(pl.Series([None], dtype=pl.String), KEYS).to_list() == [None]


def test_keys_are_never_shown() -> None:
    assert "t" * 32 not in repr(KEYS)
    plan = pl.LazyFrame({"v": ["甲"]}).select(token_expr(pl.col("v"), KEYS)).explain()
    assert KEYS.token.hex() not in plan


def test_row_hash_depends_on_cells_and_contract_alone() -> None:
    rows = rows_of({"a": ["1", "1", "1", None], "b": ["2", "2", "3", "12"], "number": ["N"] * 4})
    hashes = row_hash(rows, FEED, KEYS).to_list()
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 3
    moved = rows.with_columns(row_number=pl.col("row_number") + 7, file_name=pl.lit("b.csv"))
    assert row_hash(moved, FEED, KEYS).to_list() == hashes
    other = feed_of({"name": "a", "role": "status"}, {"name": "b"})
    assert set(row_hash(rows, other, KEYS)).isdisjoint(hashes)


def test_cells_do_not_run_into_each_other() -> None:
    rows = rows_of({"a": ["1", "12", None, ""], "b": ["23", "3", "x", "x"], "number": ["N"] * 4})
    assert row_hash(rows, FEED, KEYS).n_unique() == 4


def test_geometry_is_part_of_the_hash() -> None:
    feed = feed_of({"name": "geometry", "role": "geometry"})
    rows = rows_of({"geometry": [b"a", b"b", None, b"a"], "number": ["N"] * 4})
    assert row_hash(rows, feed, KEYS).n_unique() == 3
