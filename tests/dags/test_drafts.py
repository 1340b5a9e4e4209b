"""Under a contract that is a draft nothing is pulled or taken."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from dags.feeds import feed_dag
from schemas.contract import contract_of


def test_a_draft_takes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> list[object]:
        raise AssertionError("taken")

    monkeypatch.setattr("transforms.taking.take", taken)
    active = contract_of("water__accounts")
    run = SimpleNamespace(run_type="manual", logical_date=None)
    with pytest.raises(AssertionError, match="taken"):
        feed_dag(active).get_task("load").python_callable.__wrapped__(outlet_events={}, dag_run=run)
    draft = feed_dag(active.model_copy(update={"status": "draft"}))
    with pytest.raises(AirflowSkipException, match="is a draft"):
        draft.get_task("load").python_callable(outlet_events={}, dag_run=run)
