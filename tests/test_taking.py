"""Taking from landing: oldest day first, each delivery for itself, a run for past days its own days alone."""

from __future__ import annotations

import os
from datetime import date

from schemas.home import Home
from tests.small import LODGERS, deliver, lodger, standins
from transforms.lake.store import Lake
from transforms.landing import waiting
from transforms.taking import take
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
