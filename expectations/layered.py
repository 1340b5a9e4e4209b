"""A table whose rows mostly stand since a release that was judged: what was found sound of all of them is sound of
those that still stand, and only what is new is counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Layered:
    """`base` names the content of the files that stand (as `contents` named the table when they were all of it),
    `standing` and `gone` are their rows that do and do not stand, `news` all other rows of the table."""

    base: str
    standing: pl.LazyFrame
    gone: pl.LazyFrame
    news: pl.LazyFrame


def grain_broken_by_news(table: Layered, grain: Sequence[str]) -> int:
    """New rows that lack their grain, or share it with a new row or a standing one; no more exact than that: 0, or
    not 0."""
    news = table.news.select(grain).collect()
    if news.is_empty():
        return 0
    lacking = news.select(pl.all_horizontal(pl.all().is_null()).sum()).item()
    # The column that tells most of them apart finds the few standing rows whose other columns are worth reading.
    telling = max(grain, key=lambda name: news[name].n_unique())
    is_near = pl.col(telling).is_in(news[telling].unique().implode()) | pl.col(telling).is_null()
    near = table.standing.select(grain).filter(is_near).collect()
    shared = near.join(news, on=grain, how="semi", nulls_equal=True).height
    return int(news.height - news.n_unique() + lacking + shared)


def lost_by_news(
    ours: Layered | None, theirs: Layered | None, *, rows: pl.LazyFrame, column: str, there: pl.LazyFrame, key: str
) -> int:
    """References that lead nowhere though all of the bases led somewhere: those of new rows, and those of any row to
    what the target no longer has; 0, or not 0. `rows` and `there` are the table and its target whole, in layers or not.
    """
    none = pl.Series([], dtype=pl.String)
    named = ours.news.select(pl.col(column)).drop_nulls().unique().collect()[column] if ours is not None else none
    gone = theirs.gone.select(pl.col(key)).drop_nulls().unique().collect()[key] if theirs is not None else none
    held = _held(there, key, pl.concat([named.alias(key), gone.alias(key)]).unique()).implode()  # looked through once
    return int((~named.is_in(held)).sum()) + _held(rows, column, gone.filter(~gone.is_in(held))).len()


def _held(rows: pl.LazyFrame, column: str, values: pl.Series) -> pl.Series:
    """Those of some values that stand in a column."""
    if values.is_empty():
        return values
    found = rows.select(pl.col(column)).filter(pl.col(column).is_in(values.implode()))
    return found.unique().collect(engine="streaming")[column]
