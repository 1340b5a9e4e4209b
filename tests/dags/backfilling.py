"""Thirty deliveries of one feed by a backfill of Airflow's own, in one process: what tests/dags/test_backfill.py runs.

Runs are made and ordered by Airflow's backfill; only the scheduler's loop is stood in for, as `dag.test()` does.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from schemas.home import Home
from schemas.working_days import is_working_day
from tests.small import LODGERS, deliver, lodger, standins

SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST, LAST = date(2024, 9, 2), date(2024, 10, 18)  # thirty-two working days: three holidays moved five days of them


def delivery_days() -> list[date]:
    """The first thirty working days, and after them the Saturday before a Monday."""
    days = [FIRST + timedelta(days=number) for number in range((LAST - FIRST).days + 1)]
    return [day for day in days if is_working_day(day)][:30]


def drop_all(home: Home) -> None:
    """All thirty lie in landing; people come, go and change their colour."""
    for number, day in enumerate(delivery_days()):
        present = [person for person in range(1, 40) if (person + number // 5) % 7]
        lines = [lodger(person, colour=("red", "blue")[(person * number) % 11 == 3]) for person in present]
        deliver(home.landing / LODGERS, LODGERS, day, lines)


def backfill(home: Home, first: date, last: date) -> list[dict[str, str]]:
    """What each run did, in the order Airflow ran them: logical day, state, and how many deliveries still lay there."""
    import cli.airflow_database
    import transforms.load
    from cli.scheduler import parsed

    bag = parsed(home)
    cli.airflow_database.main()
    transforms.load.the_steps = standins  # loading is tested elsewhere; here it is done sixty times
    dag = bag.dags[LODGERS]

    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from airflow.dag_processing.dagbag import sync_bag_to_db
    from airflow.models.backfill import BackfillDagRun, ReprocessBehavior, _create_backfill
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session
    from sqlalchemy import select

    DagBundlesManager().sync_bundles_to_db()
    sync_bag_to_db(bag, "dags-folder", None)
    start, end = (
        datetime(day.year, day.month, day.day, 23 * at, tzinfo=SHANGHAI) for at, day in enumerate((first, last))
    )
    made = _create_backfill(
        dag_id=LODGERS,
        from_date=start,
        to_date=end,
        max_active_runs=1,
        reverse=False,
        dag_run_conf=None,
        triggering_user_name="test",
        reprocess_behavior=ReprocessBehavior.NONE,
    )
    with create_session() as session:
        query = select(DagRun).join(BackfillDagRun, BackfillDagRun.dag_run_id == DagRun.id)
        runs = session.scalars(query.where(BackfillDagRun.backfill_id == made.id).order_by(BackfillDagRun.sort_ordinal))
        ids = [run.run_id for run in runs]
    return [{**run_one(dag, run_id), "lying": str(lying(home))} for run_id in ids]


def run_one(dag, run_id: str) -> dict[str, str]:
    """One run to its end."""
    from airflow.models.dagrun import DagRun
    from airflow.sdk.definitions.dag import _run_task
    from airflow.serialization.serialized_objects import DagSerialization
    from airflow.utils.session import create_session
    from airflow.utils.state import DagRunState, TaskInstanceState
    from sqlalchemy import select

    with create_session() as session:
        run = session.scalar(select(DagRun).where(DagRun.run_id == run_id))
        run.dag = DagSerialization.deserialize_dag(DagSerialization.serialize_dag(dag))
        run.set_state(DagRunState.RUNNING)
        session.commit()
        while run.state == DagRunState.RUNNING:
            ready, _ = run.update_state(session=session)
            for instance in ready:
                instance.try_number += 1
                instance.state = TaskInstanceState.SCHEDULED
            session.commit()
            for instance in ready:
                _run_task(ti=instance, task=dag.get_task(instance.task_id))
            session.expire_all()
        day = run.logical_date.astimezone(SHANGHAI).date()
        states = {instance.task_id: str(instance.state) for instance in run.get_task_instances(session=session)}
        return {"day": str(day), "state": str(run.state), **states}


def lying(home: Home) -> int:
    """Deliveries in landing."""
    return len(list((home.landing / LODGERS).glob("*.csv")))


if __name__ == "__main__":
    own = Home(Path(os.environ["BLOCKDATA_HOME"]))
    first, last = map(date.fromisoformat, sys.argv[1:])
    drop_all(own)
    print(json.dumps(backfill(own, first, last)))
