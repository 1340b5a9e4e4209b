"""Two loads at the same moment."""

from __future__ import annotations

from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from schemas.home import Home
from tests.faults import days
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.lake.store import Lake
from transforms.load import load_files

DAY = date(2026, 3, 2)
LINES = [lodger(number) for number in range(1, 40)]


def _load(home: Home, feed_id: str, path: Path, told: Queue[str]) -> None:
    told.put(load_files(feed_id, [path], None, home, steps=standins()).status)


def at_once(home: Home, deliveries: list[tuple[str, Path]]) -> list[str]:
    """Loads them in as many processes, all let go together; their results, sorted."""
    start, told = days.context().Barrier(len(deliveries)), days.context().Queue()
    processes = [days.child(_load, home, feed_id, path, told, start=start) for feed_id, path in deliveries]
    results = sorted(told.get(timeout=60) for _ in processes)
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    return results


@pytest.mark.fault("two loads of one feed", "the same delivery by three processes")
def test_the_same_delivery_twice_at_once_is_loaded_once(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, DAY, LINES)
    assert at_once(small_home, [(LODGERS, path)] * 3) == ["already_loaded", "already_loaded", "loaded"]
    lake = Lake(small_home)
    assert lake.read(f"record_history.{LODGERS}").height == len(LINES) and lake.batch_rows().height == 1


@pytest.mark.fault("two loads of two feeds", "at the same moment")
def test_two_feeds_at_once_share_the_quality_tables(small_home: Home, tmp_path: Path) -> None:
    deliveries = [(feed_id, deliver(tmp_path, feed_id, DAY, LINES)) for feed_id in (LODGERS, VISITS)]
    assert at_once(small_home, deliveries) == ["loaded", "loaded"]
    lake = Lake(small_home)
    assert lake.read("quality.reconciliation").sort("feed_id").select("feed_id", "inserted").rows() == [
        (LODGERS, len(LINES)),
        (VISITS, len(LINES)),
    ]
    assert all(lake.read(f"record_history.{feed_id}").height == len(LINES) for feed_id in (LODGERS, VISITS))
