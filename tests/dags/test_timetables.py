"""When feeds are due in a real year: the notices of the State Council for 2026, and the district's own days."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pendulum
import pytest
from airflow.timetables.base import TimeRestriction

from dags.timetables import DeliveryTimetable
from schemas.contract_shape import Schedule

SHANGHAI = ZoneInfo("Asia/Shanghai")


def points(cron: str, first: str, last: str, *, working_days: bool = True) -> list[str]:
    """The runs between two days, as a backfill asks for them."""
    timetable = DeliveryTimetable(cron, working_days=working_days)
    limits = [pendulum.parse(day, tz="Asia/Shanghai") for day in (first, last)]
    told, interval = [], None
    while True:
        info = timetable.next_dagrun_info(
            last_automated_data_interval=interval,
            restriction=TimeRestriction(earliest=limits[0], latest=limits[1].add(days=1), catchup=True),
        )
        if info is None:
            return told
        told.append(info.run_after.in_timezone("Asia/Shanghai").format("MM-DD HH:mm"))
        interval = info.data_interval


def test_the_national_holiday_rests_and_a_saturday_works():
    found = points("0 6 * * 1-5", "2026-09-28", "2026-10-13")
    days = ["09-28", "09-29", "09-30", "10-08", "10-09", "10-10", "10-12", "10-13"]
    assert found == [f"{day} 06:00" for day in days]


def test_a_working_sunday_is_a_working_day():
    assert points("30 6 * * 1-5", "2026-01-03", "2026-01-05") == ["01-04 06:30", "01-05 06:30"]
    assert points("30 6 * * 1-5", "2026-09-19", "2026-09-21") == ["09-20 06:30", "09-21 06:30"]


@pytest.mark.parametrize(
    ("cron", "first", "last", "expected"),
    [
        ("0 4 1 1,4,7,10 *", "2026-09-25", "2026-10-20", ["10-08 04:00"]),  # 1 October rests until the 8th
        ("0 7 5 * *", "2026-04-01", "2026-05-31", ["04-07 07:00", "05-06 07:00"]),  # Qingming; Labour Day
        ("0 7 * * 1", "2026-02-09", "2026-03-02", ["02-09 07:00", "02-24 07:00", "03-02 07:00"]),  # Spring Festival
        ("0 6 * * 6,0", "2026-10-10", "2026-10-12", ["10-10 06:00", "10-12 06:00"]),  # Saturday works, Sunday moves
    ],
)
def test_what_falls_on_a_day_of_rest_moves_to_the_next_working_day(cron, first, last, expected):
    assert points(cron, first, last) == expected


def test_points_that_meet_are_one():
    """Saturday, Sunday and Monday of an ordinary weekend."""
    assert points("0 6 * * 6,0,1", "2026-11-07", "2026-11-10") == ["11-09 06:00"]


def test_every_day_means_every_day_where_the_contract_says_so():
    assert len(points("0 20 * * *", "2026-10-01", "2026-10-07", working_days=False)) == 7


@pytest.mark.parametrize("cron", ["0 6 * * 1-5", "0 7 5 * *", "0 7 * * 1", "0 4 1 1,4,7,10 *"])
def test_back_is_the_way_there(cron):
    """Every point is found again from the one after it, so that days between two runs belong to exactly one."""
    timetable = DeliveryTimetable(cron)
    point, walked = pendulum.datetime(2026, 1, 1), []
    while point.year == 2026:
        point = timetable._get_next(point)
        walked.append(point)
    assert all(timetable._get_prev(later) == earlier for earlier, later in pairwise(walked))
    assert all(timetable._align_to_next(at) == timetable._align_to_prev(at) == at for at in walked)


def test_a_run_takes_the_days_since_the_one_before():
    monday = datetime(2026, 11, 9, 6, 0, tzinfo=SHANGHAI)
    assert DeliveryTimetable("0 6 * * 1-5").days_of(monday) == (date(2026, 11, 6), date(2026, 11, 9))


def test_a_new_lakes_first_run_lies_ahead():
    timetable = DeliveryTimetable.of(Schedule())
    long_ago = TimeRestriction(earliest=pendulum.datetime(2020, 1, 1), latest=None, catchup=False)
    info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=long_ago)
    assert info.run_after > pendulum.now("UTC")


def test_the_board_expects_what_the_scheduler_runs():
    from schemas.contract import load_contracts
    from schemas.due import due_after

    for contract in load_contracts().values():
        schedule = contract.meaning.schedule
        for day in (date(2026, 2, 13), date(2026, 9, 29)):
            late = pendulum.datetime(day.year, day.month, day.day, 23, 59, 59, tz="Asia/Shanghai")
            due = DeliveryTimetable.of(schedule)._get_next(late).in_timezone("Asia/Shanghai").naive()
            assert due_after(schedule, day) == due, (contract.feed_id, day)
