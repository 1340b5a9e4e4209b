"""When a feed's next delivery is due, and its schedule in words: the contract's cron on working days, Asia/Shanghai.

The same points the scheduler's timetable has: Monday to Friday means every working day, the moved ones (调休) too; any
other point that falls on a day of rest moves to the next working day, at the same time.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from schemas.contract_shape import Schedule
from schemas.working_days import LONGEST_REST, is_working_day, next_working_day

WEEKDAYS = ("mon-fri", "1-5")
DAYS = "日一二三四五六"
ENGLISH_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def due_after(schedule: Schedule, day: date) -> datetime:
    """The first point of the schedule after the whole of `day`."""
    from croniter import croniter

    fields = schedule.cron.split()
    daily = schedule.working_days and _is_every_weekday(fields)
    cron = " ".join([*fields[:-1], "*"]) if daily else schedule.cron
    # A point long before may have been moved past `day` by a long rest.
    start = datetime.combine(day - timedelta(days=LONGEST_REST if schedule.working_days else 0), time.max)
    points = croniter(cron, start)
    while True:
        point: datetime = points.get_next(datetime)
        if schedule.working_days and not is_working_day(point.date()):
            if daily:
                continue
            point = datetime.combine(next_working_day(point.date()), point.time())
        if point.date() > day:
            return point


def in_words(schedule: Schedule) -> tuple[str, str]:
    """The schedule as a person says it, Chinese and English; a cron beyond these words stands as it is."""
    minute, hour, *_ = fields = schedule.cron.split()
    words = _which_days(fields, schedule.working_days)
    if words is None or not (minute.isdigit() and hour.isdigit()):
        return schedule.cron, schedule.cron
    at = f"{int(hour):02}:{int(minute):02}"
    return f"{words[0]} {at}", f"{words[1]} {at}"


def _which_days(fields: list[str], working_days: bool) -> tuple[str, str] | None:
    day, month, weekday = fields[2:]
    if (day, month, weekday) == ("*", "*", "*"):
        return "每天", "every day"
    if (day, month) == ("*", "*"):
        return ("每个工作日", "every working day") if working_days and _is_every_weekday(fields) else _weekdays(weekday)
    if weekday != "*" or not day.isdigit():
        return None
    if month == "*":
        return f"每月{day}日", f"day {day} of every month"
    months = month.split(",")
    named = f"{'、'.join(months)}月{day}日", f"day {day} of months {', '.join(months)}"
    return named if all(one.isdigit() for one in months) else None


def _weekdays(weekday: str) -> tuple[str, str] | None:
    ends = weekday.split("-")
    if not all(one.isdigit() for one in ends) or len(ends) > 2:
        return None
    first, last = int(ends[0]) % 7, int(ends[-1]) % 7
    if len(ends) == 1:
        return f"每周{DAYS[first]}", f"every {ENGLISH_DAYS[first]}"
    return f"周{DAYS[first]}至周{DAYS[last]}", f"{ENGLISH_DAYS[first]} to {ENGLISH_DAYS[last]}"


def _is_every_weekday(fields: list[str]) -> bool:
    return fields[-1].lower() in WEEKDAYS and fields[2:4] == ["*", "*"]
