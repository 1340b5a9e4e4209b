"""Values of measures kept from one release to the next: a measure none of whose tables changed counts what it did, and
one that is a sum over rows is counted on from them (`added`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from schemas.measure import Measure
from transforms.lake.letters import letters_of
from transforms.packing.beside import CODES


def marks_of(measures: Sequence[Measure], contents: Mapping[str, str], as_of: date) -> dict[str, str]:
    """Per measure id what its values follow from: the measure itself, the contents of all it counts (`contents`, by
    table) and what it takes of the day of the last delivery. One that counts a table whose content nobody tells is left
    out."""
    marks = {}
    for measure in measures:
        if set(measure.counts) <= contents.keys():
            turns = {"day": f"{as_of}", "month": f"{as_of:%Y-%m}", None: ""}[measure.as_of]
            told = (contents[table] for table in measure.counts)
            marks[measure.id] = letters_of(measure.model_dump_json(), str(measure.together), turns, *told)
    return marks


def those_kept(kept: pl.DataFrame | None, marks: Mapping[str, str]) -> dict[str, str]:
    """Those of the marks under which values were kept."""
    columns = set(kept.columns) if kept is not None else set()
    return {measure: mark for measure, mark in marks.items() if _column(measure, mark) in columns}


def known(kept: pl.DataFrame | None, marks: Mapping[str, str]) -> pl.DataFrame:
    """Values that were kept under these marks, side by side."""
    if kept is None:
        return pl.DataFrame(schema=dict.fromkeys(CODES, pl.String))
    columns = those_kept(kept, marks).items()
    return kept.select(*CODES, *(pl.col(_column(measure, mark)).alias(measure) for measure, mark in columns))


def keeping(values: pl.DataFrame, marks: Mapping[str, str]) -> pl.DataFrame:
    """What `known` reads, of values side by side; those of measures without a mark are left out."""
    return values.select(*CODES, *(pl.col(measure).alias(_column(measure, mark)) for measure, mark in marks.items()))


def _column(measure: str, mark: str) -> str:
    return f"{measure} {mark}"
