"""Days that do not come as they should: again, out of order, late, corrected, replaced, by a clock gone wrong."""

from __future__ import annotations

import os
import sys
import time
from datetime import date, datetime, timedelta, tzinfo
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.home import Home
from tests.faults import stories
from tests.faults.report import Told, one_line
from tests.faults.stories import everything
from tests.faults.test_killed import second_home
from tests.resolving import town
from tests.small import LODGERS, NOTICES, deliver, lodger, standins
from transforms import batch as batches
from transforms.lake.fold import current_state
from transforms.lake.release import releases
from transforms.lake.store import Lake
from transforms.load import LoadResult
from transforms.taking import take

OURS = ("transforms", "serving", "schemas", "expectations")
DAYS = [date(2026, 3, day) for day in (2, 3, 4)]
LINES = {
    DAYS[0]: [lodger(number) for number in range(1, 9)],
    DAYS[1]: [lodger(number, colour="green") for number in range(2, 9)],
    DAYS[2]: [lodger(number, colour="blue") for number in range(1, 8)],
}


def drop(home: Home, day: date, lines: list[str] | None = None) -> Path:
    return deliver(home.landing / LODGERS, LODGERS, day, lines or LINES[day])


def taken(home: Home) -> list[LoadResult]:
    return take(LODGERS, home, steps=standins())


def loaded(home: Home, *days: date) -> None:
    for day in days:
        drop(home, day)
        assert [result.status for result in taken(home)] == ["loaded"]


def colours(home: Home, day: date | None = None) -> dict[str, str]:
    rows = current_state(Lake(home).scan(f"record_history.{LODGERS}"), day).collect()
    return dict(rows.sort("number").select("number", "colour").iter_rows())


def said_by(lines: list[str]) -> dict[str, str]:
    """What a snapshot says, by hand."""
    return {line.split(",")[0]: line.split(",")[-1] for line in lines}


def conserved(home: Home) -> bool:
    lines = Lake(home).read("quality.reconciliation")
    return bool(lines["is_balanced"].all()) and lines["batch_id"].n_unique() == Lake(home).batch_rows().height


@pytest.mark.fault("a task retried after it had succeeded", "the task runs again; the file is dropped again")
def test_again_after_success(small_home: Home, told: Told) -> None:
    loaded(small_home, DAYS[0])
    before = everything(small_home)
    assert taken(small_home) == []
    assert everything(small_home) == before
    drop(small_home, DAYS[0])
    (again,) = taken(small_home)
    assert again.status == "already_loaded" and everything(small_home) == before
    told("the task runs again; the file is dropped again", 2, again.reason)


@pytest.mark.fault("days out of order, skipped, late", "three snapshots in each of their six orders")
def test_in_any_order(small_home: Home, tmp_path: Path, told: Told) -> None:
    """At the end of each day stands what its snapshot says, whenever it came."""
    for number, order in enumerate(permutations(DAYS)):
        home = second_home(small_home, tmp_path / str(number) / "home")
        loaded(home, *order)
        assert [colours(home, day) for day in DAYS] == [said_by(LINES[day]) for day in DAYS], order
        assert colours(home) == said_by(LINES[DAYS[2]]) and conserved(home)
    told("three snapshots in each of their six orders", 6, "loaded; quality.batch says is_late")


@pytest.mark.fault("days out of order, skipped, late", "a day nobody delivered, delivered after the next")
def test_a_skipped_day(small_home: Home) -> None:
    loaded(small_home, DAYS[0], DAYS[2])
    assert colours(small_home, DAYS[1]) == said_by(LINES[DAYS[0]]), "nothing is known of it yet"
    loaded(small_home, DAYS[1])
    assert colours(small_home, DAYS[1]) == said_by(LINES[DAYS[1]])
    assert colours(small_home) == said_by(LINES[DAYS[2]]) and conserved(small_home)


@pytest.mark.fault("a correction of an old day", "the first day again, corrected, after the third")
def test_an_old_day_corrected(small_home: Home) -> None:
    loaded(small_home, *DAYS)
    corrected = [lodger(number, colour="white") for number in range(1, 10)]
    drop(small_home, DAYS[0], corrected)
    assert [result.status for result in taken(small_home)] == ["loaded"]
    assert colours(small_home, DAYS[0]) == said_by(corrected)
    assert [colours(small_home, day) for day in DAYS[1:]] == [said_by(LINES[day]) for day in DAYS[1:]]
    assert conserved(small_home)


@pytest.mark.fault("a delivery replaced while being read", "another file under its name during the read")
def test_replaced_while_read(small_home: Home, monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    path = drop(small_home, DAYS[0])
    read = Path.read_bytes

    def replaced(self: Path) -> bytes:
        content = read(self)
        if self == path:
            drop(small_home, DAYS[0], LINES[DAYS[2]])
        return content

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Path, "read_bytes", replaced)
        (refused,) = taken(small_home)
    assert (refused.status, refused.rule) == ("refused", "incomplete_delivery")
    assert path.read_bytes().decode().splitlines()[1:] == LINES[DAYS[2]], "the new one is not taken away unread"
    assert [result.status for result in taken(small_home)] == ["loaded"]
    assert colours(small_home) == said_by(LINES[DAYS[2]]) and conserved(small_home)
    told("another file under its name during the read", 1, f"{refused.rule}: {refused.reason} → {refused.mend}")


@pytest.mark.fault("a delivery replaced while being read", "another file under its name while the first is judged")
def test_replaced_while_judged(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(small_home, DAYS[0])
    near = standins()

    def judge(*given: Any, **named: Any) -> Any:
        drop(small_home, DAYS[0], LINES[DAYS[2]])
        return near.judge(*given, **named)

    from dataclasses import replace

    assert [result.status for result in take(LODGERS, small_home, steps=replace(near, judge=judge))] == ["loaded"]
    assert colours(small_home) == said_by(LINES[DAYS[0]])
    assert [result.status for result in taken(small_home)] == ["loaded"]
    assert colours(small_home) == said_by(LINES[DAYS[2]]) and conserved(small_home)


@pytest.mark.fault("the clock moved back", "before the second and before the third load")
def test_the_clock_moved_back(small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    """The order of batches within a feed is that of their commits, whatever the clock says."""
    undisturbed = second_home(small_home, tmp_path / "undisturbed" / "home")
    loaded(undisturbed, *DAYS)
    for days_back, day in zip((0, 3, 40), DAYS, strict=True):
        monkeypatch.setattr(batches, "datetime", clock(timedelta(days=-days_back)))
        loaded(small_home, day)
    listed = Lake(small_home).listed()
    assert listed["delivered_on"].to_list() == DAYS and listed["committed_at"].is_sorted()
    assert listed["committed_at"].n_unique() == 3
    assert everything(small_home) == everything(undisturbed)
    told("before the second and before the third load", 2, "nothing: rows are equal, wall-clock apart")


@pytest.mark.fault("the clock moved back", "while a file lies in landing that ends by lying still")
def test_a_file_from_the_future(small_home: Home, monkeypatch: pytest.MonkeyPatch, told: Told) -> None:
    """Dropped, and then the clock is set back three hours: it is not called new for so long. One whose disk has a clock
    of its own, which goes ahead, and that was written just now, is.
    """
    path = deliver(small_home.landing / NOTICES, NOTICES, DAYS[0], LINES[DAYS[0]])
    moved_back(monkeypatch, timedelta(hours=3))
    assert take(NOTICES, small_home, steps=standins()) == [], "written a moment ago, by the clock of its disk"
    monkeypatch.undo()
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(small_home.path.parent / "feeds"))
    monkeypatch.setenv("BLOCKDATA_KEYS", str(small_home.path.parent / "keys.json"))
    later = time.time() + 3 * 3600
    os.utime(path, (later, later))
    assert [result.status for result in take(NOTICES, small_home, steps=standins())] == ["loaded"]
    told(
        "while a file lies in landing that ends by lying still",
        2,
        "nothing: it is loaded, and not called new for hours",
    )


@pytest.mark.fault("the clock moved back", "between load and publish, between two releases")
def test_the_clock_moved_back_around_publishes(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    """Releases are named and ordered by what is in them; the audit log's chain holds."""
    from serving import audit, status
    from transforms import publish as publishing

    monkeypatch.setenv("BLOCKDATA_FEEDS", str(stories.write_feeds("town", tmp_path / "feeds")))
    monkeypatch.setattr(publishing, "judge", stories.nothing_said)
    undisturbed = Home(tmp_path / "undisturbed" / "home")
    for each in (undisturbed, home):
        stories.before_publish(each)
        names = []
        for number, hours in enumerate((0, 3, 960), start=1):
            if each is home and hours:
                moved_back(monkeypatch, timedelta(hours=hours))
            if number > 1:
                day = town.DAY3 + timedelta(days=number)
                arrived = town.change(f"RN{number}", day, person_key=town.key("n"), **town.at(town.TOWER, 2))
                town.fill(each, **{town.POLICE: [arrived]})
            release = publishing.publish(each)
            audit.append(each, "test", by="someone")
            names.append(release.name)
            assert release.changed and each.current_release == release.path
        assert names == sorted(names) == releases(each)
        assert not publishing.publish(each).changed
        assert audit.verify_audit(each).intact
        assert len(status.status(each)["feeds"]) == len(stories.TOWN)
    assert everything(home) == everything(undisturbed)
    told("between load and publish, between two releases", 2, "nothing: releases are named by the days in them")


def moved_back(monkeypatch: pytest.MonkeyPatch, by: timedelta) -> None:
    """Every module of ours that asks for the time is told an earlier one."""
    moved, now = clock(-by), time.time
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in OURS and isinstance(getattr(module, "datetime", None), type):
            monkeypatch.setattr(module, "datetime", moved)
    monkeypatch.setattr(time, "time", lambda: now() - by.total_seconds())


def clock(by: timedelta) -> Any:
    """A datetime whose now is another."""

    class Kind(type):
        def __instancecheck__(cls, given: object) -> bool:
            return isinstance(given, datetime)

        def __call__(cls, *given: Any, **named: Any) -> datetime:
            return datetime(*given, **named)

    class Moved(datetime, metaclass=Kind):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + by

    return Moved


@pytest.mark.fault("a delivery of ten times the usual size", "real reading, cleaning and the real gate")
@pytest.mark.at_length
def test_ten_times_the_usual_size(small_home: Home, told: Told) -> None:
    """It loads, or is refused with the gate's reason; the memory is what ten times the rows need."""
    from tests.faults.points import struck

    outcomes = [struck(small_home, work) for work in (stories.usual_size, stories.ten_times)]
    assert [(one.code, one.message) for one in outcomes] == [(0, ""), (0, "")]
    rows = Lake(small_home).batch_rows().sort("delivered_on")
    status, rule, reason, mend = rows.select("status", "rule", "reason", "mend").row(1)
    assert rows["status"][0] == "loaded" and conserved(small_home)
    assert status == "loaded" or (rule and reason and mend)
    stands = current_state(Lake(small_home).scan(f"record_history.{LODGERS}")).select(pl.len()).collect().item()
    assert stands == (10 if status == "loaded" else 1) * stories.USUAL
    usual, much = (one.peak_bytes for one in outcomes)
    assert much - usual < 10 * stories.USUAL * 4000, "some kilobytes a row are enough for everything it goes through"
    said = f"{status} {rule or ''} {one_line(reason or '')}; {usual / 1e6:.0f} MB → {much / 1e6:.0f} MB"
    told(f"{stories.USUAL:,} rows, then {10 * stories.USUAL:,}", 1, said)
