"""Every number the gate judges, beside Great Expectations on pandas itself: as many rows break, the verdict is one.

For every contract a batch is made in which rows break each check of its suite; then rows of every kind at random.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from expectations.check import Check, Outcome, between, in_set, lengths, matches, not_null, unique
from expectations.contract_suite import row_checks
from expectations.counted import allowed, broken_rows
from expectations.engine import Asked, judged, validation_result
from schemas.contract import load_contracts
from tests.expectations.made_batches import DAY, sound_rows

ROWS = 40
EXISTS = "expect_column_to_exist"


def plain(frame: pl.DataFrame, checks: list[Check]) -> list[tuple[bool, int | None]]:
    """Success and unexpected count of each check, by Great Expectations over the rows themselves."""
    found = {item.expectation_config.meta["check"]: item for item in validation_result("plain", frame, checks).results}
    told = [found[place] for place in range(len(checks))]
    return [(bool(item.success), (item.result or {}).get("unexpected_count")) for item in told]


def ours(frame: pl.DataFrame, checks: list[Check]) -> list[tuple[bool, int | None]]:
    """The same, as the gate judges it."""
    return [_told(one) for one in judged(Asked("columns", checks, rows=frame))]


def _told(one: Outcome) -> tuple[bool, int | None]:
    return one.passed, None if one.check.kind == EXISTS else one.broken_rows


def breaking(check: Check, dtype: pl.DataType) -> Any:
    """A value that breaks the check."""
    match check.kind.removeprefix("expect_column_"):
        case "values_to_not_be_null":
            return None
        case "values_to_match_regex" | "values_to_be_in_set":
            return "✗ 不对"
        case "value_lengths_to_be_between":
            least, most = check.arguments["min_value"], check.arguments["max_value"]
            return "字" * (most + 1) if most is not None else "字" * (least - 1)
    low, high = check.arguments["min_value"], check.arguments["max_value"]
    if dtype.is_temporal():
        return high + timedelta(days=1)
    beyond = high + 1 if high is not None else low - 1
    return int(beyond) if dtype.is_integer() else float(beyond)


def broken(frame: pl.DataFrame, checks: list[Check]) -> pl.DataFrame:
    """Rows 0, 1, 2 … of a column break its first, second, third … check, the last three rows its uniqueness."""
    by_column: dict[str, list[Check]] = {}
    for check in checks:
        if check.kind != EXISTS:
            by_column.setdefault(str(check.column), []).append(check)
    for name, mine in by_column.items():
        values = frame[name].to_list()
        for place, check in enumerate(mine):
            if check.kind == "expect_column_values_to_be_unique":
                values[-3:] = values[-3:-2] * 3
            else:
                values[place] = breaking(check, frame.schema[name])
        frame = frame.with_columns(pl.Series(name, values, dtype=frame.schema[name]))
    return frame


def test_batches_that_break_every_rule_of_their_contracts() -> None:
    made: dict[str, pl.DataFrame] = {}
    suites: dict[str, list[Check]] = {}
    for feed_id, contract in load_contracts().items():
        suites[feed_id] = row_checks(contract, DAY, ROWS)
        made[feed_id] = broken(sound_rows(contract, ROWS), suites[feed_id])
    outcomes = judged(*(Asked(feed_id, suites[feed_id], rows=made[feed_id]) for feed_id in made))
    told: dict[str, list[Outcome]] = {feed_id: [] for feed_id in made}
    for one in outcomes:
        told[one.suite].append(one)
    for feed_id, mine in told.items():
        whole = [one.check.says for one in mine if one.check.kind != EXISTS and not one.broken_rows]
        assert whole == [], f"{feed_id}: no row was made that breaks {whole}"
        found, expected = [_told(one) for one in mine], plain(made[feed_id], suites[feed_id])
        assert found == expected, (
            feed_id,
            [one.check.says for one, b in zip(mine, expected, strict=True) if _told(one) != b],
        )
    assert len(outcomes) > 20 * len(made)


def test_a_share_that_a_contract_allows_is_allowed_to_the_row() -> None:
    for rows in range(10, 60):
        check = not_null("text", mostly=1 - 9 / rows)  # quarantined_rows_min less one
        for empty in (9, 10):
            frame = pl.DataFrame({"text": pl.Series([None] * empty + ["x"] * (rows - empty), dtype=pl.String)})
            assert (broken_rows(frame, [check])[0] <= allowed(check, rows)) == (empty == 9)
            if rows == 22:
                assert plain(frame, [check]) == [(empty == 9, empty)]


TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        ["A1", "B22", "", " ", "a1", "甲1", "\U00020000", "é", "e\u0301", "A1\u3000", "1.0", "None", "nan"]
    ),
    st.text(max_size=4),
)
FRAMES = st.lists(
    st.tuples(
        TEXTS,
        st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**62), 2**62)),
        st.one_of(st.none(), st.floats(-2, 2), st.sampled_from([-0.0, 1e-300, 1e300, float("inf"), float("-inf")])),
        st.one_of(st.none(), st.dates(date(1900, 1, 1), date(2100, 1, 1))),
        st.one_of(st.none(), st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))),
        st.one_of(st.none(), st.booleans()),
    ),
    min_size=1,
    max_size=14,
)
SCHEMA = {
    "text": pl.String,
    "count": pl.Int64,
    "share": pl.Float64,
    "day": pl.Date,
    "at": pl.Datetime("us"),
    "flag": pl.Boolean,
}
CHECKS = [
    *(not_null(name) for name in SCHEMA),
    *(not_null(name, mostly=share) for name, share in (("text", 0.5), ("count", 2 / 3), ("flag", 0.9))),
    *(unique(name) for name in SCHEMA),
    matches("text", "^[A-Z][0-9]+$"),
    matches("text", "^(?:.{0,2})$"),
    in_set("text", ["A1", "甲1", "", "e\u0301"]),
    lengths("text", 1, 2),
    lengths("text", None, 1),
    between("count", -1, 3),
    between("count", None, 0),
    between("share", 0, 1),
    between("share", 0.5, None),
    between("day", None, date(2026, 3, 3)),
    between("day", date(2000, 2, 29), date(2026, 3, 3)),
    between("at", None, datetime(2026, 3, 4)),
]


@settings(max_examples=8, deadline=None)
@given(FRAMES)
@example([(None, None, None, None, None, None)])
@example([("A1", 1, 0.0, DAY, datetime(2026, 3, 4), True), ("A1", 1, -0.0, DAY, datetime(2026, 3, 4), True)])
def test_rows_of_any_kind(rows: list[tuple[Any, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    found, expected = ours(frame, CHECKS), plain(frame, CHECKS)
    assert found == expected, [check.says for check, a, b in zip(CHECKS, found, expected, strict=True) if a != b]


@given(st.integers(1, 10_000_000), st.floats(0, 1), st.integers(-1, 1))
@example(22, 1 - 9 / 22, 0)
@example(3, 2 / 3, 0)
@example(10, 0.9, 0)
def test_mostly_allows_what_great_expectations_allows(rows: int, mostly: float, beside: int) -> None:
    from great_expectations.expectations.expectation import _mostly_success

    check = not_null("text", mostly=mostly)
    most = allowed(check, rows)
    count = min(max(most + beside, 0), rows)
    assert _mostly_success(rows, count, check.arguments.get("mostly", 1.0)) == (count <= most)
