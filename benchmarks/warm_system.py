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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SEED, DAYS = 281, 3
LONGEST_SECONDS = 1200.0


@dataclass(frozen=True)
class Dropped:
    """One delivery in landing: its feed and day, and when its last byte was there."""

    feed_id: str
    day: str
    at: float


def measure(drops: int, buildings: int, folder: Path) -> dict[str, Any]:
    """The figures: seconds until the API answers, until all feeds are in a release, and of each single drop."""
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
    with airflow(home, {**os.environ, **environment(home)}):
        ready = time.monotonic() - begun
        tell(f"Airflow is ready after {ready:.0f} s")
        first = [drop(feed, home) for feed in sorted(days[0].iterdir())]
        together = [wait_for(one, home) for one in first]
        tell(f"{len(first)} feeds are in a release after {max(filter(None, together)):.0f} s")
        releases = len(names(home))
        singles = [feed for day in days[1:] for feed in sorted(day.iterdir())]
        seconds, refused = [], 0
        for feed in singles:
            if len(seconds) == drops:
                break
            one = drop(feed, home)
            taken = wait_for(one, home)
            refused += taken is None
            seconds += [taken] if taken is not None else []
            tell(f"{one.day} {one.feed_id}: {'refused' if taken is None else f'{taken:.1f} s'}")
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
        "load_average": round(os.getloadavg()[1], 1),
    }


@contextmanager
def airflow(home: Any, surroundings: Mapping[str, str]) -> Iterator[None]:
    """Airflow's programs while the block runs."""
    from cli.airflow_parts import parts_of, start
    from cli.processes import stop

    parts = parts_of(home.path / "airflow", surroundings)
    port = int(surroundings["AIRFLOW__API__PORT"])
    try:
        start(parts, port)
        yield
    finally:
        stop(parts)


def drop(feed: Path, home: Any) -> Dropped:
    """Copies one day's delivery as a department does: the data first, its flag or manifest last."""
    landing = home.landing / feed.name
    landing.mkdir(parents=True, exist_ok=True)
    for file in sorted(feed.iterdir(), key=lambda path: (path.suffix in (".ok", ".json"), path.name)):
        shutil.copyfile(file, landing / f".{file.name}")
        (landing / f".{file.name}").rename(landing / file.name)
    return Dropped(feed.name, feed.parent.name, time.time())


def wait_for(one: Dropped, home: Any) -> float | None:
    """Seconds until a release held it, None when it was refused. TimeoutError when neither happens."""
    from transforms.lake.release_manifest import read_manifest
    from transforms.lake.store import Lake

    while time.time() - one.at < LONGEST_SECONDS:
        rows = [
            row
            for row in Lake(home).batch_rows(one.feed_id).iter_rows(named=True)
            if str(row["delivered_on"]) == one.day or row["delivered_on"] is None
        ]
        if any(row["status"] == "refused" for row in rows):
            return None
        mine = {row["batch_id"] for row in rows}
        for name in names(home):
            if mine and mine <= set(read_manifest(home.releases / name).batches):
                return (home.releases / name / "manifest.json").stat().st_mtime - one.at
        time.sleep(0.5)
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
    parser.add_argument("--database", default="")
    asked = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that Airflow is stopped and the folder removed
    with tempfile.TemporaryDirectory(prefix="blockdata-warm-") as folder:
        os.environ["BLOCKDATA_KEYS"] = str(Path(folder) / "keys.json")
        os.environ["AIRFLOW__API__PORT"] = str(free_ports(1)[0])
        if asked.database:
            os.environ["BLOCKDATA_DATABASE"] = asked.database
        print(json.dumps(measure(asked.drops, asked.buildings, Path(folder))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
