"""What a suite is made of and what judging it gives back: plain data, so that writing a suite costs no import."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Check:
    """One expectation of Great Expectations (`kind` is its name there) and the rule that is broken when it fails."""

    kind: str
    arguments: Mapping[str, Any]
    says: str  # one sentence for a person: what must be true
    rule: str = "suite_error"
    severity: Severity = "error"

    @property
    def column(self) -> str | None:
        """The column it is about; None when it is about the table."""
        column = self.arguments.get("column")
        return None if column is None else str(column)

    @property
    def expected(self) -> str:
        """The sentence, and what Great Expectations was given besides the column, as JSON."""
        given = {name: value for name, value in self.arguments.items() if name != "column" and value is not None}
        return f"{self.says} {json.dumps(given, ensure_ascii=False, default=str)}".strip() if given else self.says


@dataclass(frozen=True)
class Outcome:
    """One check judged. `observed` is the number seen (a metric, or the share of rows that break it)."""

    suite: str
    check: Check
    passed: bool
    observed: float | None
    judged_rows: int
    broken_rows: int | None = None
    problem: str = ""  # why it could not be judged, when it could not


@dataclass(frozen=True)
class Verdict:
    """What the gate says. `results` has the shape of quality.validation; `warnings` are sentences."""

    passed: bool
    rule: str
    reason: str
    mend: str
    results: pl.DataFrame
    warnings: tuple[str, ...] = field(default=())


def not_null(column: str, *, mostly: float = 1.0, **more: Any) -> Check:
    """Filled in at least a share `mostly` of the rows.

    It is rounded down to a billionth: 1 - 9/22 is a shade over 13/22, so the ninth of 22 rows would be one too many.
    """
    mostly = math.floor(mostly * 1e9) / 1e9
    says = f"{column} is filled" + ("" if mostly == 1 else f" in at least {mostly:.2%} of the rows")
    share = {} if mostly == 1 else {"mostly": mostly}
    return Check("expect_column_values_to_not_be_null", {"column": column, **share}, says, **more)


def matches(column: str, pattern: str, **more: Any) -> Check:
    """Every value has the form of a regular expression."""
    return Check(
        "expect_column_values_to_match_regex",
        {"column": column, "regex": pattern},
        f"{column} is written as {pattern}",
        **more,
    )


def in_set(column: str, values: list[str], **more: Any) -> Check:
    """Every value is one of a list."""
    return Check(
        "expect_column_values_to_be_in_set",
        {"column": column, "value_set": values},
        f"{column} is one of {len(values)} codes",
        **more,
    )


def between(column: str, low: Any, high: Any, **more: Any) -> Check:
    """Every value lies within bounds, both included; None leaves a side open."""
    return Check(
        "expect_column_values_to_be_between",
        {"column": column, "min_value": low, "max_value": high},
        f"{column} lies {_bounds(low, high)}",
        **more,
    )


def lengths(column: str, low: int | None, high: int | None, **more: Any) -> Check:
    """Every text has a length within bounds."""
    return Check(
        "expect_column_value_lengths_to_be_between",
        {"column": column, "min_value": low, "max_value": high},
        f"{column} has a length {_bounds(low, high)}",
        **more,
    )


def unique(column: str, **more: Any) -> Check:
    """No value stands twice."""
    return Check("expect_column_values_to_be_unique", {"column": column}, f"{column} stands once", **more)


def exists(column: str, **more: Any) -> Check:
    """The column is there."""
    return Check("expect_column_to_exist", {"column": column}, f"column {column} is there", **more)


def metric(name: str, low: float | None, high: float | None, says: str, **more: Any) -> Check:
    """A number of the one-row metrics frame lies within bounds."""
    return Check("expect_column_max_to_be_between", {"column": name, "min_value": low, "max_value": high}, says, **more)


def _bounds(low: Any, high: Any) -> str:
    if high is None:
        return f"at or above {low}"
    return f"at or below {high}" if low is None else f"between {low} and {high}"
