"""The one place that speaks to Great Expectations: a frame and checks in, outcomes out.

Its import takes seconds, so it happens here, inside functions, once per process; so does its one ephemeral context,
which writes no file, draws no progress bar and calls nobody.
"""

from __future__ import annotations

import logging
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from threading import RLock
from typing import Any

import polars as pl

from expectations.check import Check, Outcome, metric
from expectations.counted import allowed, broken_rows
from expectations.gx_import import great_expectations
from expectations.metrics import Unchanged

# Values never enter a result: counts do.
RESULT_FORMAT = {"result_format": "BASIC", "partial_unexpected_count": 0}
_KIND = re.compile(r"^(?:\w+\.)*([A-Z][A-Za-z]{0,60}(?:Error|Exception))(?:[:(]|$)", re.MULTILINE)
Judge = Callable[[str, pl.DataFrame, Sequence[Check]], list[Outcome]]
GX_SEVERITY = {"error": "critical", "warning": "warning"}
NUMBER = "expect_column_max_to_be_between"
# One thread at a time: its import, its registry, its one context and the filter of warnings are the process's own. It
# is Python throughout, of which one thread runs anyway.
_ALONE = RLock()


@dataclass(frozen=True)
class Asked:
    """Checks about single rows (`rows`), or about the one row of a frame of numbers (`numbers`), under one suite.

    `same`: rows besides, sound but for empty cells.
    """

    suite: str
    checks: Sequence[Check]
    rows: pl.DataFrame | None = None
    numbers: pl.DataFrame | None = None
    same: Unchanged = field(default_factory=Unchanged)


def judged(*asked: Asked, judge: Judge | None = None) -> list[Outcome]:
    """Everything asked, in the order given, judged by Great Expectations in one go (`judge`: by one that remembers).

    What is about single rows is judged by how many of them break it (`counted`), over all rows.
    """
    numbers: dict[str, float | None] = {}
    checks: list[Check] = []
    answers: list[Callable[[Outcome], Outcome]] = []
    for one in asked:
        if one.rows is not None:
            height = one.rows.height + one.same.rows
            for check, count in zip(one.checks, broken_rows(one.rows, one.checks, one.same), strict=True):
                name = str(len(checks))  # several suites may speak of one column
                numbers[name] = count
                checks.append(metric(name, 0, allowed(check, height), check.says, severity=check.severity))
                answers.append(partial(_of_rows, one.suite, check, height, count))
        elif one.numbers is not None:
            given = one.numbers.row(0, named=True) if one.numbers.height else {}
            for check in one.checks:
                name = str(len(checks))
                numbers[name] = given.get(str(check.column))
                checks.append(replace(check, arguments={**check.arguments, "column": name}))
                answers.append(partial(replace, suite=one.suite, check=check))
    frame = pl.DataFrame({name: [value] for name, value in numbers.items()}, schema=dict.fromkeys(numbers, pl.Float64))
    return [answer(outcome) for answer, outcome in zip(answers, (judge or run)("judged", frame, checks), strict=True)]


def _of_rows(suite: str, check: Check, rows: int, broken: int | None, told: Outcome) -> Outcome:
    if broken is None:
        return Outcome(suite, check, passed=False, observed=None, judged_rows=rows, problem="no such column")
    return Outcome(suite, check, told.passed, broken / rows if rows else 0.0, rows, broken)


def run(suite: str, frame: pl.DataFrame, checks: Sequence[Check]) -> list[Outcome]:
    """Every check judged by Great Expectations over `frame` (pandas with Arrow types), in the order given."""
    if not checks:
        return []
    result = validation_result(suite, frame, checks)
    raw = {item.expectation_config.meta["check"]: item for item in result.results}
    return [_outcome(suite, check, raw[place], frame.height) for place, check in enumerate(checks)]


def validation_result(suite: str, frame: pl.DataFrame, checks: Sequence[Check]) -> Any:
    """The ExpectationSuiteValidationResult itself; `run` is what the gate uses."""
    needed = list(dict.fromkeys(check.column for check in checks if check.column in frame.columns))
    columns = frame.select(needed) if needed else pl.DataFrame({"row": pl.zeros(frame.height, eager=True)})
    with _ALONE, _quiet():
        batch = _batch_definition().get_batch({"dataframe": columns.to_pandas(use_pyarrow_extension_array=True)})
        return batch.validate(_suite(suite, checks), result_format=RESULT_FORMAT)


def _suite(name: str, checks: Sequence[Check]) -> Any:
    gx = great_expectations()
    from great_expectations.expectations.metadata_types import FailureSeverity
    from great_expectations.expectations.registry import get_expectation_impl

    expectations = [
        (_number_expectation() if check.kind == NUMBER else get_expectation_impl(check.kind))(
            **check.arguments,
            severity=FailureSeverity(GX_SEVERITY[check.severity]),
            meta={"check": place, "rule": check.rule},
            notes=check.says,
        )
        for place, check in enumerate(checks)
    ]
    return gx.ExpectationSuite(name=name, expectations=expectations)


@cache
def _number_expectation() -> Any:
    """`expect_column_max_to_be_between`, written as Great Expectations has its users write their own, its configuration
    told once: asked fifty times for each expectation (1.24), telling it is two thirds of what judging a number costs.
    """
    great_expectations()
    from great_expectations.compatibility import pydantic
    from great_expectations.expectations.core import ExpectColumnMaxToBeBetween

    class ExpectNumberToBeBetween(ExpectColumnMaxToBeBetween):
        """Nothing of an expectation changes after it is made but its id."""

        _told: Any = pydantic.PrivateAttr(default=None)

        @property
        def configuration(self) -> Any:
            if self._told is None or self._told.id != self.id:
                self._told = super().configuration
            return self._told

    return ExpectNumberToBeBetween


@cache
def _batch_definition() -> Any:
    """The context, source, asset and batch definition every frame is handed to."""
    gx = great_expectations()
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("frame")
    return asset.add_batch_definition_whole_dataframe("whole")


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _outcome(suite: str, check: Check, item: Any, rows: int) -> Outcome:
    found = item.result or {}
    broken = found.get("unexpected_count")
    observed = found.get("observed_value")
    if observed is None and broken is not None:
        observed = broken / rows if rows else 0.0
    problem = _exception(item.exception_info or {})
    return Outcome(suite, check, bool(item.success), _number(observed), rows, broken, problem)


def _number(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        return None


def _exception(info: dict[str, Any]) -> str:
    """The kind of the exception only: its message may quote a value."""
    inner = [info] if "raised_exception" in info else [part for part in info.values() if isinstance(part, dict)]
    for part in inner:
        if part.get("raised_exception"):
            kinds = _KIND.findall(f"{part.get('exception_traceback') or ''}\n{part.get('exception_message') or ''}")
            return str(kinds[-1]) if kinds else "not judged"
    return ""
