"""All departments at once: every feed by several processes, then one publish; nothing lost, nothing twice."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from multiprocessing.queues import Queue
from pathlib import Path

import pytest

from schemas.home import Home
from synth.make import make_district
from tests.faults import days
from tests.faults.report import Told
from tests.faults.stories import everything
from transforms.addressing.library_import import import_library
from transforms.lake.release_manifest import verify_release
from transforms.lake.store import Lake

PROCESSES = 3


def take_these(home: Home, feeds: Sequence[str], said: Queue[str]) -> None:
    """What the scheduler's tasks do, one after the other."""
    from transforms.taking import take

    for feed_id in feeds:
        said.put(",".join(sorted(result.status for result in take(feed_id, home))))


def dropped(home: Home, district: Path) -> list[str]:
    """The first day of every feed in landing, lying there long enough to be whole; their ids."""
    import_library(district / "library", home)
    day = min((district / "deliveries").iterdir())
    for feed in sorted(day.iterdir()):
        shutil.copytree(feed, home.landing / feed.name)
        for path in (home.landing / feed.name).iterdir():
            os.utime(path, (time.time() - 600,) * 2)
    return sorted(feed.name for feed in day.iterdir())


def load_all(home: Home, feeds: Sequence[str], processes: int) -> list[str]:
    """By so many processes at once, every one with its share; what became of each delivery."""
    start, said = days.context().Barrier(processes), days.context().Queue()
    shares = [feeds[number::processes] for number in range(processes)]
    made = [days.child(take_these, home, share, said, start=start) for share in shares]
    for process in made:
        process.join(600)
        assert process.exitcode == 0
    return [said.get(timeout=60) for _ in feeds]


@pytest.mark.fault("66 deliveries at once", "every feed of a made district")
@pytest.mark.at_length
def test_every_feed_at_once(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    """Several processes leave what one leaves; one publish holds them all."""
    monkeypatch.delenv("BLOCKDATA_FEEDS", raising=False)
    make_district(30, 281, 1, tmp_path / "district")
    one = Home(tmp_path / "one" / "home")
    feeds = dropped(one, tmp_path / "district")
    assert dropped(home, tmp_path / "district") == feeds and len(feeds) >= 66
    together = load_all(home, feeds, PROCESSES)
    alone = load_all(one, feeds, 1)
    assert sorted(together) == sorted(alone)
    assert everything(home) == everything(one)
    lines = Lake(home).read("quality.reconciliation")
    assert lines["is_balanced"].all()
    from transforms.publish import publish

    release = publish(home)
    manifest = verify_release(release.path)
    assert sorted(manifest.batches) == sorted(Lake(home).listed()["batch_id"])
    refused = sum("refused" in status for status in together)
    told(
        f"{len(feeds)} feeds by {PROCESSES} processes, then one publish",
        len(feeds),
        f"{len(feeds) - refused} loaded, {refused} refused with a reason, all in {release.name}",
    )
