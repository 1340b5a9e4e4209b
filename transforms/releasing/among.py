"""Which rows of a large table are of some keys, asked by number: a set of texts is made again for each group of rows
read, and a quarter of a million keys cost more than decoding all columns of the rows they are looked for in.
"""

from __future__ import annotations

import polars as pl

SEED = 5


def among(column: str, keys: pl.Series) -> pl.Expr:
    """True where the column holds one of the keys (text), false where it is null.

    Another text of the same 64 bits counts too, everywhere where the same keys are asked for: who needs these keys
    alone asks once more of the few rows found.
    """
    return pl.col(column).hash(SEED).is_in(keys.hash(SEED).implode()) & pl.col(column).is_not_null()
