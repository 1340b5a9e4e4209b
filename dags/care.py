"""The care of the house, every night: what has been kept long enough goes, and files of the lake nobody needs.

How long what is kept stands in schemas/care.yaml; by hand it is `blockdata lake care`.
"""

from __future__ import annotations

from airflow.sdk import DAG, task

from dags.guard import guarded
from dags.house import house
from dags.pools import CORES, LAST
from dags.timetables import DeliveryTimetable

with DAG(
    dag_id="care",
    dag_display_name="湖仓保养 care",
    description="remove what has been kept long enough and what nobody needs",
    doc_md=__doc__,
    tags=["lake"],
    schedule=DeliveryTimetable("20 2 * * *", working_days=False),
    **house(retries=2, minutes=15),
):

    @task(pool=CORES, priority_weight=LAST)
    @guarded
    def care() -> list[str]:
        """Retention and vacuum; returns what went."""
        from schemas.home import Home
        from transforms.caring.retention import care as run

        return [f"{one.what}: {one.removed}, {one.bytes} bytes" for one in run(Home.from_environment())]

    care()
