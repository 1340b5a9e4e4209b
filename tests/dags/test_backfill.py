"""A range of days run again by Airflow's backfill, on PostgreSQL: equal to daily runs, table for table."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date

import pytest

from schemas.home import ROOT, Home
from tests.dags.backfilling import delivery_days, drop_all, lying
from tests.faults.days import told
from tests.small import LODGERS, import_library, standins
from transforms.lake.store import Lake
from transforms.taking import take


def backfilled(home: Home, database: str, first: date, last: date) -> list[dict[str, str]]:
    """The backfill in a process of its own, which knows no other Airflow."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "BLOCKDATA_HOME": str(home.path),
        "BLOCKDATA_DATABASE": database,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.dags.backfilling", str(first), str(last)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


def test_thirty_days_at_once_equal_thirty_daily_runs(small_home, tmp_path, postgres):
    days = delivery_days()
    assert len(days) == 30 and date(2024, 9, 14) in days and date(2024, 10, 1) not in days
    again = Home(tmp_path / "again")
    import_library(again)
    runs = backfilled(again, postgres.psycopg_url, days[0], days[-1])
    assert [run["day"] for run in runs] == [str(day) for day in days]
    assert [int(run["lying"]) for run in runs] == list(range(29, -1, -1))  # each its own day's delivery alone
    assert {(run["state"], run["load"], run["refused"]) for run in runs} == {("success", "success", "skipped")}

    drop_all(small_home)
    for before, day in zip([date.min, *days], days, strict=False):
        assert [result.day for result in take(LODGERS, small_home, (before, day), steps=standins())] == [day]
    assert told(again) == told(small_home)
    assert Lake(again).read(f"record_history.{LODGERS}").height > 100


@pytest.mark.parametrize("url", ["mysql://somewhere/x", "postgresql:", "postgresql://"])
def test_another_kind_of_database_is_refused(url):
    from cli.scheduler import database
    from schemas.errors import UsageError

    with pytest.raises(UsageError, match="PostgreSQL"):
        database(url)
    assert lying(Home(ROOT / "nowhere")) == 0
