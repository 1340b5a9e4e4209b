"""Measures counted by what moved: what their groups of rows that came or went say now, without what they said. For a
measure that is the sum over groups of rows (`together`) that is by how much it differs from what it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import polars as pl

from schemas.measure import BATCH, Measure
from transforms.lake.layers import Moved
from transforms.packing.beside import CODES, put_together, side_by_side
from transforms.packing.measured import columns_read, counted, counting

Sides = tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]  # tables by name, before and now


def added(measures: Sequence[Measure], moved: Mapping[str, Moved], batches: pl.DataFrame) -> pl.DataFrame:
    """What has to be added to the values of each measure, side by side, as the tables it counts `moved`.

    `is_added` holds for all of them, and of quality.batch, which is `batches`, they take what they took before.
    """
    before: dict[str, pl.DataFrame] = {}
    after: dict[str, pl.DataFrame] = {}
    if measures:
        with counting() as con:
            ways = {measure.id: (tuple(measure.together or ()), _at_hand(measure, moved)) for measure in measures}
            for (together, at_hand), group in groupby(
                sorted(measures, key=lambda one: ways[one.id]), key=lambda one: ways[one.id]
            ):
                alike = list(group)
                was, now = (_grouped if at_hand else _looked_for)(list(together), alike, moved)
                before |= counted(con, {**was, BATCH: batches}, alike)
                after |= counted(con, {**now, BATCH: batches}, alike)
    less = side_by_side(before).with_columns(-pl.exclude(CODES))
    return put_together(side_by_side(after), less)


def is_added(measure: Measure, moved: Mapping[str, Moved]) -> bool:
    """Whether a measure is a sum over groups of rows of tables of which it is known what moved."""
    if measure.together is None or not set(measure.counts) <= moved.keys():
        return False
    return all(set(measure.together) <= set(moved[table].came.collect_schema()) for table in measure.counts)


def _at_hand(measure: Measure, moved: Mapping[str, Moved]) -> bool:
    """Whether all rows of the groups that moved were at hand when the tables were made: the same groups of each."""
    groups = [moved[table].groups for table in measure.counts]
    first = groups[0]
    return first is not None and all(
        one is not None and [one.column] == measure.together and one.keys is first.keys for one in groups
    )


def _grouped(_together: list[str], measures: Sequence[Measure], moved: Mapping[str, Moved]) -> Sides:
    groups = {name: moved[name].groups for name in {table for measure in measures for table in measure.counts}}
    known = {name: one for name, one in groups.items() if one is not None}
    return {name: one.was for name, one in known.items()}, {name: one.now for name, one in known.items()}


def _looked_for(together: list[str], measures: Sequence[Measure], moved: Mapping[str, Moved]) -> Sides:
    """The tables before and now, as far as the groups reach in which a row came or went."""
    names = sorted({table for measure in measures for table in measure.counts})
    read = {name: columns_read(measures, name, moved[name].came.collect_schema()) for name in names}
    columns = {name: list(dict.fromkeys([*read[name], *together])) for name in names}
    gone = {name: moved[name].gone.select(columns[name]).collect() for name in names}
    came = {name: moved[name].came.select(columns[name]).collect() for name in names}
    if not together:
        return gone, came
    groups = pl.concat([part.select(together) for parts in (gone, came) for part in parts.values()]).unique()
    stayed = {
        name: moved[name]
        .stayed.select(columns[name])
        .join(groups.lazy(), on=together, how="semi", nulls_equal=True)
        .collect()
        for name in names
    }
    return (
        {name: pl.concat([stayed[name], gone[name]]) for name in names},
        {name: pl.concat([stayed[name], came[name]]) for name in names},
    )
