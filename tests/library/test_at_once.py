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
from transforms.library.cancel import cancel
from transforms.library.merge import merge
from transforms.library.mint import NewUnit, mint
from transforms.library.split import split

PROCESSES, EACH = 4, 50


def _all_kinds(home: Home, who: int, told: Queue[Any]) -> None:
    """Fifty operations on rooms of a building that another process changes too: mint, split, merge, cancel."""
    building = VILLAGE if who % 2 else NEXT
    for turn in range(EACH // 5):
        at, by = f"{who}{turn:02d}", order()
        (first,) = mint(home, [NewUnit(building, f"{at}1")], by).of_kind("mint")
        (second,) = mint(home, [NewUnit(building, f"{at}2")], by).of_kind("mint")
        parts = split(home, first, [f"{at}1A", f"{at}1B"], by).of_kind("mint")
        (merged,) = merge(home, [parts[0], second], by, names={"room": f"{at}3"}).of_kind("mint")
        cancel(home, parts[1], by)
        told.put({
            "minted": [first, second, *parts, merged],
            "stands": [merged],
            "lineage": [(first, parts[0], "split"), (first, parts[1], "split"), (parts[0], merged, "merge"),
                        (second, merged, "merge"), (parts[1], None, "cancel")],
        })  # fmt: skip


@pytest.mark.fault("four processes change the library", "fifty operations each")
@pytest.mark.slow
def test_four_processes_do_fifty_operations_each(lake: Lake) -> None:
    start, told = days.context().Barrier(PROCESSES), days.context().Queue()
    processes = [days.child(_all_kinds, lake.home, who, told, start=start) for who in range(1, PROCESSES + 1)]
    turns = [told.get(timeout=300) for _ in range(PROCESSES * EACH // 5)]
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    minted = [code for turn in turns for code in turn["minted"]]
    assert len(set(minted)) == len(minted) == PROCESSES * EACH, "a code was given twice"
    standing = town.statuses(lake)
    stands = {code for turn in turns for code in turn["stands"]}
    assert {code for code in minted if standing[code] == "active"} == stands, "a change was lost"
    assert town.lineage(lake) == {line for turn in turns for line in turn["lineage"]}
    operations = lake.read("address.operation")
    assert operations["number"].sort().to_list() == list(range(1, PROCESSES * EACH + 1))
    assert lake.read("address.change")["operation"].n_unique() == PROCESSES * EACH


def _mint_on(home: Home, first: int) -> None:
    for number in range(first, 60):
        mint(home, [NewUnit(VILLAGE, f"9{number:02d}"), NewUnit(NEXT, f"9{number:02d}")], order(DAY2))


@pytest.mark.fault("kill -9 of a process", "operations on the library, at random moments")
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
