"""Approval: with BLOCKDATA_APPROVAL=1 the baseboard asks a person before it publishes, in Airflow's pages.

The task waits in the database, not in a worker. What is loaded between question and answer is published with it; what
is rejected waits for the next question. Who answered and when is kept by Airflow.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import task

from dags.guard import guarded

PATIENCE = timedelta(days=3)


def asks_first() -> bool:
    """True when releases need a person's word. Read when the folder is parsed: it decides the shape of the DAG."""
    return os.environ.get("BLOCKDATA_APPROVAL", "").lower() in ("1", "true", "yes")


def approval() -> Any:
    """waiting → approve, to be set before publish."""
    from airflow.providers.standard.operators.hitl import ApprovalOperator

    @task
    @guarded
    def waiting() -> str:
        """What would be released: Markdown with a line a feed. Nothing new ends the run."""
        from airflow.sdk.exceptions import AirflowSkipException

        from schemas.home import Home
        from serving.waiting import describe

        told = describe(Home.from_environment())
        if not told:
            raise AirflowSkipException("nothing waits for a release")
        return told

    approve = ApprovalOperator(
        task_id="approve",
        subject="发布新的底板？ Publish a new release?",
        body="{{ ti.xcom_pull(task_ids='waiting') }}",
        response_timeout=PATIENCE,
    )
    waiting() >> approve
    return approve
