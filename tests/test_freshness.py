"""Deadlines by the contract's own count, over real holidays; who never came counts from the lake's first day."""

from __future__ import annotations

from datetime import date

import pytest

from schemas.contract import contract_of
from schemas.contract_shape import Schedule
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger, standins
from transforms import freshness as module
from transforms.freshness import deadline, freshness
from transforms.load import load_files

MONDAY = date(2026, 3, 2)


def contract_with(feed_id, **schedule):
    contract = contract_of(feed_id)
    meaning = contract.meaning.model_copy(update={"schedule": Schedule(**schedule)})
    contract.__dict__["meaning"] = meaning
    return contract


@pytest.mark.parametrize(
    ("last_day", "days", "working_days", "expected"),
    [
        (date(2026, 3, 6), 2, True, date(2026, 3, 10)),  # Friday, then Monday and Tuesday
        (date(2026, 3, 6), 2, False, date(2026, 3, 8)),
        (date(2026, 9, 30), 1, True, date(2026, 10, 8)),  # the national holiday lies between
        (date(2026, 9, 18), 1, True, date(2026, 9, 20)),  # a working Sunday
        (date(2026, 3, 6), 0, True, date(2026, 3, 6)),
    ],
)
def test_the_deadline_counts_as_the_contract_says(small_home, last_day, days, working_days, expected):
    contract = contract_with(LODGERS, freshness_days=days, working_days=working_days)
    assert deadline(contract, last_day) == expected


def test_late_from_the_day_after_the_deadline(small_home):
    contract = contract_with(LODGERS, freshness_days=2, working_days=True)
    late = [
        module.of_feed(contract, date(2026, 3, 6), None, day).days_late
        for day in (date(2026, 3, 10), date(2026, 3, 13))
    ]
    assert late == [0, 3]


def test_an_empty_lake_has_nobody_late(small_home):
    assert {(one.last_day, one.deadline, one.is_late) for one in freshness(small_home, date(2030, 1, 1))} == {
        (None, None, False)
    }


def test_the_late_come_first_and_the_silent_are_among_them(small_home, tmp_path):
    for feed_id, day in ((LODGERS, MONDAY), (VISITS, date(2026, 3, 16))):
        load_files(feed_id, [deliver(tmp_path, feed_id, day, [lodger(1)])], None, small_home, steps=standins())
    found = freshness(small_home, date(2026, 3, 17))
    assert [(one.feed_id, one.last_day, one.is_late) for one in found] == [
        (LODGERS, MONDAY, True),
        (NOTICES, None, True),
        (VISITS, date(2026, 3, 16), False),
    ]
    assert {one.deadline for one in found[:2]} == {date(2026, 3, 4)}
    assert {one.days_late for one in found[:2]} == {9}
