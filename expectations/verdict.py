"""Outcomes weighed into a verdict, and written as rows of quality.validation."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date

import polars as pl

from expectations.check import Outcome, Verdict
from schemas.rule import load_rules
from schemas.table import table_of

SAMPLE_SEED = 440306
# What is told first when several fail: the cause before what follows from it.
ORDER = ("column_vanished", "row_drop", "quarantined_share", "null_jump", "match_drop", "suite_error")


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
                "expected": check.expected,
                "rows_judged": outcome.judged_rows,
            }
        )
    table = table_of("quality.validation")
    return table.conform(pl.DataFrame(lines, schema=table.polars_schema()))


def sampled(rows: pl.DataFrame, most: int) -> pl.DataFrame:
    """The rows, or as many of them as may be judged, the same ones each time."""
    return rows.sample(most, seed=SAMPLE_SEED) if rows.height > most else rows


def _sentence(outcome: Outcome) -> str:
    if outcome.problem:
        return f"{outcome.check.says}: could not be judged ({outcome.problem})"
    if outcome.broken_rows is not None:
        return f"{outcome.check.says}: {outcome.broken_rows:,} of {outcome.judged_rows:,} rows do not"
    if outcome.observed is None:
        return f"{outcome.check.says}: it is not so"
    share = re.search(r"share|ratio|growth|rise|fall", outcome.check.column or "")
    seen = f"{outcome.observed:.1%}" if share else f"{outcome.observed:,.0f}"
    return f"{outcome.check.says}: it is {seen}"
