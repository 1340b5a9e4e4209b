"""`clean`: the visible list of steps from text to typed rows without direct identifiers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import reduce

import polars as pl

from schemas.contract import Column, Contract, Role
from schemas.record_table import cleaned_columns
from schemas.table_shape import POLARS_TYPES
from transforms.cleaning.coordinates import place_footprints, place_points
from transforms.cleaning.derive import derive_person, keep_birth_years
from transforms.cleaning.identify import tokenise
from transforms.cleaning.numbers import check_ranges
from transforms.cleaning.record_id import READ_VALUES, hide_keys, record_ids
from transforms.cleaning.scrub import drop_sole_traders, remove_names, scrub_text
from transforms.cleaning.tokens import Keys
from transforms.cleaning.work import Work
from transforms.reading.quarantine import no_faults, without_faulty

STEPS: list[Callable[[Work], Work]] = [
    *READ_VALUES,  # from text to typed values
    check_ranges,
    place_points,
    place_footprints,
    derive_person,
    keep_birth_years,
    drop_sole_traders,
    remove_names,
    scrub_text,
    hide_keys,
    tokenise,
]


@dataclass(frozen=True)
class Cleaned:
    """`rows`: file_name, row_number, record_id, then `schemas.record_table.cleaned_columns` of the contract, typed.
    `quarantined`: see `transforms.reading.quarantine.QUARANTINE`; one row may stand there several times.
    `hidden`: cells of texts in which a phone or an identity number became ***."""

    rows: pl.DataFrame
    quarantined: pl.DataFrame
    hidden: int = 0


def clean(rows: pl.DataFrame, contract: Contract, day: date, keys: Keys) -> Cleaned:
    """Rows as `reading.read` returns them, cleaned; every row comes out either in `rows` or in `quarantined`."""
    frame = rows.drop([column.name for column in contract.columns if _is_never_read(column)], strict=False)
    named = frame.with_columns(record_id=record_ids(frame, contract, day, keys))
    work = reduce(lambda done, step: step(done), STEPS, Work(named, contract, day, keys))
    faults = pl.concat(work.faults) if work.faults else no_faults()
    return Cleaned(without_faulty(_shaped(work), faults), faults, work.hidden)


def _is_never_read(column: Column) -> bool:
    """Excluded columns are not even looked at."""
    return column.classification == "excluded" and not column.key and column.role is not Role.GEOMETRY


def _shaped(work: Work) -> pl.DataFrame:
    """Only what the lake may hold, in the order of the contract."""
    frame = work.frame
    wanted = [
        (pl.col(column.name) if column.name in frame.columns else pl.lit(None).alias(column.name)).cast(
            POLARS_TYPES[column.type]
        )
        for column in cleaned_columns(work.contract)
    ]
    return frame.select("file_name", "row_number", "record_id", *wanted)
