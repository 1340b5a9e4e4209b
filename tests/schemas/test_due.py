"""When the next delivery is due, over real holidays, and the schedule in words."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from schemas.contract_shape import Schedule
from schemas.due import due_after, in_words


@pytest.mark.parametrize(
    ("cron", "working_days", "day", "due"),
    [
        ("0 6 * * 1-5", True, date(2026, 3, 5), datetime(2026, 3, 6, 6)),
        ("0 6 * * 1-5", True, date(2026, 3, 6), datetime(2026, 3, 9, 6)),  # over the weekend
        ("0 6 * * 1-5", True, date(2026, 9, 30), datetime(2026, 10, 8, 6)),  # over the national holiday
        ("0 6 * * 1-5", True, date(2026, 9, 18), datetime(2026, 9, 20, 6)),  # a working Sunday
        ("0 6 * * *", False, date(2026, 9, 30), datetime(2026, 10, 1, 6)),
        ("0 9 3 * *", True, date(2026, 9, 30), datetime(2026, 10, 8, 9)),  # the third lies in the holiday
        ("0 9 3 * *", True, date(2026, 10, 8), datetime(2026, 11, 3, 9)),
    ],
)
def test_due_on_a_working_day_of_the_schedule(cron: str, working_days: bool, day: date, due: datetime) -> None:
    assert due_after(Schedule(cron=cron, working_days=working_days), day) == due


@pytest.mark.parametrize(
    ("cron", "working_days", "words"),
    [
        ("30 6 * * 1-5", True, "每个工作日 06:30"),
        ("30 6 * * 1-5", False, "周一至周五 06:30"),
        ("0 23 * * 0", False, "每周日 23:00"),
        ("0 22 * * *", False, "每天 22:00"),
        ("0 4 6 * *", True, "每月6日 04:00"),
        ("0 8 25 3,6,9,12 *", True, "3、6、9、12月25日 08:00"),
        ("*/5 * * * *", False, "*/5 * * * *"),
        ("0 6 1 * 1", False, "0 6 1 * 1"),
    ],
)
def test_a_schedule_as_a_person_says_it(cron: str, working_days: bool, words: str) -> None:
    assert in_words(Schedule(cron=cron, working_days=working_days))[0] == words
