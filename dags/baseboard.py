"""The baseboard: resolve, pack and publish whenever any feed brought something, and once in the small hours anyway.

Any feed, not all of them: one silent department must not stop every release. Runs that come together find nothing
new and end skipped.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.assets import RELEASE, feed_asset, feed_ids
from dags.guard import guarded

with DAG(
    dag_id="baseboard",
    dag_display_name="块数据智能底板 baseboard",
    description="resolve, pack and publish one release of everything loaded",
    doc_md=__doc__,
    tags=["release"],
    schedule=AssetOrTimeSchedule(
        assets=AssetAny(*[feed_asset(feed_id) for feed_id in feed_ids()]),
        timetable=CronTriggerTimetable("30 2 * * *", timezone="Asia/Shanghai"),
    ),
    start_date=pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai"),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data-office", "retries": 2, "retry_delay": timedelta(minutes=5)},
):

    @task(outlets=[RELEASE])
    @guarded
    def publish(*, outlet_events: Any = None) -> str:
        """Publish; the release's asset tells its name and rows."""
        from schemas.errors import UsageError
        from schemas.home import Home
        from transforms.publish import publish as step

        try:
            release = step(Home.from_environment())
        except UsageError as nothing:  # no library or no batch yet: a new lake's first nights
            raise AirflowSkipException(nothing.message) from None
        if not release.changed:
            raise AirflowSkipException(f"nothing changed since release {release.name}")
        outlet_events[RELEASE].extra = {"release": release.name}
        return str(release.path)

    @task(trigger_rule="none_failed")
    @guarded
    def data_docs() -> str:
        """Write what the rules observed as pages that open offline."""
        from expectations.docs import build_data_docs
        from schemas.home import Home

        return str(build_data_docs(Home.from_environment()))

    publish() >> data_docs()
