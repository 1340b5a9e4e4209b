"""Measures counted by what moved: what a measure said, without what its groups of rows said that came or went, and with
what they say now. For a measure that is the sum over groups of rows (`together`) that is what counting everything says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import polars as pl

from schemas.measure import BATCH, Measure
from transforms.lake.layers import Moved
from transforms.packing.beside import CODES
from transforms.packing.measured import columns_read, counted, counting


def added(
    measures: Sequence[Measure],
    said: Mapping[str, pl.DataFrame],
    moved: Mapping[str, Moved],
    batches: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Per measure id its values now, from those it `said` before and the tables that `moved` since; for all of them
    `is_added` holds. `batches` is quality.batch, of which they take what they took before."""
    found: dict[str, pl.DataFrame] = {}
    if not measures:
        return found
    with counting() as con:
        for together, group in groupby(sorted(measures, key=_together), key=_together):
            alike = list(group)
            was, now = _sides(list(together), alike, moved)
            before, after = (counted(con, {**side, BATCH: batches}, alike) for side in (was, now))
            for measure in alike:
                parts = [said[measure.id], after[measure.id], before[measure.id].with_columns(-pl.col("value"))]
                values = pl.concat(parts).group_by(CODES).agg(pl.col("value").sum())
                found[measure.id] = values.filter(pl.col("value") != 0)
    return found


def is_added(measure: Measure, moved: Mapping[str, Moved]) -> bool:
    """Whether a measure is a sum over groups of rows of tables of which it is known what moved."""
    if measure.together is None or not set(measure.counts) <= moved.keys():
        return False
    return all(set(measure.together) <= set(moved[table].came.collect_schema()) for table in measure.counts)


def _together(measure: Measure) -> tuple[str, ...]:
    return tuple(measure.together or ())


def _sides(
    together: list[str], measures: Sequence[Measure], moved: Mapping[str, Moved]
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
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
