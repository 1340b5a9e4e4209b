"""What serves, what waits to be published, what was refused and why."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from schemas.home import Home
from serving.status import status
from tests import small
from transforms.load import load_files

MONDAY, TUESDAY = date(2026, 3, 2), date(2026, 3, 3)


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    home = Home(tmp_path / "town")
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(small.write_feeds(tmp_path / "feeds")))
    small.import_library(home)
    return home


def deliver(home: Home, folder: Path, day: date, lines: list[str]) -> str:
    file = small.deliver(folder, small.LODGERS, day, lines)
    return load_files(small.LODGERS, [file], day, home, steps=small.standins()).status


def feed(home: Home, today: date = TUESDAY) -> dict:
    found = status(home, datetime.combine(today, time(9)))
    return next(one for one in found["feeds"] if one["feed_id"] == small.LODGERS)


def test_before_any_delivery(town: Home) -> None:
    found = status(town)
    assert found["release"] is None
    assert {one["last_status"] for one in found["feeds"]} == {"never delivered"}
    assert {(one["state"], one["days_late"], one["deadline"]) for one in found["feeds"]} == {("never", 0, None)}
    assert found["summary"]["never"] == found["summary"]["feeds"] == 3


@pytest.mark.parametrize(
    ("today", "state", "late"),
    [
        (date(2026, 3, 9), "fine", 0),  # Friday's delivery is fresh for two working days: Monday and Tuesday
        (date(2026, 3, 8), "fine", 0),  # nobody delivers on a Sunday
        (date(2026, 3, 10), "fine", 0),
        (date(2026, 3, 11), "late", 1),
    ],
)
def test_late_counts_working_days(town: Home, tmp_path: Path, today: date, state: str, late: int) -> None:
    deliver(town, tmp_path, date(2026, 3, 6), [small.lodger(1)])
    found = feed(town, today)
    assert (found["state"], found["days_late"], found["deadline"]) == (state, late, date(2026, 3, 10))


def test_no_feed_grows_late_in_the_national_holiday(town: Home, tmp_path: Path) -> None:
    deliver(town, tmp_path, date(2026, 9, 29), [small.lodger(1)])
    assert [feed(town, date(2026, 10, day))["state"] for day in (1, 5, 7, 8, 9)] == [*["fine"] * 4, "late"]


def test_the_silent_come_first_then_the_refused_then_the_fine(town: Home, tmp_path: Path) -> None:
    deliver(town, tmp_path, TUESDAY, [small.lodger(1)])
    file = small.deliver(tmp_path, small.VISITS, TUESDAY, [])
    load_files(small.VISITS, [file], TUESDAY, town, steps=small.standins())
    found = status(town, datetime(2026, 3, 4, 9))
    assert [(one["feed_id"], one["state"]) for one in found["feeds"]] == [
        (small.NOTICES, "never"),
        (small.VISITS, "refused"),
        (small.LODGERS, "fine"),
    ]
    later = status(town, datetime(2026, 4, 1, 9))
    assert [one["state"] for one in later["feeds"]] == ["late", "never", "late"]  # a refused one falls silent too
    assert [one["feed_id"] for one in later["feeds"]] == [small.LODGERS, small.NOTICES, small.VISITS]


def test_rows_beside_the_usual_and_a_trend(town: Home, tmp_path: Path) -> None:
    for number, rows in enumerate((4, 4, 9, 6)):  # each day others, so that each day some are keyed
        lines = [small.lodger(10 * number + one) for one in range(1, rows + 1)]
        deliver(town, tmp_path, MONDAY + timedelta(days=number), lines)
    found = feed(town, date(2026, 3, 5))
    assert (found["last_rows"], found["usual_rows"], found["rows_ratio"]) == (6, 4, 1.5)
    assert [point["day"].day for point in found["keyed_trend"]] == [2, 3, 4, 5]
    assert all(0 <= point["share"] <= 1 for point in found["keyed_trend"])


def test_loaded_but_not_published(town: Home, tmp_path: Path) -> None:
    assert deliver(town, tmp_path, MONDAY, [small.lodger(number) for number in range(1, 4)]) == "loaded"
    found = feed(town)
    assert (found["last_day"], found["loaded_day"], found["serves_day"]) == (MONDAY, MONDAY, None)
    assert (found["batches"], found["received"], found["refused"]) == (1, 3, [])


def test_a_refused_delivery_leaves_the_last_good_one(town: Home, tmp_path: Path) -> None:
    deliver(town, tmp_path, MONDAY, [small.lodger(number) for number in range(1, 4)])
    assert deliver(town, tmp_path, TUESDAY, []) == "refused"
    found = feed(town)
    assert (found["last_day"], found["last_status"], found["loaded_day"]) == (TUESDAY, "refused", MONDAY)
    assert (found["state"], found["gate"]["result"]) == ("refused", "refused")
    assert found["gate"]["title"] and found["gate"]["mend_chinese"]
    (refusal,) = found["refused"]
    assert refusal["rule"] in ("no_rows", "empty_file")
    assert refusal["mend"]


def test_published_is_what_the_release_was_made_of(town: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from schemas.table import table_of
    from transforms.publish import publish

    monkeypatch.setattr("transforms.publish.judge", lambda *_: table_of("quality.validation").empty())
    deliver(town, tmp_path, MONDAY, [small.lodger(number) for number in range(1, 4)])
    release = publish(town)
    deliver(town, tmp_path, TUESDAY, [small.lodger(number) for number in range(1, 5)])
    found = feed(town)
    assert (found["loaded_day"], found["serves_day"]) == (TUESDAY, MONDAY)
    assert found["serves_since"] == release.name
    assert status(town)["release"]["name"] == release.name
