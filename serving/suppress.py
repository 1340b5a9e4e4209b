"""Small cells are withheld, and enough of their neighbours that no margin gives them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

WITHHELD = "is_withheld"
RECORDS = "_records"


def small_cells(cells: pl.DataFrame, dimensions: Sequence[str], minimum: int) -> pl.DataFrame:
    """`cells` with a boolean column `is_withheld`; column `_records` holds how many records a cell counts.

    Primary: fewer than `minimum` records. Complementary, until nothing changes: in every line of cells that differ in
    one dimension only (its total may be known from elsewhere), the withheld ones must be at least two and count at
    least `minimum` together, else the smallest shown one is withheld too.
    """
    import polars as pl

    marked = (
        cells.with_row_index("_cell")
        .with_columns((pl.col(RECORDS) < minimum).alias(WITHHELD))
        .sort(RECORDS, *dimensions, nulls_last=True)  # smallest first; ties by place, so a rerun withholds the same
    )
    while True:
        more = set[int]()
        for dimension in dimensions:
            more |= _needed(marked, [name for name in dimensions if name != dimension], minimum)
        if not more:
            return marked.sort("_cell").drop("_cell")
        marked = marked.with_columns(pl.col(WITHHELD) | pl.col("_cell").is_in(sorted(more)))


def small_numbers(numbers: pl.Series, lines: pl.Series, minimum: int) -> pl.Series:
    """Which of a place's counts are withheld (boolean, in order): those of 1 to `minimum` - 1, and enough others.

    `lines` says which numbers add up to a total that may be known (the parent place). Zeros hide nothing and are
    shown, unless nothing else is left to protect a neighbour with.
    """
    import polars as pl

    count = numbers.fill_null(0).rename(RECORDS)
    marked = (
        pl.DataFrame([count, lines.rename("_line")])
        .with_row_index("_cell")
        .with_columns(((pl.col(RECORDS) > 0) & (pl.col(RECORDS) < minimum)).alias(WITHHELD))
        .sort(pl.col(RECORDS) == 0, RECORDS, "_cell")
    )
    while more := _needed(marked, ["_line"], minimum):
        marked = marked.with_columns(pl.col(WITHHELD) | pl.col("_cell").is_in(sorted(more)))
    return marked.sort("_cell")[WITHHELD]


def _needed(marked: pl.DataFrame, line: Sequence[str], minimum: int) -> set[int]:
    """Of every unsafe line the smallest cell still shown; a line withheld whole has none."""
    import polars as pl

    held = pl.col(WITHHELD)
    unsafe = (
        marked.group_by(list(line) or pl.lit(0).alias("_line"), maintain_order=True)
        .agg(
            held.sum().alias("withheld"),
            pl.col(RECORDS).filter(held).sum().alias("hidden"),
            pl.col("_cell").filter(~held).first().alias("smallest_shown"),
        )
        .filter((pl.col("withheld") == 1) | ((pl.col("withheld") > 1) & (pl.col("hidden") < minimum)))
    )
    return set(unsafe["smallest_shown"].drop_nulls().to_list())
