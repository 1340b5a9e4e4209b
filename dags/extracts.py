"""The extracts: every agreement in force is served from each new release, masked as it says."""

from __future__ import annotations

from airflow.sdk import DAG, task

from dags.assets import RELEASE
from dags.guard import guarded
from dags.house import house
from dags.pools import CORES, LAST

with DAG(
    dag_id="extracts",
    dag_display_name="共享交付 extracts",
    description="write what each agreement grants of the current release",
    doc_md=__doc__,
    tags=["serving"],
    schedule=[RELEASE],
    **house(retries=2, minutes=5),
):

    @task
    @guarded
    def agreements() -> list[str]:
        """The agreements in force."""
        from serving.extract import list_agreements

        return [one["id"] for one in list_agreements() if one["state"] == "runs"]

    @task(max_active_tis_per_dag=1, pool=CORES, priority_weight=LAST)
    @guarded
    def extract(agreement_id: str) -> str:
        """Write one agreement's extract."""
        from schemas.home import Home
        from serving.extract import run_agreement

        return str(run_agreement(agreement_id, Home.from_environment()))

    extract.expand(agreement_id=agreements())
