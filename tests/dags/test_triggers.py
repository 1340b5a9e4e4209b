"""The triggers: what fires, once; what waits; one scan for all of them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from datetime import date

import pytest
from airflow.triggers.shared_stream import SharedStreamManager

from dags import triggers
from dags.triggers import PATIENCE_SECONDS, REMIND_SECONDS, DeliveriesComplete, LakeSettled, Sight
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger
from transforms.watching import Look

A, B, C = (("a", 1, 1), ("b", 1, 1), ("c", 1, 1))


def sights(*looks: tuple[float, Look]) -> list[Sight]:
    return [Sight(at, look) for at, look in looks]


def fired(trigger: triggers.DoorTrigger, seen: list[Sight]) -> list[tuple[int, dict]]:
    """Events with the number of the sight that made them."""

    async def collect() -> list[tuple[int, dict]]:
        at = -1

        async def stream() -> AsyncIterator[Sight]:
            nonlocal at
            for number, sight in enumerate(seen):
                at = number
                yield sight

        return [(at, event.payload) async for event in trigger.filter_shared_stream(stream())]

    return asyncio.run(collect())


def lying(*files: tuple) -> Look:
    return Look({"town__lodgers": frozenset(files)} if files else {})


def test_a_delivery_is_told_once_and_another_one_again():
    seen = sights((0, lying()), (1, lying(A)), (2, lying(A)), (3, lying(A, B)), (4, lying()), (5, lying(A)))
    told = fired(DeliveriesComplete(LODGERS), seen)
    assert [at for at, _ in told] == [1, 3, 5]
    assert told[1][1] == {"feed_id": LODGERS, "files": 2}  # how many, and no name: a department may write people in it


def test_what_still_lies_there_is_told_again_after_a_while():
    seen = sights(
        (0, lying(A)), (REMIND_SECONDS - 1, lying(A)), (REMIND_SECONDS, lying(A)), (REMIND_SECONDS + 1, lying(A))
    )
    assert [at for at, _ in fired(DeliveriesComplete(LODGERS), seen)] == [0, 2]


def test_another_feeds_delivery_is_nothing():
    assert fired(DeliveriesComplete(VISITS), sights((0, lying(A)))) == []


def lake(*batches: str, files: tuple = ()) -> Look:
    return Look({"town__lodgers": frozenset(files)} if files else {}, frozenset(batches))


def test_the_release_waits_until_nothing_more_lies_complete_and_is_one():
    seen = sights(
        (0, lake(files=(A, B, C))),
        (1, lake("x", files=(B, C))),
        (2, lake("x", "y", files=(C,))),
        (3, lake("x", "y", "z")),
        (4, lake("x", "y", "z")),
        (5, lake()),
        (6, lake("w")),
    )
    assert fired(LakeSettled(), seen) == [(3, {"batches": 3}), (6, {"batches": 1})]


def test_but_not_for_ever():
    """Deliveries that keep coming hold it up so long and no longer; one that lies there since long holds up nothing."""
    late = PATIENCE_SECONDS
    coming = [((f"{number}", 1, 1),) for number in range(4)]
    seen = sights(
        (0, lake("x", files=coming[0])),
        (late - 1, lake("x", "y", files=coming[1])),
        (late, lake("x", "y", files=coming[2])),
        (late + 1, lake("x", "y", files=coming[3])),
        (late + 2, lake("x", "y", "z", files=coming[3])),
    )
    assert fired(LakeSettled(), seen) == [(2, {"batches": 2})]
    stuck = sights((0, lake(files=(A,))), (late + 5, lake("x", files=(A,))))
    assert fired(LakeSettled(), stuck) == [(1, {"batches": 1})]


def test_all_share_one_scan_of_real_folders(small_home, monkeypatch):
    """In Airflow's own manager: three feeds and the lake, one look at a time, complete deliveries alone."""
    for feed_id, finished in ((LODGERS, True), (VISITS, False), (NOTICES, True)):
        path = deliver(small_home.landing / feed_id, feed_id, date(2026, 3, 2), [lodger(1)], finished=finished)
        os.utime(path, (time.time() - 60,) * 2)
    monkeypatch.setattr(triggers, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(triggers, "TELL_SECONDS", 0.01)
    opened = []
    real = triggers.DoorTrigger.open_shared_stream.__func__

    def counted(cls, kwargs):
        opened.append(cls)
        return real(cls, kwargs)

    monkeypatch.setattr(triggers.DoorTrigger, "open_shared_stream", classmethod(counted))

    async def watch() -> list[str]:
        manager, told = SharedStreamManager(log=triggers.log), []

        async def one(number: int, trigger: triggers.DoorTrigger) -> None:
            shared = manager.subscribe(trigger_id=number, trigger=trigger, key=trigger.shared_stream_key())
            async for event in trigger.filter_shared_stream(shared):
                told.append(event.payload["feed_id"])

        watched = [DeliveriesComplete(LODGERS), DeliveriesComplete(VISITS), DeliveriesComplete(NOTICES), LakeSettled()]
        tasks = [asyncio.create_task(one(number, trigger)) for number, trigger in enumerate(watched)]
        end = time.monotonic() + 5
        while len(told) < 2 and time.monotonic() < end:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await manager.stop_all()
        return sorted(told)

    assert asyncio.run(watch()) == [LODGERS, NOTICES]
    assert len(opened) == 1
    assert (small_home.landing / NOTICES / "notices_20260302.csv").is_file()


def test_a_look_that_fails_is_tried_again(small_home, monkeypatch):
    looks = iter([OSError("the share is away"), lying(A)])

    def sometimes(home):
        found = next(looks)
        if isinstance(found, Exception):
            raise found
        return found

    monkeypatch.setattr("transforms.watching.look", sometimes)
    monkeypatch.setattr(triggers, "TELL_SECONDS", 0.01)

    async def first() -> Sight:
        return await anext(triggers.DoorTrigger.open_shared_stream({}))

    assert asyncio.run(first()).look == lying(A)


@pytest.mark.parametrize("trigger", [DeliveriesComplete(LODGERS), LakeSettled()])
def test_airflow_can_make_it_again(trigger):
    from airflow._shared.module_loading import import_string

    path, arguments = trigger.serialize()
    again = import_string(path)(**arguments)
    assert again.serialize() == trigger.serialize()
    assert again.shared_stream_key() == trigger.shared_stream_key() is not None
