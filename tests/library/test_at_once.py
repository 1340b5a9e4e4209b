"""Several processes at the same library: every code once, none lost, every line of lineage there."""

from __future__ import annotations

import random
from multiprocessing.queues import Queue
from typing import Any

import pytest

from schemas.home import Home
from tests.faults import days
from tests.library import town
from tests.library.town import DAY2, NEXT, VILLAGE, order
from transforms.lake.store import Lake
from transforms.library.mint import NewUnit, mint

PROCESSES, EACH = 4, 50


def _mint(home: Home, who: int, told: Queue[Any]) -> None:
    for number in range(EACH):
        building = VILLAGE if number % 2 else NEXT
        told.put(mint(home, [NewUnit(building, f"{who}{number:02d}9")], order()).of_kind("mint"))


@pytest.mark.slow
def test_four_processes_mint_fifty_each(lake: Lake) -> None:
    start, told = days.context().Barrier(PROCESSES), days.context().Queue()
    processes = [days.child(_mint, lake.home, who, told, start=start) for who in range(1, PROCESSES + 1)]
    codes = [code for _ in range(PROCESSES * EACH) for code in told.get(timeout=300)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert len(set(codes)) == PROCESSES * EACH
    expected = {
        f"{code}{number:06d}" for code, first in ((VILLAGE, 4), (NEXT, 2)) for number in range(first, first + 100)
    }
    assert set(codes) == expected and expected <= set(town.statuses(lake))
    assert lake.read("address.operation")["number"].sort().to_list() == list(range(1, PROCESSES * EACH + 1))


def _mint_on(home: Home, first: int) -> None:
    for number in range(first, 60):
        mint(home, [NewUnit(VILLAGE, f"9{number:02d}"), NewUnit(NEXT, f"9{number:02d}")], order(DAY2))


@pytest.mark.slow
def test_killed_at_random_moments_an_operation_is_there_whole_or_not_at_all(lake: Lake) -> None:
    moments, start, killed = random.Random(20260305), days.context().Barrier(2), 0
    for _ in range(6):
        process = days.child(_mint_on, lake.home, 0, start=start)
        start.wait(60)
        process.join(moments.uniform(0.1, 0.8))
        process.kill()
        process.join(60)
        killed += process.exitcode == -9
        seen = Lake(lake.home).pinned()
        rooms = set(seen.read("address.unit", ["building_code", "room"]).rows())
        minted = {room for building, room in rooms if room.startswith("9") and building == VILLAGE}
        assert minted == {room for building, room in rooms if room.startswith("9") and building == NEXT}
        assert len(minted) == seen.read("address.operation").height == seen.standing().number
        assert seen.read("address.change").height == 2 * len(minted)
    assert killed >= 4
    _mint_on(lake.home, 0)
    assert Lake(lake.home).read("address.operation").height == 60 and lake.read("address.unit").height == 6 + 120
