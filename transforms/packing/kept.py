"""Values of measures kept from one release to the next: a measure none of whose tables changed counts what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from schemas.measure import Measure
from transforms.lake.letters import letters_of
from transforms.packing.measured import VALUES

KEPT = pl.Schema({"measure": pl.String(), "mark": pl.String(), **VALUES})


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
    same = kept.filter(pl.col("mark") == pl.col("measure").replace_strict(dict(marks), default=None))
    parts = same.partition_by("measure", as_dict=True) if same.height else {}
    return {str(measure): rows.select(list(VALUES)).drop_nulls("value") for (measure,), rows in parts.items()}


def keeping(values: Mapping[str, pl.DataFrame], marks: Mapping[str, str]) -> pl.DataFrame:
    """What `known` reads, of KEPT. A measure without values stands there too, with one that is null."""
    nothing = pl.DataFrame({name: [None] for name in VALUES}, schema=VALUES)
    parts = [
        (values[measure] if values[measure].height else nothing)
        .select(pl.lit(measure).alias("measure"), pl.lit(mark).alias("mark"), *VALUES)
        .cast(KEPT)
        for measure, mark in marks.items()
    ]
    return pl.concat([pl.DataFrame(schema=KEPT), *parts]).sort("measure", "building_code", "area_code")
