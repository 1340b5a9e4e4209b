"""The values of all measures for a release: kept where nothing changed, counted on where little did, else counted."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import polars as pl

from schemas.measure import BATCH, Measure, load_measures
from transforms.lake import layers
from transforms.packing.added import added, is_added
from transforms.packing.beside import CODES, put_together, side_by_side
from transforms.packing.kept import keeping, known, marks_of, those_kept
from transforms.packing.measured import measured
from transforms.releasing.draft import Draft
from transforms.releasing.layered import contents_of

MEASURED = "values"  # state: every measure's values


def values_of(
    made: Draft, at_hand: Mapping[str, pl.DataFrame], library: Mapping[str, str], earlier: pl.DataFrame | None
) -> pl.DataFrame:
    """The values of every measure, side by side; keeps them. `at_hand` are the tables that lie in no file of the draft,
    `library` tells the contents of address.*, `earlier` what the release before kept."""
    measures, batches = list(load_measures().values()), at_hand[BATCH]
    as_of = batches.filter(pl.col("status") != "refused")["delivered_on"].max()  # the day measures ask for
    assert isinstance(as_of, date)
    marks = marks_of(measures, {**library, **contents_of(made.tables)}, as_of)
    same, then = those_kept(earlier, marks), {}
    if made.previous is not None:
        then = marks_of(_without(measures, same), {**library, **contents_of(made.previous.tables)}, as_of)
    then = those_kept(earlier, then)
    more = _added(made, [measure for measure in measures if measure.id in then], batches)
    stood = known(earlier, {**same, **{name: mark for name, mark in then.items() if name in more.columns}})
    relations = {table: layers.relation(made.folder, entry) for table, entry in made.tables.items()}
    anew = measured(at_hand, _without(measures, stood.columns), relations)
    beside = put_together(stood, put_together(more, side_by_side(anew)))
    beside = beside.select(*CODES, *(measure.id for measure in measures))
    made.keep(MEASURED, keeping(beside, marks))
    return beside


def _added(made: Draft, measures: Sequence[Measure], batches: pl.DataFrame) -> pl.DataFrame:
    """What is to be added to the values of those measures that can be counted on from the release before."""
    asked = [measure for measure in measures if measure.together is not None]
    tables = {table: made.moved(table) for table in sorted({table for measure in asked for table in measure.counts})}
    moved = {table: what for table, what in tables.items() if what is not None}
    return added([measure for measure in asked if is_added(measure, moved)], moved, batches)


def _without(measures: Sequence[Measure], names: Collection[str]) -> list[Measure]:
    return [measure for measure in measures if measure.id not in names]
