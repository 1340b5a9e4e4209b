"""The pages people open: the board every hour, what the rules observed (Data Docs) when something was judged since.

Apart from the baseboard, because building them can take longer than a release and no reader of the lake waits for them.
"""

from __future__ import annotations

from airflow.sdk import DAG, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.guard import guarded
from dags.house import house
from dags.pools import CORES, LAST
from dags.timetables import DeliveryTimetable

with DAG(
    dag_id="pages",
    dag_display_name="质量页面 pages",
    description="write the board and what the rules observed as pages that open offline",
    doc_md=__doc__,
    tags=["quality"],
    schedule=DeliveryTimetable("40 * * * *", working_days=False),
    **house(retries=1, minutes=5),
):

    @task(pool=CORES, priority_weight=LAST)
    @guarded
    def data_docs() -> str:
        """Write the board, for a silent feed grows late by itself; build the rest unless it is newer than the lake."""
        from expectations.docs import build_data_docs, is_current
        from schemas.home import Home
        from serving.board import write_board

        home = Home.from_environment()
        write_board(home)
        if is_current(home):
            raise AirflowSkipException("nothing was judged since the pages were built")
        return str(build_data_docs(home))

    data_docs()
