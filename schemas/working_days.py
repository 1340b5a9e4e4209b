"""Working days: the national calendar with its moved rest days (调休), and above it the district's own days.

The State Council announces a year's holidays late in the year before; the library `chinesecalendar` knows 2004 to 2026.
Beyond it Monday to Friday are working days, until the days are declared in schemas/calendar/*.yaml, which always wins.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from schemas.declaration import Strict, declare

FOLDER = Path(__file__).parent / "calendar"
LONGEST_REST = 30  # days; only a mistaken calendar rests longer


class OwnDays(Strict):
    """One file of the district's own days: what rests or works against the national calendar."""

    title: str
    rest: list[date] = Field(default_factory=list)
    work: list[date] = Field(default_factory=list)
    whole_years: list[int] = Field(default_factory=list)  # years this file declares as fully as the State Council does


def is_working_day(day: date) -> bool:
    """True when offices work on this day."""
    own = own_days().get(day)
    return own if own is not None else _is_national(day)


def next_working_day(day: date) -> date:
    """`day` when it works, else the first working day after it."""
    return _first(day, 1)


def last_working_day(day: date) -> date:
    """`day` when it works, else the last working day before it."""
    return _first(day, -1)


def working_days(after: date, until: date) -> int:
    """How many working days lie after `after`, `until` included; 0 when `until` is not later."""
    return sum(is_working_day(after + timedelta(days=number)) for number in range(1, (until - after).days + 1))


def is_foreseen(year: int) -> bool:
    """True when the holidays of the year are known: to the library, or declared whole in schemas/calendar."""
    return _covers(year) or any(year in one.whole_years for one in _declared(*_state()))


def own_days() -> dict[date, bool]:
    """The district's own days: True works, False rests."""
    return _own(*_state())


def _first(day: date, step: int) -> date:
    for number in range(LONGEST_REST):
        found = day + timedelta(days=step * number)
        if is_working_day(found):
            return found
    raise ValueError(f"no working day within {LONGEST_REST} days of {day}: look at {calendar_folder()}")


def _is_national(day: date) -> bool:
    if not _covers(day.year):
        return day.weekday() < 5  # Monday to Friday
    import chinese_calendar

    return bool(chinese_calendar.is_workday(day))


def _covers(year: int) -> bool:
    from chinese_calendar.constants import holidays

    return min(holidays).year <= year <= max(holidays).year


def calendar_folder() -> Path:
    """BLOCKDATA_CALENDAR, else the calendar of this package."""
    return Path(os.environ.get("BLOCKDATA_CALENDAR") or FOLDER)


def _state() -> tuple[tuple[Path, int], ...]:
    """The files and when they were changed: a scheduler that runs for months sees next year's days when they come."""
    return tuple((path, path.stat().st_mtime_ns) for path in sorted(calendar_folder().glob("*.yaml")))


@lru_cache(maxsize=4)
def _declared(*files: tuple[Path, int]) -> tuple[OwnDays, ...]:
    return tuple(declare(path, OwnDays) for path, _ in files)


@lru_cache(maxsize=4)
def _own(*files: tuple[Path, int]) -> dict[date, bool]:
    found: dict[date, bool] = {}
    for one in _declared(*files):
        found |= dict.fromkeys(one.rest, False) | dict.fromkeys(one.work, True)
    return found
