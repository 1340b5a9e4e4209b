"""One DAG a contract: what lies complete in landing is loaded and, where it was refused, told.

It runs within seconds of a delivery being complete, and on the contract's schedule in any case.

Airflow parses this file for every task it runs; then only the DAG asked for is built. A contract that cannot be read
stops its own feed alone: it becomes a DAG tagged `broken` that says what to mend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import DAG, AssetAny, AssetOrTimeSchedule, get_parsing_context, task
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from dags.assets import feed_asset, landing_asset
from dags.guard import guarded
from dags.pools import CORES, LOAD_FIRST
from dags.timetables import DeliveryTimetable
from schemas.contract import Contract, contract_of, feed_ids
from schemas.errors import BlockdataError
from schemas.feed_page import page

FIRST_DAY = pendulum.datetime(2020, 1, 1, tz="Asia/Shanghai")  # as far back as a backfill may reach
BACKFILL, BY_ASSET = "backfill", "asset_triggered"  # kinds of runs
RETRIES = {"retries": 2, "retry_delay": timedelta(minutes=2), "retry_exponential_backoff": True}


def feed_dag(contract: Contract) -> DAG:
    """load → refused, where something was. XCom carries batch ids alone; the counts go with the asset."""
    feed_id, asset = contract.feed_id, feed_asset(contract.feed_id)
    timetable = DeliveryTimetable.of(contract.meaning.schedule)
    with DAG(
        dag_id=feed_id,
        dag_display_name=f"{contract.name} {feed_id}",
        description=contract.description.purpose,
        doc_md=page(contract),
        tags=sorted({"feed", contract.department, contract.delivery.mode, *contract.tags}),
        schedule=AssetOrTimeSchedule(
            assets=AssetAny(landing_asset(feed_id)),
            timetable=timetable,  # type: ignore[arg-type]
        ),
        start_date=FIRST_DAY,
        catchup=False,
        max_active_runs=1,
        default_args={"owner": owner(contract), **RETRIES},
    ) as dag:

        @task.short_circuit(outlets=[asset], pool=CORES, priority_weight=LOAD_FIRST, max_active_tis_per_dag=1)
        @guarded
        def load(*, outlet_events: Any = None, dag_run: Any = None) -> dict[str, list[str]]:
            """Take what lies complete in landing, oldest day first; a backfill takes its own days alone.

            A feed whose contract names a database or an API is pulled first. All in one task, because a second one
            would cost more than most loads. The asset tells the rows that came of it.
            """
            from schemas.home import Home
            from serving.returning import corrections_of, take_dropped
            from transforms.taking import take

            if contract.is_draft:
                raise AirflowSkipException("the contract is a draft: nothing is pulled or taken before it is active")
            home = Home.from_environment()
            days = timetable.days_of(dag_run.logical_date) if dag_run.run_type == BACKFILL else None
            if contract.source is not None and dag_run.run_type != BY_ASSET:  # what has landed asks for no other pull
                from transforms.connecting import pull

                pull(feed_id, days[1] if days else None, home)
            taken: list[Any] = [result for result in take(feed_id, home, days) if result.status != "already_loaded"]
            kept_out: list[str] = []  # of the sheets that departments mended and sent back
            sheets = take_dropped(home, feed_id, refused=kept_out) if days is None else []
            taken += corrections_of(sheets)
            if kept_out and not taken:  # set aside already: another try would find nothing and look well
                raise AirflowFailException(" | ".join(kept_out))
            if not taken:
                raise AirflowSkipException("nothing new lies complete in landing")
            outlet_events[asset].extra = total_counts(taken)
            found = ids_by_status(taken, "refused")  # none: `refused` is skipped, and no process starts for it
            return {**found, "sheets": kept_out} if kept_out else found

        @task
        @guarded
        def refused(batches: dict[str, list[str]]) -> None:
            """Fail, so that a person looks; the last good one serves."""
            from schemas.home import Home
            from transforms.lake.store import Lake

            lake = Lake(Home.from_environment())
            rows = [lake.batch_row(batch_id) or {} for batch_id in batches.get("refused", [])]
            told = [f"{row['rule']}: {row['reason']}; {row['mend']}" for row in rows if row.get("status") == "refused"]
            told += batches.get("sheets", [])
            if told:
                raise AirflowFailException(" | ".join(told))

        refused(load())  # type: ignore[arg-type]
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
