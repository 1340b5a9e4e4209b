"""Whose rows were kept out: the records of rows that never got through cleaning."""

from __future__ import annotations

from datetime import date
from functools import reduce

import polars as pl

from schemas.contract import Contract, Role
from transforms.cleaning.tokens import Keys


def record_ids(rows: pl.DataFrame, contract: Contract, day: date, keys: Keys) -> pl.Series:
    """record_id of raw rows, by cleaning's own steps as far as the name; rows whose key itself is broken have none.

    A quarantined row of a snapshot has not vanished: with its record known, the last good version stands.
    """
    from transforms.cleaning.clean import STEPS
    from transforms.cleaning.identify import name_records
    from transforms.cleaning.work import Work

    if rows.is_empty():
        return pl.Series("record_id", [], pl.String)
    read = rows.drop(
        [column.name for column in contract.columns if column.is_dropped and column.role is not Role.GEOMETRY],
        strict=False,
    )
    steps = STEPS[: STEPS.index(name_records) + 1]
    named = reduce(lambda work, step: step(work), steps, Work(read, contract, day, keys)).frame
    return named["record_id"].drop_nulls()
