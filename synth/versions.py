"""A record as a department holds it, in versions: each is delivered from one day on and until another.

A version frame has the contract's columns as text (as they will stand in the file) and, beside them,
`_record` (key as the lake will know it), `_first` and `_last` (positions of delivery days, `_last` excluded),
`_unit` and `_building` (what the address means; null where it means none), `_level` and `_rule` (a planted defect).
A snapshot of a day holds the versions living that day; incremental and event feeds those that begin that day.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.calendar import to_dates
from synth.draw import Draw, Ints
from synth.person import ARRIVE, BIRTH, DEATH, LEAVE, MOVE, People

META = ["_record", "_first", "_last", "_unit", "_building", "_level", "_rule"]
NEVER = 2**31


def person_versions(
    people: People, members: Ints, days: Ints, draw: Draw, *, never: float, lag: int, corrected: float = 0.004
) -> dict[str, Ints]:
    """What a department believes of where its `members` live, day by day.

    It learns of a change `0..lag` days late, `never` in that share of cases; `corrected` of the entries named a wrong
    unit at first, put right on one of the days. Returns arrays person, unit, since, first, last.
    """
    change, changed = people.change[members], people.changed[members]
    size = len(members)
    learned = changed + np.where(draw.chance(size, 0.4), draw.integers(0, 2, size), draw.integers(0, lag, size))
    learned = np.where(draw.chance(size, never), NEVER, learned)
    at = np.searchsorted(days, learned).astype(np.int64)
    end = np.full(size, len(days), dtype=np.int64)
    begin = np.zeros(size, dtype=np.int64)
    since = people.since[members]
    came = np.isin(change, [ARRIVE, BIRTH])
    went = np.isin(change, [MOVE, LEAVE, DEATH])
    first = np.where(came, at, begin)
    last = np.where(went, at, end)
    moved = change == MOVE
    wrong = draw.chance(size, corrected) & (first < last - 1)
    other = people.unit[draw.integers(0, people.size - 1, size)]
    right_from = np.where(wrong, np.minimum(first + 1 + draw.integers(0, 3, size), last - 1), first)
    parts = [
        (members[wrong], other[wrong], since[wrong], first[wrong], right_from[wrong]),
        (members, people.unit[members], since, right_from, last),
        (members[moved], people.next_unit[members[moved]], changed[moved], at[moved], end[moved]),
    ]
    columns = [np.concatenate(values) for values in zip(*parts, strict=True)]
    kept = columns[3] < columns[4]
    order = np.lexsort((columns[3][kept], columns[0][kept]))
    names = ("person", "unit", "since", "first", "last")
    return {name: values[kept][order] for name, values in zip(names, columns, strict=True)}


def meaning(unit: pl.DataFrame, building: pl.DataFrame, rows: Ints, named: np.ndarray | None = None) -> pl.DataFrame:
    """_unit, _building, _level of addresses of these units as the library knows them (-1: nothing).

    `named` says which addresses name the room; the others mean the building.
    """
    safe = np.maximum(rows, 0)
    units = unit.select("unit_code", "building", listed="is_listed")[pl.Series(safe.astype(np.uint32))]
    buildings = building.select("building_code", known="is_listed")[units["building"]]
    return pl.concat([units, buildings], how="horizontal").with_columns(
        is_here=pl.Series(rows >= 0),
        listed=pl.col("listed") & pl.Series(named if named is not None else np.ones(len(rows), dtype=bool)),
    ).select(
        _unit=pl.when(pl.col("is_here") & pl.col("listed")).then("unit_code"),
        _building=pl.when(pl.col("is_here") & pl.col("known")).then("building_code"),
        _level=pl.when(~pl.col("is_here")).then(pl.lit("none"))
        .when("listed").then(pl.lit("unit"))
        .when("known").then(pl.lit("building"))
        .otherwise(pl.lit("estate")),
    )  # fmt: skip


def day_text(numbers: Ints, form: str = "%Y-%m-%d") -> pl.Series:
    """Days since 1970 as text."""
    return to_dates(numbers).dt.strftime(form)


def numbered(prefix: str, numbers: Ints, width: int) -> pl.Series:
    """Business numbers: RK000000001."""
    return prefix + pl.Series(numbers + 1).cast(pl.String).str.zfill(width)


def assemble(
    columns: dict[str, pl.Series], means: pl.DataFrame, record: pl.Series, first: Ints, last: Ints
) -> pl.DataFrame:
    """A version frame: the contract's columns, what the address means, and on which days it is delivered."""
    return (
        pl.DataFrame({**columns, "_record": record, "_first": first.astype(np.int32), "_last": last.astype(np.int32)})
        .with_columns(means.get_columns())
        .with_columns(_rule=pl.lit(None, pl.String))
    )
