"""A load stopped at any instant and run again leaves the lake an undisturbed run leaves."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests.faults import days
from tests.small import LODGERS, NOTICES, VISITS, deliver, standins
from transforms.lake import archive, store
from transforms.taking import take_all

SEED = 20260302


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


@pytest.fixture
def undisturbed(small_home: Home, tmp_path: Path) -> Iterator[tuple[list[tuple[str, Path]], dict[str, Any], Home]]:
    """The deliveries, the lake they make, and a second home with the same library and keys."""
    delivered = days.write_days(tmp_path / "drop")
    statuses = [(result.status, result.rule) for result in days.load_days(small_home, delivered)]
    assert statuses == [
        *[("loaded", "")] * 4,
        ("refused", "repeated_content"),
        ("refused", "row_drop"),
    ]
    yield delivered, days.told(small_home), second_home(small_home, tmp_path / "second")


def second_home(first: Home, path: Path) -> Home:
    home = Home(path)
    for table in ("address.building", "address.unit", "address.area"):
        store.Lake(home).replace(table, store.Lake(first).read(table))
    return home


@pytest.mark.slow
def test_stopped_at_every_write_in_turn(
    undisturbed: tuple[Any, dict[str, Any], Home], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of each delivery, before the first write, then before the second, and so on until it is through."""
    delivered, expected, home = undisturbed
    allowed = spent = deaths = standing = 0

    def dying(work: Any) -> Any:
        def step(*arguments: Any, **named: Any) -> Any:
            nonlocal spent
            if spent == allowed:
                raise Killed
            spent += 1
            return work(*arguments, **named)

        return step

    monkeypatch.setattr(store, "_write", dying(store._write))
    monkeypatch.setattr(archive, "seal", dying(archive.seal))
    while True:
        spent = 0
        try:
            days.load_days(home, delivered)
            break
        except Killed:
            deaths += 1
            through = store.Lake(home).batch_rows().height
            allowed = allowed + 1 if through == standing else 0
            standing = through
    assert deaths > 30
    assert days.told(home) == expected


def _killed_at_work(most: int, longest: float, work: Callable[..., Any], *arguments: Any) -> int:
    """How many of at most so many processes were killed before they were through: six, where work lasts long enough."""
    moments, start, killed = random.Random(SEED), days.context().Barrier(2), 0
    for _ in range(most):
        process = days.child(work, *arguments, start=start)
        start.wait(60)
        process.join(moments.uniform(0.02, longest))
        process.kill()
        process.join(60)
        killed += process.exitcode == -9
        if killed == 6:
            break
    return killed


@pytest.mark.fault("kill -9 of a process", "loads, at six random moments")
@pytest.mark.slow
def test_killed_at_random_moments(undisturbed: tuple[Any, dict[str, Any], Home]) -> None:
    """Real processes, real SIGKILL, until six were killed at work; then one is let through."""
    delivered, expected, home = undisturbed
    assert _killed_at_work(12, 0.5, days.load_days, home, delivered) >= 5
    began = time.monotonic()
    days.load_days(home, delivered)
    assert time.monotonic() - began < 60, "a lock of a killed process still stands"
    assert days.told(home) == expected


def _all_landed(home: Home, jobs: int) -> None:
    taken = take_all([LODGERS, NOTICES, VISITS], home, jobs, steps=standins())
    assert not [one.error for one in taken if one.error is not None]


@pytest.mark.fault("kill -9 of a process", "two feeds loaded side by side, at six random moments")
@pytest.mark.slow
def test_killed_while_two_feeds_load_side_by_side(small_home: Home, tmp_path: Path) -> None:
    """What lies in landing; every kill stops both feeds somewhere. One after the other, undisturbed, is the pattern."""
    home = second_home(small_home, tmp_path / "second")
    for each in (small_home, home):
        for feed_id, day, lines in [*days.PLAN, *((NOTICES, day, lines) for feed_id, day, lines in days.PLAN[1:2])]:
            deliver(each.landing / feed_id, feed_id, day, lines)
            if feed_id == NOTICES:  # complete once it has lain there unchanged for a while
                for path in (each.landing / feed_id).iterdir():
                    os.utime(path, (time.time() - 60,) * 2)
    _all_landed(small_home, 1)
    assert _killed_at_work(16, 0.3, _all_landed, home, 2) >= 3
    _all_landed(home, 2)
    assert days.told(home) == days.told(small_home)
    assert not list(home.landing.rglob("*.csv"))
