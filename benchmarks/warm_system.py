"""How long a delivery takes from its drop to a release, through the real scheduler on a warm system of demo size.

A fresh home, the library, Airflow's four programs as `make airflow` starts them; the first day of every feed is dropped
at once, then single deliveries one after the other, each dropped when the one before is in a release. Seconds count
from the last byte (flag or manifest) to the release's switch; what a contract waits for (stable seconds) is within.

    python -m benchmarks.warm_system [--drops 20] [--buildings 2000] [--database postgresql://...]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.processes import Part, family, stop

SEED, DAYS = 281, 3
LONGEST_SECONDS = 3600.0  # on a machine that does much else
LOOK_SECONDS = 2.0  # the release's file tells when it was there: looking often would only take the cores away


@dataclass(frozen=True)
class Dropped:
    """One delivery in landing: its feed and day, when its last byte was there; batches and releases before it."""

    feed_id: str
    day: str
    at: float
    batches: frozenset[str]
    releases: frozenset[str]


def measure(drops: int, buildings: int, folder: Path, feeds: int | None = None) -> dict[str, Any]:
    """The figures: seconds until the API answers, until all feeds are in a release, and of each single drop.

    `feeds` takes only so many of them, which is a quick look at what one drop costs.
    """
    from benchmarks.drop_steps import medians, records, steps
    from cli.scheduler import environment, migrate
    from schemas.home import Home
    from synth.make import make_district
    from transforms.addressing.library_import import import_library

    home = Home(folder / "home")
    make_district(buildings, SEED, DAYS, folder / "district")
    import_library(folder / "district" / "library", home)
    days = sorted((folder / "district" / "deliveries").iterdir())
    begun = time.monotonic()
    migrate(home)
    surroundings = {**os.environ, **environment(home)}
    with airflow(home, surroundings) as parts:
        ready, database = time.monotonic() - begun, records(home, surroundings)
        tell(f"Airflow is ready after {ready:.0f} s")
        first = [drop(feed, home) for feed in sorted(days[0].iterdir())[:feeds]]
        together = [wait_for(one, home, database) for one in first]
        tell(f"{len(first)} feeds are in a release after {max(filter(None, together)):.0f} s")
        releases, work_of_all = len(names(home)), work(parts)
        known = {one.feed_id for one in first}
        singles = [feed for day in days[1:] for feed in sorted(day.iterdir()) if feed.name in known]
        seconds: list[float] = []
        parted, refused = [], 0
        for feed in singles:
            if len(seconds) == drops:
                break
            one = drop(feed, home)
            taken = wait_for(one, home, database)
            if taken is None:
                refused += 1
                tell(f"{one.day} {one.feed_id}: refused, or nothing new")
                continue
            seconds.append(taken)
            parted.append(steps(database, one.feed_id, one.at, one.at + taken))
            tell(f"{one.day} {one.feed_id}: {taken:.1f} s  {told(parted[-1])}")
        work_of_drops = work(parts)
    seconds.sort()
    return {
        "feeds": len(first),
        "buildings": buildings,
        "ready_s": round(ready, 1),
        "all_feeds_s": round(max(filter(None, together)), 1),
        "releases_of_all": releases,
        "drops": len(seconds),
        "refused": refused,
        "p50_s": round(statistics.median(seconds), 1),
        "p95_s": round(seconds[max(0, -(-95 * len(seconds) // 100) - 1)], 1),
        "max_s": round(seconds[-1], 1),
        "steps_s": medians(parted),
        "cpu_s_of_all": work_of_all,
        "cpu_s_a_drop": {
            name: round((now - work_of_all[name]) / len(seconds), 2) for name, now in work_of_drops.items()
        },
        "load_average": round(os.getloadavg()[1], 1),
    }


def told(parts: Mapping[str, float]) -> str:
    """The steps of one drop on a line."""
    return ", ".join(f"{name} {seconds:.1f}" for name, seconds in parts.items())


def work(parts: Iterable[Part]) -> dict[str, float]:
    """CPU seconds of each of Airflow's programs so far, with all they started that has ended or still runs."""
    tick = os.sysconf("SC_CLK_TCK")
    spent = {}
    for part in parts:
        fields = [
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            for pid in family([part.process.pid] if part.process else [])
        ]
        spent[part.name] = round(sum(int(field) for one in fields for field in one[11:15]) / tick, 1)
    return spent


@contextmanager
def airflow(home: Any, surroundings: Mapping[str, str]) -> Iterator[list[Part]]:
    """Airflow's programs while the block runs."""
    from cli.airflow_parts import parts_of, start

    parts = parts_of(home.path / "airflow", surroundings)
    port = int(surroundings["AIRFLOW__API__PORT"])
    try:
        start(parts, port)
        yield parts
    finally:
        stop(parts)


def drop(feed: Path, home: Any) -> Dropped:
    """Copies one day's delivery as a department does: the data first, its flag or manifest last."""
    from transforms.lake.store import Lake

    batches, releases = frozenset(Lake(home).batch_rows(feed.name)["batch_id"]), frozenset(names(home))
    landing = home.landing / feed.name
    landing.mkdir(parents=True, exist_ok=True)
    for file in sorted(feed.iterdir(), key=lambda path: (path.suffix in (".ok", ".json"), path.name)):
        shutil.copyfile(file, landing / f".{file.name}")
        (landing / f".{file.name}").rename(landing / file.name)
    return Dropped(feed.name, feed.parent.name, time.time(), batches, releases)


def wait_for(one: Dropped, home: Any, database: Any) -> float | None:
    """Seconds until a release held it, None when it was refused or nothing in it was new. TimeoutError otherwise."""
    from benchmarks.drop_steps import is_nothing_new
    from transforms.lake.release_manifest import read_manifest
    from transforms.lake.store import Lake

    while time.time() - one.at < LONGEST_SECONDS:
        rows = [
            row
            for row in Lake(home).batch_rows(one.feed_id).iter_rows(named=True)
            if row["batch_id"] not in one.batches
        ]
        if any(row["status"] == "refused" for row in rows):
            return None
        mine = {row["batch_id"] for row in rows}
        for name in names(home) if mine else []:
            if name not in one.releases and mine <= set(read_manifest(home.releases / name).batches):
                return (home.releases / name / "manifest.json").stat().st_mtime - one.at
        if not mine and is_nothing_new(database, one.feed_id, one.at):
            return None
        time.sleep(LOOK_SECONDS)
    raise TimeoutError(f"{one.feed_id} of {one.day} is in no release after {LONGEST_SECONDS:.0f} s")


def names(home: Any) -> list[str]:
    """The releases there are, oldest first."""
    from transforms.lake.release import releases

    return releases(home)


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    found = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return found


def tell(line: str) -> None:
    """Progress, on stderr: stdout is the result."""
    print(line, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; prints one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drops", type=int, default=20)
    parser.add_argument("--buildings", type=int, default=2000)
    parser.add_argument("--feeds", type=int, help="only so many of them: a quick look")
    parser.add_argument("--database", default="")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that Airflow is stopped and the folder removed
    with tempfile.TemporaryDirectory(prefix="blockdata-warm-") as folder:
        os.environ["BLOCKDATA_KEYS"] = str(Path(folder) / "keys.json")
        os.environ["AIRFLOW__API__PORT"] = str(free_ports(1)[0])
        if asked.database:
            os.environ["BLOCKDATA_DATABASE"] = asked.database
        print(json.dumps(measure(asked.drops, asked.buildings, Path(folder), asked.feeds)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
