"""Freshness: every hour the feeds whose deadline has passed are told, once, and told again when they come back.

The deadline stands in the contract (`freshness_days`, counted in working days), who is told in schemas/notify.yaml.
Airflow's own deadlines belong to a run; a feed that falls silent has none.
"""

from __future__ import annotations

import pendulum
from airflow.sdk import DAG, task

from dags.guard import guarded
from dags.house import house
from dags.timetables import DeliveryTimetable

with DAG(
    dag_id="freshness",
    dag_display_name="时效检查 freshness",
    description="tell of feeds that are late, and of those that came back",
    doc_md=__doc__,
    tags=["quality"],
    schedule=DeliveryTimetable("5 * * * *", working_days=False),
    **house(retries=1, minutes=5),
):

    @task
    @guarded
    def tell_late_feeds() -> int:
        """Tell what changed; what a channel did not take stays queued for the next hour and turns the run red."""
        from schemas.home import Home
        from schemas.notify import load_channels
        from serving.lateness import tell

        return len(tell(Home.from_environment(), load_channels(), pendulum.today("Asia/Shanghai").date()))

    tell_late_feeds()
