"""Whether a character goes with its neighbours in any known name: 福 goes with 苑, 幅 does not.

A name with one character that goes with neither neighbour is hardly another place's: of real names not among those the
pairs were taken from, one in forty looks so, of names with a random wrong character, most.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.home import REFERENCE

START = "^"  # before the first character of a name


@cache
def known_pairs() -> frozenset[str]:
    """Every two characters that follow each other in some name, START before the first."""
    lines = (REFERENCE / "name_pairs.txt").read_text(encoding="utf-8").split()
    return frozenset(line[0] + second for line in lines for second in line[1:])


def is_odd(name: pl.Expr, at: pl.Expr) -> pl.Expr:
    """True where the character of `name` at `at` (from 0) goes with neither neighbour. Beside a digit or letter nothing
    is known: a pair with one does not count, and no pair that counts is not odd.
    """
    before = pl.when(at == 0).then(pl.lit(START)).otherwise(name.str.slice((at - 1).clip(0), 1))
    here = name.str.slice(at, 1)
    after = name.str.slice(at + 1, 1)
    first = _goes(before + here)
    second = pl.when(after == "").then(None).otherwise(_goes(here + after))
    return ~first.fill_null(second).fill_null(True) & ~second.fill_null(first).fill_null(True)


def is_gap(name: pl.Expr, at: pl.Expr) -> pl.Expr:
    """True where the character at `at` does not follow the one before it in any known name: one may be left out."""
    before = pl.when(at == 0).then(pl.lit(START)).otherwise(name.str.slice((at - 1).clip(0), 1))
    here = name.str.slice(at, 1)
    return (here != "") & ~_goes(before + here).fill_null(True)


def _goes(pair: pl.Expr) -> pl.Expr:
    """Whether a pair is known; null where it holds a digit or letter."""
    return pair.map_batches(_known, return_dtype=pl.Boolean, is_elementwise=True)


def _known(pairs: pl.Series) -> pl.Series:
    told = pl.DataFrame({"pair": pairs})
    distinct = told.unique()
    known = known_pairs()  # asked here: a join would go through all of them every time
    is_known = pl.Series([pair in known for pair in distinct["pair"]], dtype=pl.Boolean)
    told = told.join(
        distinct.with_columns(is_known=is_known), on="pair", how="left", nulls_equal=True, maintain_order="left"
    )
    counts = ~pl.col("pair").str.contains("[0-9A-Z]")
    return told.select(pl.when(counts).then("is_known"))["is_known"]
