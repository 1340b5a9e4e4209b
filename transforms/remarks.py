"""Warnings about a delivery that is let in, as lines of quality.validation: what was odd, for the board to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from transforms.reading.source import Warning_

SUITE = "delivery"


def remarks(warnings: Sequence[Warning_], repeats: date | None, rows: int) -> pl.DataFrame:
    """One line a rule and column. `repeats`: the earlier day whose snapshot came again; `rows`: rows looked at."""
    told = [(warning.rule, warning.column, warning.message) for warning in warnings]
    if repeats is not None:
        told.append(("repeated_snapshot", "", f"the snapshot of {repeats} came again"))
    frame = pl.DataFrame(
        told, schema=dict.fromkeys(("expectation", "column_name", "observed"), pl.String), orient="row"
    )
    return (
        frame.group_by("expectation", "column_name", maintain_order=True)
        .agg(pl.col("observed").unique(maintain_order=True).str.join("; "))
        .with_columns(
            suite=pl.lit(SUITE),
            severity=pl.lit("warning"),
            is_success=pl.lit(False),
            rows_judged=pl.lit(rows, dtype=pl.Int64),
        )
    )
