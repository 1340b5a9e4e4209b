"""The calendar: what the State Council declared, what the district declares, and what nobody declared yet."""

from __future__ import annotations

from datetime import date

import pytest

from schemas import working_days
from schemas.errors import ContractError


@pytest.fixture
def calendar(tmp_path, monkeypatch):
    """A calendar folder to write own days in."""
    monkeypatch.setenv("BLOCKDATA_CALENDAR", str(tmp_path))
    return tmp_path


def test_national_days_of_2026():
    rests = [date(2026, 10, day) for day in range(1, 8)] + [date(2026, 2, 17), date(2026, 1, 2)]
    assert not any(map(working_days.is_working_day, rests))
    works = [date(2026, 9, 20), date(2026, 10, 10), date(2026, 1, 4), date(2026, 10, 8)]
    assert all(map(working_days.is_working_day, works))


def test_a_year_nobody_declared_has_monday_to_friday_and_says_so(calendar):
    assert working_days.is_working_day(date(2031, 10, 1))  # a Wednesday
    assert not working_days.is_working_day(date(2031, 10, 4))
    assert [working_days.is_foreseen(year) for year in (2003, 2004, 2026, 2031)] == [False, True, True, False]


def test_own_days_win(calendar):
    (calendar / "own.yaml").write_text(
        "title: 区\nrest: [2031-10-01, 2026-09-20]\nwork: [2031-10-04]\nwhole_years: [2031]\n", encoding="utf-8"
    )
    assert not working_days.is_working_day(date(2031, 10, 1))
    assert working_days.is_working_day(date(2031, 10, 4))
    assert not working_days.is_working_day(date(2026, 9, 20))
    assert working_days.is_foreseen(2031)


def test_a_mistake_names_file_and_key(calendar):
    (calendar / "own.yaml").write_text("title: 区\nholidays: []\n", encoding="utf-8")
    with pytest.raises(ContractError, match=r"own\.yaml.*holidays"):
        working_days.is_working_day(date(2026, 3, 2))


@pytest.mark.parametrize(
    ("after", "until", "count"),
    [
        (date(2026, 9, 30), date(2026, 10, 8), 1),
        (date(2026, 9, 30), date(2026, 10, 7), 0),
        (date(2026, 9, 18), date(2026, 9, 21), 2),  # the Sunday works
        (date(2026, 9, 21), date(2026, 9, 18), 0),
    ],
)
def test_working_days_are_counted_after_the_first_day(after, until, count):
    assert working_days.working_days(after, until) == count


def test_the_working_day_before_and_after():
    assert working_days.next_working_day(date(2026, 10, 1)) == date(2026, 10, 8)
    assert working_days.last_working_day(date(2026, 10, 7)) == date(2026, 9, 30)
    assert working_days.next_working_day(date(2026, 10, 8)) == date(2026, 10, 8)
