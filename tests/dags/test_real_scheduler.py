"""The real Airflow on a real PostgreSQL server: a dropped file is loaded and released, and all of it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from benchmarks.warm_system import free_ports
from cli.processes import family
from schemas.home import ROOT
from tests.small import LODGERS, deliver, library_frames, lodger
from transforms.lake.release import newest
from transforms.lake.store import Lake

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="what was left running is read from /proc"),
]
SECONDS = 240  # on a busy machine; about 40 on a quiet one


@pytest.fixture
def whole_home(small_home):
    """The small home, with what a release asks of its library."""
    whole = pl.concat_str(pl.lit("深圳市青石区和平街道和平里1栋"), "room")
    units = library_frames()["address.unit"].with_columns(standard_address=whole)
    Lake(small_home).replace("address.unit", units)
    return small_home


def test_a_file_dropped_is_in_a_release(whole_home, postgres):
    surroundings = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
        "AIRFLOW__API__PORT": str(free_ports(1)[0]),
        "BLOCKDATA_DATABASE": postgres.psycopg_url,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    command = [sys.executable, "-m", "cli.scheduler", "run"]
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True) as airflow:
        try:
            told = [airflow.stdout.readline()]
            while told[-1] not in ("ready\n", ""):
                told.append(airflow.stdout.readline())
            assert told[-1] == "ready\n", logs(whole_home)
            heads = children(airflow.pid)
            assert len(heads) == 4
            delivery = deliver(whole_home.landing / LODGERS, LODGERS, date(2026, 3, 2), [lodger(1), lodger(2)])
            wait_until(lambda: newest(whole_home) is not None, whole_home)
            [batch] = Lake(whole_home).listed()["batch_id"]
            assert newest(whole_home).batches == [batch]
            assert not delivery.exists()
        finally:
            airflow.terminate()
            assert airflow.wait(60) == 0
    assert family(heads) == set()
    [(runs,)] = postgres.run("SELECT count(*) FROM dag_run WHERE run_type = 'asset_triggered' AND state = 'success'")
    assert runs >= 1
    assert not (whole_home.path / "airflow" / "airflow.db").exists()
    assert "password" in "".join(told) and str(whole_home.landing) in "".join(told)


def children(pid: int) -> set[int]:
    """The processes this one started."""
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def wait_until(is_so, home) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, logs(home)
        time.sleep(0.3)


def logs(home) -> str:
    """The ends of what Airflow's parts said."""
    return "\n".join(path.read_text()[-1500:] for path in (home.path / "airflow" / "logs").glob("*.log"))
