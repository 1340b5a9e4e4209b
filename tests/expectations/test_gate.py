"""The gate, over every contract: a sound batch passes, and each error rule has a batch that breaks it."""

from __future__ import annotations

import time
from datetime import timedelta

import polars as pl
import pytest

from expectations import gate
from expectations.check import Check
from expectations.contract_suite import row_checks
from expectations.engine import Asked, judged, run
from expectations.gate import judge
from expectations.limit_suite import quality_metric
from expectations.remembered import Remembered
from schemas.contract import Column, Contract, Limits, Quality, load_contracts
from schemas.rule import load_rules
from schemas.table import table_of
from tests.expectations.made_batches import BATCH, DAY, history_of, measured, quarantine, sound_rows

CONTRACTS = load_contracts()
HEIGHT = 80


def _verdict(contract, rows, metrics):
    return judge(rows, metrics, contract, BATCH, DAY)


@pytest.mark.parametrize("feed_id", CONTRACTS)
def test_a_sound_batch_passes_without_a_warning(feed_id):
    contract = CONTRACTS[feed_id]
    rows = sound_rows(contract, HEIGHT)
    before = history_of(*[measured(rows)] * 3)
    verdict = _verdict(contract, rows, measured(rows, history=before))
    assert (verdict.passed, verdict.rule, verdict.reason, verdict.warnings) == (True, "", "", ())
    table = table_of("quality.validation")
    assert verdict.results.schema == pl.Schema(table.polars_schema())
    assert verdict.results.select(table.grain).is_duplicated().sum() == 0
    assert set(verdict.results["suite"]) >= {"columns", "limits", "metrics"}


def test_a_question_answered_soundly_is_not_asked_again_and_a_broken_one_is(monkeypatch):
    contract = CONTRACTS["police__residents"]
    asked: list[int] = []

    def asks(suite, frame, checks):
        asked.append(len(checks))
        return run(suite, frame, checks)

    monkeypatch.setattr(gate, "_ANSWERS", Remembered(asks=asks))
    rows = sound_rows(contract, HEIGHT)
    first = _verdict(contract, rows, measured(rows))
    assert _verdict(contract, rows, measured(rows)).results.equals(first.results)
    assert len(asked) == 1, "the same numbers between the same bounds"
    half, metrics = _row_drop(contract, rows)
    told = [_verdict(contract, half, metrics) for _ in range(2)]
    assert [verdict.rule for verdict in told] == ["row_drop", "row_drop"]
    assert len(asked) == 3 and 0 < asked[2] < asked[1] < asked[0]


# --- the limits, which hold for every feed ----------------------------------------------------------------------------


def _quarantined_share(contract, rows):
    return rows, measured(rows, quarantine(48))


def _row_drop(contract, rows):
    half = rows.head(HEIGHT // 2)
    return half, measured(half, history=history_of(measured(rows)))


def _null_jump(contract, rows):
    name = next(
        name
        for column in contract.columns
        if not column.required and not column.key and (name := column.name) in rows.columns
    )
    holed = rows.with_columns(pl.when(pl.int_range(pl.len()) % 2 == 0).then(None).otherwise(pl.col(name)).alias(name))
    return holed, measured(holed, history=history_of(measured(rows)))


def _column_vanished(contract, rows):
    name = next(
        name
        for column in contract.columns
        if not column.required and not column.key and (name := column.name) in rows.columns
    )
    emptied = rows.with_columns(pl.lit(None, dtype=rows.schema[name]).alias(name))
    return emptied, measured(emptied, history=history_of(measured(rows)))


def _required_column_vanished(contract, rows):
    column = next(column for column in contract.columns if column.required)
    return rows.clear(), measured(rows.clear(), quarantine(HEIGHT, column.name, "missing_value"))


def _match_drop(contract, rows):
    lost = rows.with_columns(
        match_level=pl.when(pl.int_range(pl.len()) % 2 == 0).then(pl.lit("none")).otherwise("match_level")
    )
    return lost, measured(lost, history=history_of(measured(rows)))


BREAKS = {
    "quarantined_share": [_quarantined_share],
    "row_drop": [_row_drop],
    "null_jump": [_null_jump],
    "column_vanished": [_column_vanished, _required_column_vanished],
    "match_drop": [_match_drop],
}
# Limits know no column by name: one feed of each way of delivering and each subject shows what all would.
OF_EACH_SHAPE = {(feed.delivery.mode, feed.subject.kind): feed for feed in reversed(CONTRACTS.values())}
WITH_LIMITS_OF_THEIR_OWN = [feed for feed in CONTRACTS.values() if feed.limits != Limits()]
LIMIT_CASES = [
    pytest.param(contract, rule, make, id=f"{contract.feed_id}-{rule}{make.__name__}")
    for contract in {feed.feed_id: feed for feed in [*OF_EACH_SHAPE.values(), *WITH_LIMITS_OF_THEIR_OWN]}.values()
    for rule, makers in BREAKS.items()
    for make in makers
    if rule != "row_drop" or contract.delivery.mode == "snapshot"
]


@pytest.mark.parametrize(("contract", "rule", "make"), LIMIT_CASES)
def test_a_limit_is_enforced(contract, rule, make):
    verdict = _verdict(contract, *make(contract, sound_rows(contract, HEIGHT)))
    assert not verdict.passed
    assert verdict.rule == rule
    assert verdict.reason
    assert verdict.mend == load_rules()[rule].mend


# --- the quality rules a contract states itself -----------------------------------------------------------------------

QUALITY_CASES = [
    pytest.param(contract, column, rule, id=f"{contract.feed_id}-{column.name if column else 'batch'}-{rule.metric}")
    for contract in CONTRACTS.values()
    for column, rule in [
        *((None, rule) for rule in contract.quality),
        *((column, rule) for column in contract.columns for rule in column.quality),
    ]
]


@pytest.mark.parametrize(("contract", "column", "rule"), QUALITY_CASES)
def test_a_quality_rule_is_enforced(contract: Contract, column: Column | None, rule: Quality):
    metrics = _breaking(measured(sound_rows(contract, HEIGHT)), contract, column, rule)
    verdict = _verdict(contract, sound_rows(contract, HEIGHT), metrics)
    told = verdict.results.filter(~pl.col("is_success") & (pl.col("suite") == "quality"))
    assert quality_metric(column, rule) in told["column_name"].to_list()
    if rule.severity == "error":
        assert not verdict.passed
    else:
        assert verdict.warnings


def _breaking(metrics: pl.DataFrame, contract: Contract, column: Column | None, rule: Quality) -> pl.DataFrame:
    """Metrics of a batch that breaks the rule grossly, whichever side it bounds."""
    high = rule.must_be_less_or_equal_to is not None
    if rule.metric == "rowCount":
        bound = rule.must_be_less_or_equal_to if high else rule.must_be_greater_or_equal_to
        return metrics.with_columns(delivered=pl.lit(float(bound) + (1 if high else -1)))
    name = column.name if column else ""
    from expectations.lake_column import lake_column

    lake = lake_column(column) if column else None
    match rule.metric:
        case "nullValues":
            changed = (
                {f"null_share__{lake}": 0.9, f"missing_share__{name}": 0.4} if column else {"missing_share__x": 0.9}
            )
        case "invalidValues":
            changed = {f"invalid_share__{name}": 0.9} if column else {"quarantined_share": 0.9}
        case _:
            changed = {f"distinct__{lake}": 1.0, f"null_share__{lake}": 0.0} if column else {"duplicates": 70.0}
    return metrics.with_columns(**{key: pl.lit(value) for key, value in changed.items()})


# --- the rows themselves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("feed_id", CONTRACTS)
def test_every_check_of_the_rows_fails_on_rows_that_break_it(feed_id):
    contract = CONTRACTS[feed_id]
    rows = sound_rows(contract, HEIGHT)
    checks = [check for check in row_checks(contract, DAY, HEIGHT) if check.severity == "error"]
    assert all(outcome.passed for outcome in judged(Asked("columns", checks, rows=rows)))
    unbroken = [
        check.says for check in checks if judged(Asked("columns", [check], rows=_broken(rows, check)))[0].passed
    ]
    assert unbroken == []


def _broken(rows: pl.DataFrame, check: Check) -> pl.DataFrame:
    name = check.column
    value = pl.col(name)
    match check.kind:
        case "expect_column_to_exist":
            return rows.drop(name)
        case "expect_column_values_to_not_be_null":
            return rows.with_columns(pl.lit(None, dtype=rows.schema[name]).alias(name))
        case "expect_column_values_to_be_unique":
            return rows.with_columns(value.first())
        case "expect_column_values_to_match_regex" | "expect_column_values_to_be_in_set":
            return rows.with_columns(pl.lit("！").alias(name))
        case "expect_column_value_lengths_to_be_between":
            longest = check.arguments["max_value"]
            return rows.with_columns(pl.lit("字" * (longest + 1) if longest else "").alias(name))
        case "expect_column_values_to_be_between":
            low, high = check.arguments["min_value"], check.arguments["max_value"]
            if high is None:
                return rows.with_columns(pl.lit(low - 1).alias(name))
            return rows.with_columns(
                pl.lit(high + (1 if isinstance(high, int | float) else timedelta(days=1))).alias(name)
            )
    raise AssertionError(f"no way to break {check.kind} is written")


def test_a_resident_number_that_slipped_through_is_refused():
    contract = CONTRACTS["police__residents"]
    rows = sound_rows(contract, HEIGHT).with_columns(person_key=pl.lit("#" * 18))
    verdict = _verdict(contract, rows, measured(rows))
    assert verdict.rule == "suite_error"
    assert "person_key" in verdict.reason
    assert "###" not in str(verdict.results.rows())


# --- small batches, warnings, speed -----------------------------------------------------------------------------------


def test_a_few_bad_rows_do_not_stop_a_small_batch():
    contract = CONTRACTS["police__residents"]
    rows = sound_rows(contract, 12)
    few = measured(rows, quarantine(4), history_of(measured(rows)))
    assert _verdict(contract, rows, few).passed
    most = measured(rows.head(3), quarantine(4), history_of(measured(rows)))
    assert _verdict(contract, rows.head(3), most).rule == "quarantined_share"


def test_many_more_rows_than_usual_are_let_in_and_told():
    contract = CONTRACTS["police__residents"]
    rows = sound_rows(contract, 200)
    verdict = _verdict(contract, rows, measured(rows, history=history_of(measured(rows.head(80)))))
    assert verdict.passed
    assert any("1.5 times" in warning for warning in verdict.warnings)


def test_deletes_are_not_judged_as_rows():
    contract = CONTRACTS["police__residents"]
    rows = sound_rows(contract, 20)
    gone = rows.head(5).with_columns(
        operation=pl.lit("delete"), full_name_token=pl.lit(None, dtype=pl.String), record_id="D" + pl.col("record_id")
    )
    assert _verdict(contract, pl.concat([rows, gone]), measured(rows)).passed


@pytest.mark.parametrize("feed_id", CONTRACTS)
def test_a_delivery_that_changes_nothing_passes(feed_id):
    contract = CONTRACTS[feed_id]
    nothing = sound_rows(contract, HEIGHT).clear()
    before = history_of(measured(sound_rows(contract, HEIGHT)))
    verdict = _verdict(contract, nothing, measured(nothing, history=before, received=HEIGHT, unchanged=HEIGHT))
    assert (verdict.passed, verdict.reason) == (True, "")


def test_every_row_of_a_large_batch_is_judged():
    contract = CONTRACTS["police__residents"]
    rows = pl.concat([sound_rows(contract, 40)] * 6000).with_columns(
        record_id=pl.int_range(pl.len()).cast(pl.String),
        match_score=pl.when(pl.int_range(pl.len()) == 239_999).then(7.0).otherwise("match_score"),
    )
    verdict = _verdict(contract, rows, measured(rows))
    assert verdict.rule == "suite_error" and "1 of 240,000 rows" in verdict.reason
    judged = dict(verdict.results.group_by("suite").agg(pl.col("rows_judged").max()).iter_rows())
    assert judged["columns"] == 240_000


def test_a_small_batch_is_judged_at_once():
    contract = CONTRACTS["police__residents"]
    rows = sound_rows(contract, 30)
    metrics = measured(rows)
    _verdict(contract, rows, metrics)  # the first one imports Great Expectations
    spent = []
    for _ in range(3):
        start = time.process_time()
        _verdict(contract, rows, metrics)
        spent.append(time.process_time() - start)
    assert min(spent) < 0.5
