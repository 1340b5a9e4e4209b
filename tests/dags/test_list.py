"""What `make dags` prints."""

from __future__ import annotations

import pytest

from cli.scheduler import schedule_text

pytest.importorskip("airflow")


def test_the_list_tells_when_every_kind_of_dag_runs() -> None:
    """By a timetable alone, by assets alone, by both, by hand."""
    from airflow.sdk import DAG, Asset, AssetOrTimeSchedule, CronTriggerTimetable

    clock = CronTriggerTimetable("40 * * * *", timezone="Asia/Shanghai")
    arrived = Asset(name="landing.a__b", uri="blockdata://landing/a__b")

    def told(schedule: object) -> str:
        return schedule_text(DAG("one", schedule=schedule, start_date=None))  # type: ignore[arg-type]

    assert told(None) == "by hand"
    assert told(clock) == "40 * * * *"
    assert told([arrived]) == "on arrival"
    assert told(AssetOrTimeSchedule(assets=[arrived], timetable=clock)) == "on arrival, 40 * * * *"
