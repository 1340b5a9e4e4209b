"""The baseboard: resolve, pack and publish as soon as something was loaded, and once in the small hours anyway.

Deliveries that arrive together become one release: the trigger waits until landing holds no complete delivery, or
fifteen minutes. Any load counts, by the scheduler, a command or a replay. One silent department stops nothing.
With BLOCKDATA_APPROVAL=1 a person approves each release first.
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.approval import approval, asks_first
from dags.assets import LAKE, RELEASE, feed_asset
from dags.guard import guarded
from dags.house import house
from dags.pools import CORES, RELEASE_FIRST
from dags.timetables import DeliveryTimetable
from schemas.contract import feed_ids

with DAG(
    dag_id="baseboard",
    dag_display_name="块数据智能底板 baseboard",
    description="resolve, pack and publish one release of everything loaded",
    doc_md=__doc__,
    tags=["release"],
    schedule=AssetOrTimeSchedule(
        assets=AssetAny(LAKE),
        timetable=DeliveryTimetable("30 2 * * *", working_days=False),  # type: ignore[arg-type]
    ),
    **house(retries=2, minutes=2),
):

    @task(
        inlets=[feed_asset(feed_id) for feed_id in feed_ids()],
        outlets=[RELEASE],
        pool=CORES,
        priority_weight=RELEASE_FIRST,
    )
    @guarded
    def publish(*, outlet_events: Any = None) -> str:
        """Publish, and write the board; the release's asset tells its name."""
        from schemas.errors import UsageError
        from schemas.home import Home
        from serving.board import refresh_board
        from transforms.publish import publish as step

        home = Home.from_environment()
        try:
            release = step(home)
        except UsageError as nothing:  # no library or no batch yet: a new lake's first nights
            raise AirflowSkipException(nothing.message) from None
        finally:
            refresh_board(home)
        if not release.changed:
            raise AirflowSkipException(f"nothing changed since release {release.name}")
        outlet_events[RELEASE].extra = {"release": release.name}
        return str(release.path)

    if asks_first():
        approval() >> publish()
    else:
        publish()
