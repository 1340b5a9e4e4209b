"""The gate: a batch's rows and metrics in, a verdict out. Great Expectations decides.

`error` keeps the batch out, `warning` lets it in and says so. Values never enter a reason: rules, columns, counts do.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from expectations.check import Check, Outcome, Verdict
from expectations.contract_suite import row_checks
from expectations.engine import Asked, judged
from expectations.limit_suite import limit_checks, quality_checks, quality_metrics
from expectations.metrics import Unchanged
from expectations.remembered import Remembered
from expectations.verdict import verdict
from schemas.contract import Contract

# Sound answers of Great Expectations in this process: of a day's questions most are a count that must be 0 and is.
_ANSWERS = Remembered()
_MOST_ANSWERS = 20_000


def judge(
    rows: pl.DataFrame,
    metrics: pl.DataFrame,
    contract: Contract,
    batch_id: str,
    day: date,
    *,
    same: Unchanged | None = None,
) -> Verdict:
    """Judge one batch.

    `rows`: cleaned and keyed rows, all of them judged (deletes are left out here if they are in).
    `metrics`: the one row of `metrics.batch_metrics`. `same`: rows that stand and did not change; they were judged when
    they came, under the same contract, so that only their empty cells count again.
    `results` has the columns of quality.validation, in the suites `columns` (the rows), `limits`, `quality` (the
    contract's own rules) and `metrics` (every number, what later batches are compared with).
    """
    numbers = quality_metrics(contract, metrics.row(0, named=True))
    frame = pl.DataFrame({name: [value] for name, value in numbers.items()}, schema=dict.fromkeys(numbers, pl.Float64))
    changed = rows.filter(pl.col("operation").ne_missing("delete")) if "operation" in rows.columns else rows
    same = same or Unchanged()
    height = changed.height + same.rows
    if len(_ANSWERS.told) > _MOST_ANSWERS:
        _ANSWERS.told.clear()
    outcomes = judged(
        Asked("limits", limit_checks(contract, numbers), numbers=frame),
        Asked("quality", quality_checks(contract, numbers), numbers=frame),
        Asked("columns", row_checks(contract, day, height) if height else [], rows=changed, same=same),
        judge=_ANSWERS.judged,
    )
    return verdict([*outcomes, *_remembered(metrics)], batch_id, contract.feed_id, day)


def _remembered(metrics: pl.DataFrame) -> list[Outcome]:
    """Every number there is, bounded or not: what later batches are compared with."""
    return [
        Outcome("metrics", Check("observed", {"column": name}, ""), passed=True, observed=value, judged_rows=1)
        for name, value in metrics.row(0, named=True).items()
        if value is not None
    ]
