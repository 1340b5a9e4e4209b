"""Rows some at a time: a step needs several times the memory of the rows it handles."""

from __future__ import annotations

import polars as pl

PART = 500_000  # rows


def in_parts(rows: pl.DataFrame) -> list[pl.DataFrame]:
    """The rows in their order, PART at a time; one part without rows where there are none."""
    return list(rows.iter_slices(PART)) if rows.height else [rows]
