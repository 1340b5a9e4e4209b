from __future__ import annotations

import hashlib

import polars as pl

from transforms.resolving.identity import id_expr


def test_an_id_is_letters_of_a_hash_over_the_parts() -> None:
    digest = hashlib.sha256(b"unit\x1fx\x1f").hexdigest()[:32]
    expected = "".join(chr(ord("a") + int(nibble, 16)) for nibble in digest)
    made = pl.DataFrame({"a": ["x"], "b": [None]}).select(id_expr("unit", pl.col("a"), pl.col("b"))).item()
    assert made == expected


def test_where_a_part_ends_matters() -> None:
    frame = pl.DataFrame({"a": ["ab", "a"], "b": ["c", "bc"]})
    assert frame.select(id_expr(pl.col("a"), pl.col("b"))).to_series().n_unique() == 2
