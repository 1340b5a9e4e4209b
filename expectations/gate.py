"""The gate: a batch's rows and metrics in, a verdict out. Great Expectations decides.

`error` keeps the batch out, `warning` lets it in and says so. Values never enter a reason: rules, columns, counts do.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import date

import polars as pl

from expectations.check import Check, Outcome, Verdict
from expectations.contract_suite import row_checks
from expectations.engine import run
from expectations.limit_suite import limit_checks, quality_checks, quality_metrics
from schemas.contract import Contract
from schemas.rule import load_rules
from schemas.table import table_of

SAMPLE_SEED = 440306
# What is told first when several fail: the cause before what follows from it.
ORDER = ("column_vanished", "row_drop", "quarantined_share", "null_jump", "match_drop", "suite_error")


def judge(rows: pl.DataFrame, metrics: pl.DataFrame, contract: Contract, batch_id: str, day: date) -> Verdict:
    """Judge one batch.

    `rows`: cleaned and keyed rows (deletes are left out here if they are in); above limits.judge_rows a seeded sample.
    `metrics`: the one row of `metrics.batch_metrics`.
    `results` has the columns of quality.validation, in the suites `columns` (the rows), `limits`, `quality` (the
    contract's own rules) and `metrics` (every number, what later batches are compared with).
    """
    numbers = quality_metrics(contract, metrics.row(0, named=True))
    frame = pl.DataFrame({name: [value] for name, value in numbers.items()}, schema=dict.fromkeys(numbers, pl.Float64))
    sample = _sample(rows, contract.limits.judge_rows)
    outcomes = [
        *run("limits", frame, limit_checks(contract, numbers)),
        *run("quality", frame, quality_checks(contract, numbers)),
        *run("columns", sample, row_checks(contract, day, sample.height) if sample.height else []),
        *_remembered(metrics),
    ]
    return verdict(outcomes, batch_id, contract.feed_id, day)


def verdict(outcomes: Sequence[Outcome], batch_id: str, feed_id: str, day: date | None) -> Verdict:
    """Outcomes weighed: the gravest error names the rule, warnings are told."""
    failed = [outcome for outcome in outcomes if not outcome.passed]
    errors = [outcome for outcome in failed if outcome.check.severity == "error"]
    errors.sort(key=lambda outcome: ORDER.index(outcome.check.rule) if outcome.check.rule in ORDER else len(ORDER))
    warnings = tuple(_sentence(outcome) for outcome in failed if outcome.check.severity == "warning")
    results = results_frame(outcomes, batch_id, feed_id, day)
    if not errors:
        return Verdict(True, "", "", "", results, warnings)
    rule = errors[0].check.rule
    alike = [_sentence(outcome) for outcome in errors if outcome.check.rule == rule]
    others = len(errors) - len(alike[:3])
    reason = "; ".join(alike[:3]) + (f"; and {others} more in quality.validation" if others else "")
    return Verdict(False, rule, reason, load_rules()[rule].mend, results, warnings)


def results_frame(outcomes: Sequence[Outcome], batch_id: str, feed_id: str, day: date | None) -> pl.DataFrame:
    """Outcomes in the shape of quality.validation."""
    seen: Counter[tuple[str, str, str]] = Counter()
    lines = []
    for outcome in outcomes:
        check, column = outcome.check, outcome.check.column or ""
        place = (outcome.suite, check.kind, column)
        seen[place] += 1
        lines.append(
            {
                "batch_id": batch_id,
                "feed_id": feed_id,
                "delivered_on": day,
                "suite": outcome.suite,
                "expectation": check.kind if seen[place] == 1 else f"{check.kind}_{seen[place]}",
                "column_name": column,
                "severity": check.severity,
                "is_success": outcome.passed,
                "observed": None if outcome.observed is None else repr(outcome.observed),
                "expected": check.says,
                "rows_judged": outcome.judged_rows,
            }
        )
    table = table_of("quality.validation")
    return table.conform(pl.DataFrame(lines, schema=table.polars_schema()))


def _sample(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    if "operation" in rows.columns:
        rows = rows.filter(pl.col("operation") != "delete")
    return rows.sample(most, seed=SAMPLE_SEED) if rows.height > most else rows


def _remembered(metrics: pl.DataFrame) -> list[Outcome]:
    """Every number there is, bounded or not: what later batches are compared with."""
    return [
        Outcome("metrics", Check("observed", {"column": name}, ""), passed=True, observed=value, judged_rows=1)
        for name, value in metrics.row(0, named=True).items()
        if value is not None
    ]


def _sentence(outcome: Outcome) -> str:
    if outcome.problem:
        return f"{outcome.check.says}: could not be judged ({outcome.problem})"
    if outcome.broken_rows is not None:
        return f"{outcome.check.says}: {outcome.broken_rows:,} of {outcome.judged_rows:,} rows do not"
    if outcome.observed is None:
        return f"{outcome.check.says}: it is not so"
    return f"{outcome.check.says}: observed {json.dumps(round(outcome.observed, 4))}"
