"""Values of measures kept from one release to the next: a measure none of whose tables changed counts what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.measure import Measure
from transforms.lake.letters import letters_of
from transforms.packing.beside import CODES


def marks_of(measures: Sequence[Measure], contents: Mapping[str, str]) -> dict[str, str]:
    """Per measure id what its values follow from: the measure itself and the contents of all it reads (`contents`, by
    table). One that reads a table whose content nobody tells is left out."""
    return {
        measure.id: letters_of(measure.model_dump_json(), *(contents[table] for table in measure.reads))
        for measure in measures
        if set(measure.reads) <= contents.keys()
    }


def known(kept: pl.DataFrame | None, marks: Mapping[str, str]) -> dict[str, pl.DataFrame]:
    """Values that were kept under the same mark, by measure."""
    if kept is None:
        return {}
    columns = {measure: _column(measure, mark) for measure, mark in marks.items()}
    return {
        measure: kept.select(*CODES, pl.col(column).alias("value")).drop_nulls("value")
        for measure, column in columns.items()
        if column in kept.columns
    }


def keeping(values: pl.DataFrame, marks: Mapping[str, str]) -> pl.DataFrame:
    """What `known` reads, of values side by side; those of measures without a mark are left out."""
    return values.select(*CODES, *(pl.col(measure).alias(_column(measure, mark)) for measure, mark in marks.items()))


def _column(measure: str, mark: str) -> str:
    return f"{measure} {mark}"
