"""`make demo`: a made district's days through the real DAGs, in this process, and what came of it.

The district is made anew in a temporary folder from a fixed seed, so a second run delivers the same bytes and must load
nothing twice. What Airflow has to say goes to airflow/demo.log under BLOCKDATA_HOME.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home

if TYPE_CHECKING:
    from cli.demo_progress import Steps

BUILDINGS, SEED, DAYS = 2_000, 281, 3
MARK = "demo.json"
ELSEWHERE = "keep it, and give the demo a place of its own: BLOCKDATA_HOME=~/blockdata-demo make demo"


@dataclass
class Ran:
    """What this demo did: deliveries dropped, batches that stood in the lake before, DAG runs by state."""

    deliveries: int = 0
    before: set[str] = field(default_factory=set)
    states: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0


def demo(home: Home, buildings: int = BUILDINGS, days: int = DAYS, seed: int = SEED) -> int:
    """Make, deliver, run, report. 0 when every total reconciles to the row."""
    from cli.demo_progress import steps
    from cli.demo_report import report

    started = time.monotonic()
    size = {"buildings": buildings, "seed": seed, "days": days}
    claim(home, size)
    ran = Ran(before=listed(home))
    with steps() as tell, quiet(home.path / "airflow" / "demo.log"), tempfile.TemporaryDirectory() as folder:
        district = Path(folder) / "district"
        make(district, size, ran, tell)
        remember(home, size, fingerprint(district))
        bag = airflow(home, tell)
        library(home, district / "library", tell)
        for day in sorted((district / "deliveries").iterdir()):
            deliver(day, home, bag, ran, tell)
            for dag_id in ("baseboard", "extracts"):
                tell(f"{day.name} {dag_id}")
                run_dag(bag, dag_id, ran)
        tell("pages")
        run_dag(bag, "pages", ran)
    ran.seconds = time.monotonic() - started
    return report(home, ran)


def claim(home: Home, size: dict[str, int]) -> None:
    """UsageError when this home holds something else than this demo, which it must not touch."""
    from transforms.lake.store import Lake

    if (home.path / MARK).is_file():
        if remembered(home)["size"] != size:
            raise UsageError(f"{home.path} holds a demo of another size", ELSEWHERE)
        return
    if Lake(home).tables():
        raise UsageError(
            f"{home.path} holds a lake that is not the demo's",
            ELSEWHERE,
        )


def remember(home: Home, size: dict[str, int], made: str) -> None:
    """Keep what was made, so that a second run can tell it is the same. UsageError when it is not."""
    if (home.path / MARK).is_file() and remembered(home)["made"] != made:
        raise UsageError(f"{home.path} holds the demo of another version of blockdata", ELSEWHERE)
    home.path.mkdir(parents=True, exist_ok=True)
    (home.path / MARK).write_text(json.dumps({"size": size, "made": made}), encoding="utf-8")


def remembered(home: Home) -> dict[str, Any]:
    """What the mark of an earlier run says."""
    document: dict[str, Any] = json.loads((home.path / MARK).read_text(encoding="utf-8"))
    return document


def fingerprint(district: Path) -> str:
    """Hash of everything the departments will deliver."""
    digest = hashlib.sha256()
    for file in sorted((district / "deliveries").rglob("*")):
        if file.is_file():
            digest.update(str(file.relative_to(district)).encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def listed(home: Home) -> set[str]:
    """The batches that are in the lake."""
    from transforms.lake.store import Lake

    return set(Lake(home).listed()["batch_id"])


def make(district: Path, size: dict[str, int], ran: Ran, tell: Steps) -> None:
    """The district and its deliveries, in a folder that goes away with its made identifiers."""
    from synth.make import make_district

    make_district(
        size["buildings"],
        size["seed"],
        size["days"],
        district,
        progress=lambda what, done, of: tell(f"making {what}", done, of),
    )
    ran.deliveries = sum(1 for folder in (district / "deliveries").glob("*/*") if folder.is_dir())
    tell.expect(ran.deliveries + 2 * size["days"] + 1)


def airflow(home: Home, tell: Steps) -> Any:
    """Airflow's database and the DAGs of this repository."""
    from cli.scheduler import migrate, parsed

    tell("preparing Airflow")
    os.environ["BLOCKDATA_APPROVAL"] = "0"  # nobody is asked in a demo
    if not (home.path / "airflow" / "airflow.db").is_file():
        migrate(home)
    bag = parsed(home)
    if bag.import_errors:
        raise BlockdataError("a DAG file cannot be imported", "`make dags` shows why")
    return bag


def library(home: Home, folder: Path, tell: Steps) -> None:
    """The address library, once: publishing adds rooms to it that a second import would take away."""
    from transforms.addressing.library_import import import_library
    from transforms.lake.store import Lake

    tell("importing the address library")
    if not Lake(home).has("address.building"):
        import_library(folder, home)


def deliver(day: Path, home: Home, bag: Any, ran: Ran, tell: Steps) -> None:
    """Drop one day's files in landing, and run the DAG of every feed that got some."""
    an_hour_ago = time.time() - 3600  # the departments finished writing long ago
    for feed in sorted(day.iterdir()):
        landing = home.landing / feed.name
        landing.mkdir(parents=True, exist_ok=True)
        for file in sorted(feed.iterdir()):
            shutil.copyfile(file, landing / file.name)
            os.utime(landing / file.name, (an_hour_ago, an_hour_ago))
    for feed in sorted(day.iterdir()):
        tell(f"{day.name} {feed.name}")
        run_dag(bag, feed.name, ran)


def run_dag(bag: Any, dag_id: str, ran: Ran) -> None:
    """One run of one DAG, to its end. A delivery that was refused turns it red, which is no failure of the demo."""
    dag = bag.dags[dag_id]
    for task in dag.tasks:
        task.retries = 0
    with asked_for(dag_id):
        run = dag.test()
    states = {task.task_id: str(task.state) for task in run.get_task_instances()}
    for name in [name for name, state in states.items() if name != "refused" and state not in ("success", "skipped")]:
        raise BlockdataError(f"task {name} of DAG {dag_id} ended as {states[name]}", "airflow/demo.log says why")
    ran.states[str(run.state)] = ran.states.get(str(run.state), 0) + 1


@contextmanager
def asked_for(dag_id: str) -> Iterator[None]:
    """Airflow parses the DAG folder before every run: only this DAG of it is built, as for a task of the scheduler."""
    from airflow.sdk.definitions.context import _AIRFLOW_PARSING_CONTEXT_DAG_ID as ASKED

    os.environ[ASKED] = dag_id
    try:
        yield
    finally:
        del os.environ[ASKED]


@contextmanager
def quiet(log: Path) -> Iterator[None]:
    """Everything written to stdout and stderr, by whatever library or child process, goes to a log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as target:
        os.dup2(target.fileno(), 1)
        os.dup2(target.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, descriptor in enumerate(kept, start=1):
            os.dup2(descriptor, number)
            os.close(descriptor)


def main() -> int:
    """`python -m cli.demo [--buildings N] [--days D]`."""
    parser = ArgumentParser(prog="demo", description="A made district, run through Airflow, published and asked.")
    parser.add_argument("--buildings", type=int, default=BUILDINGS)
    parser.add_argument("--days", type=int, default=DAYS)
    wanted = parser.parse_args()
    try:
        return demo(Home.from_environment(), wanted.buildings, wanted.days)
    except BlockdataError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
