"""How many rows break each check, counted over all rows at once by Polars: the numbers Great Expectations judges.

Great Expectations walks through a frame once for every expectation and in Python; over millions of rows that costs more
than the load. What an expectation about single rows says of a batch is one number, the rows that break it, so that
number is counted here and judged there. Counts and verdicts are those of Great Expectations over the rows themselves
(tests/expectations/test_beside_great_expectations.py, docs/adr/0017): a null breaks `not_null` alone, and every one of
several equal values breaks `unique`. Where it would look at something else than was meant, numbers where a text is
judged, the check fails here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from expectations.check import Check
from expectations.metrics import Unchanged

NOT_NULL = "expect_column_values_to_not_be_null"


def broken_rows(frame: pl.DataFrame, checks: Sequence[Check], same: Unchanged | None = None) -> list[int | None]:
    """For each check the rows of `frame` that break it; None where that cannot be said of such a column (a missing
    one, numbers where a text is judged). A missing column breaks `exists` in every row, at least once.

    `same`: rows besides, of which only the empty cells break anything.
    """
    counts: list[int | None] = [None] * len(checks)
    asked: dict[int, pl.Expr] = {}
    for place, check in enumerate(checks):
        name = check.column
        if check.kind == "expect_column_to_exist":
            counts[place] = 0 if name in frame.columns else max(1, frame.height)
        elif name in frame.columns:
            asked[place] = _BREAKS[check.kind](pl.col(str(name)), check.arguments).fill_null(False).sum()
    for place, count in _counted(frame, asked).items():
        counts[place] = count
        if same is not None and count is not None and checks[place].kind == NOT_NULL:
            counts[place] = count + same.nulls.get(str(checks[place].column), 0)
    return counts


def allowed(check: Check, rows: int) -> int:
    """How many of `rows` may break the check, to the row as Great Expectations reckons it: none without `mostly`."""
    mostly = check.arguments.get("mostly", 1.0)
    most = int(rows * (1 - mostly))
    while most < rows and (rows - most - 1) / rows >= mostly:
        most += 1
    while most > 0 and (rows - most) / rows < mostly:
        most -= 1
    return most


def _counted(frame: pl.DataFrame, asked: Mapping[int, pl.Expr]) -> dict[int, int | None]:
    """All counts in one pass; one by one when an expression does not fit its column."""
    if not asked:
        return {}
    try:
        found = frame.select(expression.alias(str(place)) for place, expression in asked.items()).row(0)
    except pl.exceptions.PolarsError:
        if len(asked) == 1:
            return dict.fromkeys(asked)
        return {place: _counted(frame, {place: expression})[place] for place, expression in asked.items()}
    return {place: int(count) for place, count in zip(asked, found, strict=True)}


def _not_null(column: pl.Expr, _: Mapping[str, Any]) -> pl.Expr:
    return column.is_null()


def _not_matched(column: pl.Expr, arguments: Mapping[str, Any]) -> pl.Expr:
    return ~column.str.contains(str(arguments["regex"]))


def _not_in_set(column: pl.Expr, arguments: Mapping[str, Any]) -> pl.Expr:
    return ~column.is_in(list(arguments["value_set"])) & column.is_not_null()


def _not_between(column: pl.Expr, arguments: Mapping[str, Any]) -> pl.Expr:
    return _outside(column, column, arguments)


def _no_such_length(column: pl.Expr, arguments: Mapping[str, Any]) -> pl.Expr:
    return _outside(column.str.len_chars(), column, arguments)


def _outside(measured: pl.Expr, column: pl.Expr, arguments: Mapping[str, Any]) -> pl.Expr:
    low, high = arguments["min_value"], arguments["max_value"]
    below = measured < low if low is not None else pl.lit(False)
    above = measured > high if high is not None else pl.lit(False)
    return (below | above) & column.is_not_null()


def _repeated(column: pl.Expr, _: Mapping[str, Any]) -> pl.Expr:
    return column.is_duplicated() & column.is_not_null()


_BREAKS: dict[str, Callable[[pl.Expr, Mapping[str, Any]], pl.Expr]] = {
    NOT_NULL: _not_null,
    "expect_column_values_to_match_regex": _not_matched,
    "expect_column_values_to_be_in_set": _not_in_set,
    "expect_column_values_to_be_between": _not_between,
    "expect_column_value_lengths_to_be_between": _no_such_length,
    "expect_column_values_to_be_unique": _repeated,
}
