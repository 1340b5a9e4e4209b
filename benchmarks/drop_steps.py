"""Where the seconds of one delivery go, from its drop to its release: read from Airflow's own records.

A drop is seen by the scan, a run of its feed is made and its task started, it is loaded; the lake settles, a run of the
baseboard is made and its task started, it is published.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from schemas.home import Home

STEPS = ("seen", "run made", "load started", "loaded", "settled", "release run made", "publish started", "published")
RUNS = """
SELECT event.timestamp AS seen, task.queued_dttm AS queued, task.start_date AS started, task.end_date AS ended,
       task.state AS state
FROM dag_run AS run
JOIN task_instance AS task ON task.dag_id = run.dag_id AND task.run_id = run.run_id
JOIN dagrun_asset_event AS caused ON caused.dag_run_id = run.id
JOIN asset_event AS event ON event.id = caused.event_id
WHERE run.dag_id = :dag AND task.task_id = :task AND task.start_date IS NOT NULL ORDER BY task.start_date
"""


def records(home: Home, surroundings: Mapping[str, str]) -> Engine:
    """Airflow's database, to read."""
    from sqlalchemy import create_engine

    file = Path(home.path) / "airflow" / "airflow.db"
    return create_engine(surroundings.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN", f"sqlite:///{file}"))


def runs(database: Engine, dag: str, task: str) -> list[dict[str, Any]]:
    """The started runs of one task that an asset event caused, oldest first; times in seconds since 1970."""
    from sqlalchemy import text

    with database.connect() as open_database:
        rows = open_database.execute(text(RUNS), {"dag": dag, "task": task}).mappings().all()
    return [{name: value if name == "state" else _seconds(value) for name, value in row.items()} for row in rows]


def is_nothing_new(database: Engine, feed_id: str, since: float) -> bool:
    """True when a load that saw what was dropped since then has ended without anything to load: a repeat."""
    return any(run["seen"] >= since and run["state"] == "skipped" for run in runs(database, feed_id, "load"))


def steps(database: Engine, feed_id: str, dropped: float, released: float) -> dict[str, float]:
    """Seconds of each of STEPS for one drop; empty when it was loaded or published by a run no event caused."""
    load = next((run for run in runs(database, feed_id, "load") if run["seen"] >= dropped), None)
    publish = [run for run in runs(database, "baseboard", "publish") if run["started"] <= released]
    if load is None or not publish:
        return {}
    last = publish[-1]
    told = [dropped, load["seen"], load["queued"], load["started"], load["ended"]]
    told += [last["seen"], last["queued"], last["started"], released]
    return {name: round(end - begin, 2) for name, (begin, end) in zip(STEPS, pairwise(told), strict=True)}


def medians(drops: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The median of each step over several drops."""
    known = [drop for drop in drops if drop]
    return {name: round(statistics.median(drop[name] for drop in known), 2) for name in STEPS if known}


def _seconds(value: Any) -> float:
    """SQLite gives text, PostgreSQL a time; both in UTC. Nothing yet counts as the far future."""
    if value is None:
        return float("inf")
    told = datetime.fromisoformat(str(value))
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).timestamp()
