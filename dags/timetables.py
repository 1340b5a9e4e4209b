"""When a feed is due: its contract's cron, moved to working days (Asia/Shanghai).

A schedule of Monday to Friday means every working day, the moved ones (调休) too. Any other point that falls on a day
of rest moves to the next working day, at the same time; points that meet there are one.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pendulum
from airflow.timetables.trigger import CronTriggerTimetable

from schemas.working_days import LONGEST_REST, is_working_day, next_working_day

if TYPE_CHECKING:
    from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction

    from schemas.contract import Schedule

ZONE = "Asia/Shanghai"
EVERY_WORKING_DAY = ("1-5", "mon-fri")


class DeliveryTimetable(CronTriggerTimetable):
    """Points of a cron expression on working days, or as they stand with working_days=False.

    Registered with Airflow by dags/plugins: a scheduler must know the class to read a DAG that uses it.
    """

    def __init__(self, cron: str, *, working_days: bool = True) -> None:
        super().__init__(cron, timezone=ZONE)
        self._working_days = working_days
        fields = cron.split()
        daily = working_days and fields[-1].lower() in EVERY_WORKING_DAY and fields[2:4] == ["*", "*"]
        self._raw = CronTriggerTimetable(" ".join([*fields[:-1], "*"]) if daily else cron, timezone=ZONE)
        self._skips = daily
        if working_days:
            self.description = f"{self._raw.description}, working days only"

    @classmethod
    def of(cls, schedule: Schedule) -> DeliveryTimetable:
        """The timetable of a contract's schedule."""
        return cls(schedule.cron, working_days=schedule.working_days)

    def serialize(self) -> dict[str, Any]:
        """What `deserialize` needs."""
        return {"cron": self._expression, "working_days": self._working_days}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> DeliveryTimetable:
        """Back from `serialize`."""
        return cls(data["cron"], working_days=data["working_days"])

    @property
    def expression(self) -> str:
        """The cron expression of the contract."""
        return self._expression

    @property
    def summary(self) -> str:
        """The cron expression, and 工作日 where it is moved."""
        return f"{self._expression} 工作日" if self._working_days else self._expression

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """As cron does, but a new lake's first run lies ahead: sixty-six runs at once would find nothing to do."""
        if last_automated_data_interval is None and not restriction.catchup:
            earliest = max(restriction.earliest or pendulum.now("UTC"), pendulum.now("UTC"))
            restriction = restriction._replace(earliest=earliest)
        return super().next_dagrun_info(
            last_automated_data_interval=last_automated_data_interval, restriction=restriction
        )

    def days_of(self, logical_date: datetime) -> tuple[date, date]:
        """Delivery days a run of that date takes in a backfill: after the first of them, the second included."""
        point = pendulum.instance(logical_date)
        return _day(self._get_prev(point)), _day(point)

    def _get_next(self, current: pendulum.DateTime) -> pendulum.DateTime:
        if not self._working_days:
            return self._raw._get_next(current)
        point = current if self._skips else current.subtract(days=LONGEST_REST)
        while True:
            point = self._raw._get_next(point)
            moved = self._moved(point)
            if moved is not None and moved > current:
                return moved

    def _get_prev(self, current: pendulum.DateTime) -> pendulum.DateTime:
        if not self._working_days:
            return self._raw._get_prev(current)
        point = current
        while True:
            point = self._raw._get_prev(point)
            moved = self._moved(point)
            if moved is not None and moved < current:
                return moved

    def _moved(self, point: pendulum.DateTime) -> pendulum.DateTime | None:
        """The point on a working day; None when a daily schedule has another point there anyway."""
        day = _day(point)
        if is_working_day(day):
            return point
        return None if self._skips else point + timedelta(days=(next_working_day(day) - day).days)


def _day(point: pendulum.DateTime) -> date:
    return point.in_timezone(ZONE).date()
