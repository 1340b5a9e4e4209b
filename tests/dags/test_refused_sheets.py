"""A return sheet that is refused fails its feed's run: set aside in silence, nobody would look."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from airflow.exceptions import AirflowFailException, AirflowSkipException

from schemas.home import Home

FEED = "water__accounts"
WHY = "return sheet refused: no row of it was mended; mend the coloured cells"


def task_of(bag: Any, name: str) -> Any:
    return bag.dags[FEED].get_task(name).python_callable


def load(bag: Any, monkeypatch: pytest.MonkeyPatch, *, loaded: int, refused: int) -> Any:
    """The body of the task: so many deliveries loaded, so many sheets refused."""
    result = SimpleNamespace(batch_id="a" * 16, status="loaded", counts={"inserted": 2})
    monkeypatch.setattr("transforms.taking.take", lambda *_: [result] * loaded)

    def take_dropped(home: Home, feed_id: str, *, refused: list[str]) -> list[Any]:
        refused += [WHY] * given
        return []

    given = refused
    monkeypatch.setattr("serving.returning.take_dropped", take_dropped)
    run = SimpleNamespace(run_type="manual", logical_date=None)
    return task_of(bag, "load")(outlet_events=SuppliesAnything(), dag_run=run)


class SuppliesAnything(dict):
    def __missing__(self, key: Any) -> SimpleNamespace:
        return SimpleNamespace()


def test_alone_it_fails_the_load(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowFailException, match="no row of it was mended"):
        load(bag, monkeypatch, loaded=0, refused=1)
    with pytest.raises(AirflowSkipException):
        load(bag, monkeypatch, loaded=0, refused=0)


def test_beside_a_delivery_the_next_task_fails(bag: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert load(bag, monkeypatch, loaded=1, refused=0) == {}
    found = load(bag, monkeypatch, loaded=1, refused=1)
    assert found == {"sheets": [WHY]}
    with pytest.raises(AirflowFailException, match="no row of it was mended"):
        task_of(bag, "refused")(found)
