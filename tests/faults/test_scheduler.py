"""The real Airflow on a real PostgreSQL server, struck: a second one, its scheduler, a task, its database, all of it.

One Airflow for all of them, because it takes a minute to start. Deliveries are dropped while the blow falls; at the end
the lake is as if each had been loaded in peace.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.home import ROOT, Home
from tests.faults.report import Told
from tests.faults.stories import no_half
from tests.postgres import running_server
from tests.small import LODGERS, deliver, library_frames, lodger
from transforms.lake.fold import current_state
from transforms.lake.release import newest
from transforms.lake.store import Lake

pytestmark = [
    pytest.mark.at_length,
    pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="processes are found in /proc"),
]
SECONDS = 400  # a killed task is tried again after two minutes
COLOURS = {date(2026, 3, day): colour for day, colour in ((2, "red"), (3, "blue"), (4, "green"), (5, "white"))}


@contextmanager
def airflow(home: Home, surroundings: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """`make airflow`, ready; ended with all it started."""
    command = [sys.executable, "-m", "cli.scheduler", "run"]
    with subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            while line not in ("ready\n", ""):
                line = process.stdout.readline()
            assert line == "ready\n", logs(home)
            yield process
        finally:
            process.terminate()
            process.wait(60)


@pytest.mark.fault("kill -9 of a task, of the scheduler", "the real Airflow on PostgreSQL")
def test_airflow_struck(small_home: Home, told: Told) -> None:
    from benchmarks.warm_system import free_ports

    whole = pl.concat_str(pl.lit("深圳市青石区和平街道和平里1栋"), "room")
    Lake(small_home).replace("address.unit", library_frames()["address.unit"].with_columns(standard_address=whole))
    with running_server() as server:
        surroundings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")},
            "AIRFLOW__API__PORT": str(free_ports(1)[0]),
            "BLOCKDATA_DATABASE": server.new_database().psycopg_url,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
        }
        first, second, third, fourth = COLOURS
        with airflow(small_home, surroundings) as one:
            again = subprocess.run(
                [sys.executable, "-m", "cli.scheduler", "run"],
                cwd=ROOT, env=surroundings, capture_output=True, text=True, check=False, timeout=120,
            )  # fmt: skip
            assert again.returncode != 0 and "runs on" in again.stderr
            told("two schedulers: a second one on the same home", 1, again.stderr)

            scheduler = part(one.pid, "scheduler")
            drop(small_home, first)
            os.kill(scheduler, signal.SIGKILL)
            released(small_home, 1)
            told("the scheduler killed as a delivery is dropped", 1, "started again by itself; its log says so")

            drop(small_home, second)
            wait_until(lambda: any_task(one.pid) or loaded(small_home) == 2, small_home)
            server.restart()
            released(small_home, 2)
            told(
                "the metadata database restarted mid-run", 1, "connections are made again; parts that died are started"
            )

            drop(small_home, third)
            killed = kill_a_task(one.pid, small_home, 3)
            released(small_home, 3)
            told("kill -9 of a task mid-run", killed, "tried again after two minutes")

            drop(small_home, fourth)
            wait_until(lambda: any_task(one.pid) or loaded(small_home) == 4, small_home)
            for pid in family_of(one.pid):
                os.kill(pid, signal.SIGKILL)
        no_half(small_home)
        with airflow(small_home, surroundings):
            released(small_home, 4)
        told("kill -9 of Airflow whole, mid-run", 1, "start it again: it goes on")
    rows = current_state(Lake(small_home).scan(f"record_history.{LODGERS}")).collect()
    assert sorted(rows.select("number", "colour").rows()) == [(f"L{number:04}", "white") for number in range(1, 9)]
    assert Lake(small_home).batch_rows().height == 4, "nothing twice"
    assert Lake(small_home).read("quality.reconciliation")["is_balanced"].all()
    no_half(small_home)


def drop(home: Home, day: date) -> None:
    lines = [lodger(number, colour=COLOURS[day]) for number in range(1, 9)]
    deliver(home.landing / LODGERS, LODGERS, day, lines)


def loaded(home: Home) -> int:
    return Lake(home).listed().height


def released(home: Home, batches: int) -> None:
    def is_so() -> bool:
        last = newest(home)
        return last is not None and len(last.batches) == batches

    wait_until(is_so, home)


def kill_a_task(pid: int, home: Home, batches: int) -> int:
    """The first process of a task that is seen, or none when the load was quicker than the look."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and loaded(home) < batches:
        for task in any_task(pid):
            try:
                os.kill(task, signal.SIGKILL)
            except ProcessLookupError:
                continue
            return 1
        time.sleep(0.02)
    return 0


def any_task(pid: int) -> list[int]:
    """Processes the scheduler's workers have forked: a task each."""
    try:
        head = part(pid, "scheduler")
    except StopIteration:
        return []
    return [task for worker in children(head) for task in children(worker)]


def part(pid: int, name: str) -> int:
    """The process of one of Airflow's parts."""
    return next(child for child in children(pid) if name in Path(f"/proc/{child}/cmdline").read_text())


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def family_of(pid: int) -> list[int]:
    """A process and all under it, itself first, so that it starts nothing again."""
    found = [pid]
    for parent in found:
        found.extend(children(parent))
    return found


def wait_until(is_so: Callable[[], object], home: Home) -> None:
    end = time.monotonic() + SECONDS
    while not is_so():
        assert time.monotonic() < end, logs(home)
        time.sleep(0.3)


def logs(home: Home) -> str:
    """The ends of what Airflow's parts said."""
    return "\n".join(path.read_text()[-1500:] for path in (home.path / "airflow" / "logs").glob("*.log"))
