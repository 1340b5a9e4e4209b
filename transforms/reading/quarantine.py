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
    """The rows of `frame` that have no line in `faults`, in their order; the others' neighbours are unharmed."""
    return frame if faults.is_empty() else frame.filter(~is_faulty(frame, faults))


def is_faulty(frame: pl.DataFrame, faults: pl.DataFrame) -> pl.Series:
    """True for each row of `frame` that has a line in `faults`. Faults are few: first by number, then by file too."""
    place = ["file_name", "row_number"]
    suspect = frame["row_number"].is_in(faults["row_number"].cast(frame.schema["row_number"]).unique().implode())
    found = pl.DataFrame({"at": suspect.arg_true()}).hstack(frame.select(place).filter(suspect))
    hit = found.join(faults.select(place).unique(), on=place, how="semi")["at"]
    return pl.repeat(False, frame.height, eager=True).scatter(hit, True)


def distinct_rows(faults: pl.DataFrame) -> int:
    """How many rows stand in quarantine, however many rules each broke."""
    return faults.select("file_name", "row_number").n_unique() if faults.height else 0
