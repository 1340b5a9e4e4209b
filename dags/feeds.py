"""One DAG a contract: what lies in landing is received, loaded and, where it was refused, told.

Airflow parses this file for every task it runs; then only the DAG asked for is built. A contract that cannot be read
stops its own feed alone: it becomes a DAG tagged `broken` that says what to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, CronTriggerTimetable, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.assets import feed_asset, feed_ids
from dags.guard import guarded
from schemas.contract import Contract, contract_of
from schemas.errors import BlockdataError
from schemas.feed_page import page

FIRST_DAY = pendulum.datetime(2026, 1, 1, tz="Asia/Shanghai")
RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": True}


def feed_dag(contract: Contract) -> DAG:
    """receive → load → refused. XCom carries batch ids alone; the counts go with the asset."""
    feed_id, asset = contract.feed_id, feed_asset(contract.feed_id)
    with DAG(
        dag_id=feed_id,
        dag_display_name=f"{contract.name} {feed_id}",
        description=contract.description.purpose,
        doc_md=page(contract),
        tags=sorted({"feed", contract.department, contract.delivery.mode, *contract.tags}),
        schedule=CronTriggerTimetable(contract.meaning.schedule.cron, timezone="Asia/Shanghai"),
        start_date=FIRST_DAY,
        catchup=False,
        max_active_runs=1,
        default_args={"owner": owner(contract), **RETRIES},
    ) as dag:

        @task.short_circuit
        @guarded
        def receive() -> dict[str, list[str]]:
            """Seal every complete delivery in landing; nothing there ends the run."""
            from schemas.home import Home
            from transforms.receive import find_deliveries, receive

            home = Home.from_environment()
            received = [
                receive(feed_id, paths, None, home, from_landing=True) for paths in find_deliveries(feed_id, home)
            ]
            return ids_by_status(received, "new", "refused")

        @task(outlets=[asset])
        @guarded
        def load(batches: dict[str, list[str]], *, outlet_events: Any = None) -> dict[str, list[str]]:
            """Load them, oldest day first. The asset tells the rows that came of it."""
            from schemas.home import Home
            from transforms.load import load_batch

            home = Home.from_environment()
            results = [load_batch(batch_id, feed_id, home) for batch_id in batches.get("new", [])]
            loaded = [result for result in results if result.status == "loaded"]
            if not loaded:
                raise AirflowSkipException("no delivery was let in")
            outlet_events[asset].extra = total_counts(loaded)
            return ids_by_status(results, "loaded", "refused")

        @task(trigger_rule="none_failed")
        @guarded
        def refused(batches: dict[str, list[str]]) -> None:
            """Fail, so that a person looks; the last good one serves."""
            from schemas.home import Home
            from transforms.lake.store import Lake

            lake = Lake(Home.from_environment())
            rows = [
                lake.batch_row(batch_id) or {} for batch_id in [*batches.get("new", []), *batches.get("refused", [])]
            ]
            told = [f"{row['rule']}: {row['reason']}; {row['mend']}" for row in rows if row.get("status") == "refused"]
            if told:
                raise AirflowFailException(" | ".join(told))

        batches = receive()
        load(batches) >> refused(batches)  # type: ignore[arg-type]
    return dag


def broken_dag(feed_id: str, error: BlockdataError) -> DAG:
    """What stands in for a feed whose contract cannot be read."""
    with DAG(
        dag_id=feed_id,
        description="its contract cannot be read",
        doc_md=str(error),
        tags=["feed", "broken"],
        schedule=None,
        start_date=FIRST_DAY,
        max_active_runs=1,
        default_args={"owner": feed_id.split("__", maxsplit=1)[0], **RETRIES},
    ) as dag:

        @task
        @guarded
        def mend_the_contract() -> None:
            raise AirflowFailException(str(error))

        mend_the_contract()
    return dag


def dag_of(feed_id: str) -> DAG:
    """The DAG of one contract file."""
    try:
        return feed_dag(contract_of(feed_id))
    except BlockdataError as error:
        return broken_dag(feed_id, error)


def owner(contract: Contract) -> str:
    """The post that answers for the feed."""
    return next((member.username for member in contract.team.members if member.role == "owner"), contract.department)


def ids_by_status(batches: Sequence[Any], *statuses: str) -> dict[str, list[str]]:
    """Batch ids under each status; nothing at all is an empty, false dictionary."""
    found = {status: [batch.batch_id for batch in batches if batch.status == status] for status in statuses}
    return found if any(found.values()) else {}


def total_counts(results: Sequence[Any]) -> dict[str, int]:
    """The counts of quality.reconciliation over several batches."""
    total: Counter[str] = Counter()
    for result in results:
        total.update(result.counts)
    return dict(total)


asked = get_parsing_context().dag_id
for feed_id in feed_ids():
    if asked is None or asked == feed_id:
        globals()[feed_id] = dag_of(feed_id)
