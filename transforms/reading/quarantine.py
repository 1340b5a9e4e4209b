"""The lines that say which cell broke which rule, with the value reduced to its shape."""

from __future__ import annotations

import polars as pl

QUARANTINE: dict[str, pl.DataType] = {
    "file_name": pl.String(),
    "row_number": pl.UInt32(),
    "column": pl.String(),
    "rule": pl.String(),
    "masked_value": pl.String(),
}
SHAPE_LENGTH = 32


def no_faults() -> pl.DataFrame:
    """An empty quarantine frame."""
    return pl.DataFrame(schema=QUARANTINE)


def shape_mask(expr: pl.Expr) -> pl.Expr:
    """The shape of a text, never its content: digit → #, Han → 〇, letter → A, control → ?, at most 32 characters."""
    return (
        expr.str.slice(0, SHAPE_LENGTH)
        .str.replace_all(r"\p{Nd}", "#")
        .str.replace_all(r"\p{Han}", "〇")
        .str.replace_all(r"[^\P{L}〇]", "A")
        .str.replace_all(r"\p{C}", "?")
    )


def faults_of(
    frame: pl.DataFrame, broken: pl.Expr, column: str, rule: str, value: pl.Expr | None = None
) -> pl.DataFrame:
    """Quarantine lines for the rows of `frame` (file_name, row_number, …) where `broken` is true.

    `value` (default: the column itself) is the offending text; it is masked to its shape here.
    """
    shown = value if value is not None else pl.col(column)
    hit = frame.filter(pl.col("row_number").is_not_null() & broken.fill_null(False))
    if hit.is_empty():
        return no_faults()
    return hit.select(
        pl.col("file_name"),
        pl.col("row_number").cast(pl.UInt32),
        pl.lit(column).alias("column"),
        pl.lit(rule).alias("rule"),
        shape_mask(shown.cast(pl.String)).alias("masked_value"),
    )


def without_faulty(frame: pl.DataFrame, faults: pl.DataFrame) -> pl.DataFrame:
    """The rows of `frame` that have no line in `faults`; the others' neighbours are unharmed."""
    if faults.is_empty():
        return frame
    return frame.join(faults.select("file_name", "row_number").unique(), on=["file_name", "row_number"], how="anti")


def distinct_rows(faults: pl.DataFrame) -> int:
    """How many rows stand in quarantine, however many rules each broke."""
    return faults.select("file_name", "row_number").n_unique() if faults.height else 0
