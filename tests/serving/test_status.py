"""What serves, what waits to be published, what was refused and why."""

from __future__ import annotations

from datetime import date
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


def feed(home: Home) -> dict:
    return next(one for one in status(home)["feeds"] if one["feed_id"] == small.LODGERS)


def test_before_any_delivery(town: Home) -> None:
    found = status(town)
    assert found["release"] is None
    assert {one["last_status"] for one in found["feeds"]} == {"never delivered"}


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
    assert status(town)["release"]["name"] == release.name
