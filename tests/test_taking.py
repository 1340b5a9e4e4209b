"""Taking from landing: oldest day first, each delivery for itself, a run for past days its own days alone."""

from __future__ import annotations

import os
import shutil
import threading
import zipfile
from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.contract import contract_of
from schemas.errors import UsageError
from schemas.home import Home
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger, standins
from transforms import expected_memory, taking
from transforms.expected_memory import A_BYTE, A_KNOWN_BYTE, LEAST, memory_of
from transforms.lake.store import Lake
from transforms.landing import waiting
from transforms.taking import take, take_all
from transforms.watching import look

DAYS = [date(2026, 3, day) for day in (2, 3, 4)]


def drop(home: Home, *days: date) -> None:
    for day in days:
        deliver(home.landing / LODGERS, LODGERS, day, [lodger(number) for number in range(1, day.day + 1)])


def taken_days(home: Home, *days: date) -> list[date]:
    results = take(LODGERS, home, days or None, steps=standins())
    assert {result.status for result in results} <= {"loaded"}
    return [result.day for result in results]


def test_all_that_lies_complete_is_taken_oldest_first(small_home):
    drop(small_home, *reversed(DAYS))
    deliver(small_home.landing / LODGERS, LODGERS, date(2026, 3, 5), [lodger(1)], finished=False)
    assert taken_days(small_home) == DAYS
    assert [path.name for path in (small_home.landing / LODGERS).iterdir()] == ["lodgers_20260305.csv"]
    assert Lake(small_home).listed()["delivered_on"].to_list() == DAYS


def test_what_came_under_a_draft_waits_and_loads_where_it_is_tried(small_home):
    drop(small_home, DAYS[0])
    path = small_home.path.parent / "feeds" / "town" / "lodgers.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("status: active", "status: draft"), encoding="utf-8")
    assert taken_days(small_home) == [] and look(small_home).complete == {}
    ((name, why),) = waiting(LODGERS, small_home)
    assert (name, "draft" in why) == ("lodgers_20260302.csv", True)
    assert [result.status for result in take(LODGERS, small_home, draft=True, steps=standins())] == ["loaded"]
    drop(small_home, DAYS[1])
    path.write_text(text, encoding="utf-8")
    assert look(small_home).complete != {} and taken_days(small_home) == [DAYS[1]]


def test_a_run_for_past_days_leaves_the_others(small_home):
    drop(small_home, *DAYS)
    assert taken_days(small_home, DAYS[0], DAYS[1]) == [DAYS[1]]
    assert taken_days(small_home, DAYS[1], DAYS[1]) == []
    assert taken_days(small_home) == [DAYS[0], DAYS[2]]


def test_one_that_is_refused_keeps_no_other_out(small_home):
    drop(small_home, DAYS[0], DAYS[2])
    (small_home.landing / LODGERS / "lodgers_20260303.csv").write_text("no,name\n1,x\n", encoding="utf-8")
    (small_home.landing / LODGERS / "lodgers_20260303.ok").touch()
    results = take(LODGERS, small_home, steps=standins())
    assert [(result.day, result.status) for result in results] == [
        (DAYS[0], "loaded"),
        (DAYS[1], "refused"),
        (DAYS[2], "loaded"),
    ]
    assert take(LODGERS, small_home, steps=standins()) == []


def test_the_flag_a_killed_load_left_is_removed_and_a_newer_one_stays(small_home):
    drop(small_home, DAYS[0])
    taken_days(small_home)
    folder = small_home.landing / LODGERS
    flag = folder / "lodgers_20260302.ok"
    flag.touch()  # newer than what was received: of a correction still to come
    early = folder / "lodgers_20260303.ok"
    early.touch()  # of a day nobody has received
    assert taken_days(small_home) == [] and flag.exists() and early.exists()
    os.utime(flag, (1, 1))
    os.utime(early, (1, 1))
    assert taken_days(small_home) == [] and not flag.exists() and early.exists()


def drop_everywhere(home: Home) -> None:
    drop(home, *DAYS)
    for day in DAYS[:2]:
        deliver(home.landing / VISITS, VISITS, day, [lodger(day.day), lodger(day.day + 1, colour="")])


def test_feeds_side_by_side_load_what_they_load_alone(small_home):
    """Both are at work at once: each waits for the other before it reads its first delivery."""
    drop_everywhere(small_home)
    meet, met = threading.Barrier(2), set[str]()
    alone = standins()

    def read(files: Any, contract: Any) -> Any:
        if contract.feed_id not in met:
            met.add(contract.feed_id)
            meet.wait(20)
        return alone.read(files, contract)

    feeds = [VISITS, NOTICES, LODGERS]
    taken = take_all(feeds, small_home, 2, steps=replace(alone, read=read))
    assert [one.feed_id for one in taken] == feeds
    assert [[(result.day, result.status) for result in one.results] for one in taken] == [
        [(day, "loaded") for day in DAYS[:2]],
        [],
        [(day, "loaded") for day in DAYS],
    ]
    assert met == {LODGERS, VISITS} and not any(one.error for one in taken)
    lake = Lake(small_home)
    assert lake.listed(LODGERS)["delivered_on"].to_list() == DAYS
    told = lake.read("quality.reconciliation").select("feed_id", "received", "inserted", "quarantined").rows()
    assert sorted(told) == [
        *[(LODGERS, day.day, 2 if day == DAYS[0] else 1, 0) for day in DAYS],
        *[(VISITS, 2, 1, 1)] * 2,
    ]
    assert not any(path.suffix == ".csv" for path in small_home.landing.rglob("*"))


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_feed_that_fails_stops_no_other(small_home, jobs):
    drop_everywhere(small_home)
    alone = standins()

    def read(files: Any, contract: Any) -> Any:
        if contract.feed_id == LODGERS:
            raise RuntimeError("a fault of the program")
        return alone.read(files, contract)

    lodgers, visits = take_all([LODGERS, VISITS], small_home, jobs, steps=replace(alone, read=read))
    assert str(lodgers.error) == "a fault of the program" and lodgers.results == []
    assert visits.error is None and len(visits.results) == 2
    assert [result.status for result in take(LODGERS, small_home, steps=alone)] == ["loaded"] * 3


def test_what_concerns_every_feed_is_tried_once(small_home, monkeypatch):
    drop_everywhere(small_home)
    asked: list[str] = []

    def load_files(feed_id: str, *_: Any, **__: Any) -> Any:
        asked.append(feed_id)
        raise UsageError("there is no address library", "import one first")

    monkeypatch.setattr(taking, "load_files", load_files)
    taken = take_all([LODGERS, VISITS], small_home, 1)
    assert asked == [LODGERS] and isinstance(taken[0].error, UsageError) and taken[1].error is None


def test_what_a_delivery_needs_is_guessed_from_its_largest_day(small_home, tmp_path):
    drop(small_home, *DAYS)
    largest = small_home.landing / LODGERS / "lodgers_20260304.csv"
    assert taking._memory(LODGERS, small_home) == LEAST + A_BYTE["csv"] * largest.stat().st_size
    assert taking._memory(VISITS, small_home) == 0  # nothing lies there
    book = tmp_path / "book.xlsx"
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet", b"0" * 1_000_000)
    as_book: Any = SimpleNamespace(reading=SimpleNamespace(format="xlsx"))
    assert memory_of([book], as_book, small_home) == LEAST + A_BYTE["xlsx"] * 1_000_000
    book.write_bytes(b"no workbook")
    assert memory_of([book, tmp_path / "gone.csv"], as_book, small_home) == LEAST + A_BYTE["xlsx"] * len(b"no workbook")


def test_of_lines_that_stand_already_little_memory_is_expected(small_home, tmp_path, monkeypatch):
    monkeypatch.setattr(expected_memory, "LEAST", 1000)  # or nobody would look into files as small as these
    lines = [lodger(number) for number in range(1, 101)]
    contract = contract_of(LODGERS)

    def expected(home: Home, day: date, lines: list[str]) -> tuple[int, int]:
        path = deliver(home.landing / LODGERS, LODGERS, day, lines)
        return memory_of([path, path.with_suffix(".ok")], contract, home), path.stat().st_size

    guess, size = expected(small_home, DAYS[0], lines)
    assert guess == 1000 + A_BYTE["csv"] * size
    assert [result.status for result in take(LODGERS, small_home, steps=standins())] == ["loaded"]
    guess, size = expected(small_home, DAYS[1], [*lines[:80], *[lodger(number) for number in range(201, 221)]])
    assert guess == 1000 + int(size * (A_BYTE["csv"] - 0.8 * (A_BYTE["csv"] - A_KNOWN_BYTE)))
    guess, size = expected(small_home, DAYS[1], [lodger(number, colour="blue") for number in range(1, 101)])
    assert guess == 1000 + A_BYTE["csv"] * size  # every line says something else
    shutil.rmtree(small_home.lake / "standing")
    guess, size = expected(small_home, DAYS[1], lines)
    assert guess == 1000 + A_BYTE["csv"] * size
