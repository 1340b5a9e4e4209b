"""Lines at a sample's end that are no records, told by their shape: remarks and seals come in words nobody can list.

What the reader knows by its words (totals, who filled the form in) is set apart before.
"""

from __future__ import annotations

import polars as pl

MOST = 5  # lines at the end
OTHERS = 10  # lines above them, to tell what a record fills
ALWAYS = 3  # columns that every record fills, or nothing can be told
FILLED = 0.98  # share of the records that fill such a column


def lines_apart(rows: pl.DataFrame) -> int:
    """How many lines at the end (`rows`: columns "c0", "c1", … of text) lack most of what every other line fills."""
    columns = [name for name in rows.columns if name.startswith("c") and name[1:].isdigit()]
    records = rows.head(max(rows.height - MOST, 0)).select(columns)
    if records.height < OTHERS:
        return 0
    shares = records.select(pl.all().is_not_null().mean()).row(0, named=True)
    always = [name for name, share in shares.items() if share >= FILLED]
    if len(always) < ALWAYS:
        return 0
    filled = rows.tail(MOST).select(pl.sum_horizontal(pl.col(name).is_not_null() for name in always)).to_series()
    lacking = (filled * 2 < len(always)).reverse().to_list()
    return [*lacking, False].index(False)
