"""A few days of deliveries, loaded in this process or in another, and a lake told as plain rows to compare."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from datetime import date
from multiprocessing.context import ForkServerContext
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from schemas.home import Home
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files

# More than half of what a struck run costs would be importing; the main module of a child is pytest's.
IMPORTED = [
    "tests.faults.days",
    "tests.faults.warm",
    "cryptography.hazmat.primitives.ciphers.aead",
    "deltalake",
    "duckdb",
    "expectations.gate",
    "geopandas",
    "pyogrio",
    "pyarrow.parquet",
    "pytest",
    "sqlalchemy",
    "serving.checkout",
    "transforms.addressing.key",
    "transforms.caring.backup",
    "transforms.caring.retention",
    "transforms.cleaning.clean",
    "transforms.connecting",
    "transforms.library.split",
    "transforms.publish",
    "transforms.reading.read",
    "transforms.replaying.replay",
    "transforms.taking",
]
OURS = "BLOCKDATA_"  # variables of this house
WALL_CLOCK = ("received_at", "committed_at")
PLAN: list[tuple[str, date, list[str]]] = [
    (LODGERS, date(2026, 3, 2), [lodger(number) for number in range(1, 9)]),
    (VISITS, date(2026, 3, 2), [lodger(1), lodger(2), lodger(3, colour="")]),
    (LODGERS, date(2026, 3, 4), [lodger(number, colour="blue") for number in range(2, 9)]),
    (LODGERS, date(2026, 3, 3), [lodger(number, colour="green") for number in range(1, 8)]),  # late
    (VISITS, date(2026, 3, 3), [lodger(1), lodger(2), lodger(3, colour="")]),  # yesterday's again
    (LODGERS, date(2026, 3, 5), [lodger(1)]),  # far too few
]


def write_days(folder: Path) -> list[tuple[str, Path]]:
    """The deliveries as files, in the order they are loaded."""
    return [(feed_id, deliver(folder / str(day), feed_id, day, lines)) for feed_id, day, lines in PLAN]


def load_days(home: Home, days: list[tuple[str, Path]]) -> list[LoadResult]:
    """Loads them all, one after the other."""
    return [load_files(feed_id, [path], None, home, steps=standins()) for feed_id, path in days]


def told(home: Home) -> dict[str, list[tuple[Any, ...]]]:
    """Every table a load writes, as sorted rows without the wall-clock."""
    lake = Lake(home)
    tables = [table for table in lake.tables() if not table.startswith("address.")]
    assert any(table.startswith("record_history.") for table in tables)
    rows = {table: (lake.batch_rows() if table == "quality.batch" else lake.read(table)) for table in tables}
    return {
        table: sorted(tuple(map(str, row)) for row in frame.drop(WALL_CLOCK, strict=False).iter_rows())
        for table, frame in rows.items()
    }


def context() -> ForkServerContext:
    """Processes that start in no time: a server with everything imported, that does no work, makes them."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload(IMPORTED)
    return made


def in_process(environment: dict[str, str], start: Barrier, work: Callable[..., Any], *arguments: Any) -> None:
    """What a child does: take over the test's environment, say that it is ready, work."""
    take_over(environment)
    start.wait(60)
    work(*arguments)


def environment() -> dict[str, str]:
    """What this process was told of where the house keeps its things."""
    return {name: value for name, value in os.environ.items() if name.startswith(OURS)}


def take_over(environment: dict[str, str]) -> None:
    """The environment of another process in the place of what the server had that made this one, whose test is over."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        del os.environ[name]
    os.environ.update(environment)


def child(work: Callable[..., Any], *arguments: Any, start: Barrier) -> Any:
    """A process that waits at `start`, then works. Its environment is this one's."""
    process = context().Process(target=in_process, args=(environment(), start, work, *arguments))
    process.start()
    return process
