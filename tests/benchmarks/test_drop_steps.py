"""Where a drop's seconds went, from records as Airflow writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import create_engine, text

from benchmarks.drop_steps import is_nothing_new, medians, steps

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def database(tmp_path):
    """One load seen 6 s after noon and one publish; an older load of the same feed found nothing."""
    engine = create_engine(f"sqlite:///{tmp_path / 'airflow.db'}")
    with engine.begin() as made:
        made.execute(text("CREATE TABLE dag_run (id, dag_id, run_id)"))
        made.execute(text("CREATE TABLE asset_event (id, timestamp)"))
        made.execute(text("CREATE TABLE dagrun_asset_event (dag_run_id, event_id)"))
        made.execute(
            text("CREATE TABLE task_instance (dag_id, run_id, task_id, state, queued_dttm, start_date, end_date)")
        )
        for number, dag, task, state, *at in (
            (1, "water__accounts", "load", "skipped", -90, -89, -88, -80),
            (2, "water__accounts", "load", "success", 6, 7, 9, 19),
            (3, "baseboard", "publish", "running", 20, 22, 25, None),
        ):
            seen, queued, started, ended = (None if second is None else told(second) for second in at)
            made.execute(text("INSERT INTO dag_run VALUES (:n, :dag, :n)"), {"n": number, "dag": dag})
            made.execute(text("INSERT INTO asset_event VALUES (:n, :seen)"), {"n": number, "seen": seen})
            made.execute(text("INSERT INTO dagrun_asset_event VALUES (:n, :n)"), {"n": number})
            made.execute(
                text("INSERT INTO task_instance VALUES (:dag, :n, :task, :state, :queued, :started, :ended)"),
                {"dag": dag, "n": number, "task": task, "state": state}
                | {"queued": queued, "started": started, "ended": ended},
            )
    return engine


def told(second: int) -> str:
    """A time as SQLite keeps it: UTC without saying so."""
    return datetime.fromtimestamp(NOON + second, UTC).replace(tzinfo=None).isoformat(" ")


def test_a_drops_seconds_are_parted_and_add_up(database):
    found = steps(database, "water__accounts", NOON, NOON + 40)
    assert list(found.values()) == [6, 1, 2, 10, 1, 2, 3, 15]
    assert sum(found.values()) == 40


def test_what_no_event_started_is_not_guessed(database):
    assert steps(database, "power__meters", NOON, NOON + 40) == {}
    assert steps(database, "water__accounts", NOON, NOON + 24) == {}  # released before that publish began


def test_a_load_that_found_nothing_is_told_from_one_before_the_drop(database):
    assert is_nothing_new(database, "water__accounts", NOON - 100)
    assert not is_nothing_new(database, "water__accounts", NOON)


def test_the_median_leaves_out_what_is_unknown(database):
    found = steps(database, "water__accounts", NOON, NOON + 40)
    assert medians([found, {}]) == found
    assert medians([{}]) == {}
