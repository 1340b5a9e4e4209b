"""A publish that goes on from the release before equals one that makes everything anew, table for table."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.home import Home
from schemas.table import load_tables
from tests.releasing.random_days import FEEDS, Days
from tests.resolving import town
from transforms import publish as publishing
from transforms.lake import layers
from transforms.lake.release_manifest import read_manifest
from transforms.publish import publish
from transforms.releasing import going_on, packing, whole

OWN = ("release.table", "release.change", "release.code_change")  # tell of the release before
FIRST, DAYS = date(2026, 3, 5), 4
# Each seed costs some ten publishes; when resolving or releasing changes, run more: BLOCKDATA_SEEDS=1-20.
_FROM, _, _TO = os.environ.get("BLOCKDATA_SEEDS", "3-3").partition("-")
SEEDS = range(int(_FROM), int(_TO or _FROM) + 1)


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Great Expectations, and without keying again: the records have no addresses to be keyed by."""
    monkeypatch.setattr(publishing, "judge", lambda *given: load_tables()["quality.validation"].empty())
    monkeypatch.setattr(publishing, "rekey", lambda home, **given: None)
    of_town = {feed: contract for feed, contract in town.contracts_of_the_town().items() if feed in FEEDS}
    monkeypatch.setattr(publishing, "load_contracts", lambda: of_town)
    monkeypatch.setattr(whole, "SHARE", 10)  # so that a whole publish takes several shares and parts
    monkeypatch.setattr(whole, "PART", 3)
    monkeypatch.setattr(whole, "PIECE", 3)
    monkeypatch.setattr(layers, "REBASE_FILES", 0)  # so that small tables lie in layers too
    monkeypatch.setattr(layers, "REBASE_SHARE", 0.6)


def tables(path: Path) -> dict[str, pl.DataFrame]:
    found = {name: layers.scan(path, entry).collect() for name, entry in read_manifest(path).tables.items()}
    return {name: frame.sort(pl.all().exclude(pl.List(pl.String))) for name, frame in found.items() if name not in OWN}


def anew(home: Home, folder: Path) -> dict[str, pl.DataFrame]:
    """The tables of the same lake published whole, into a home without any release."""
    shutil.copytree(home.path, folder, ignore=shutil.ignore_patterns("releases"), symlinks=True)
    return tables(publish(Home(folder)).path)


@pytest.mark.parametrize("seed", SEEDS)
def test_going_on_equals_making_anew(home: Home, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gone_on: list[int] = []
    go_on = going_on.go_on
    monkeypatch.setattr(going_on, "go_on", lambda *given: gone_on.append(1) or go_on(*given))
    counted_on: set[str] = set()
    add = packing.added
    monkeypatch.setattr(packing, "added", lambda *given: counted_on.update(one.id for one in given[0]) or add(*given))
    town.fill_library(home)
    days = Days(home, seed)
    days.tell(FIRST)
    publish(home)
    for number in range(1, DAYS + 1):
        day = FIRST + timedelta(days=number)
        days.tell(day)
        if days.chance.random() < 0.5:
            days.tell(day - timedelta(days=2), known_on=day)
        if number % 2 == 0:
            days.redraw()
        release = publish(home)
        found, expected = tables(release.path), anew(home, tmp_path / f"anew{number}")
        assert found.keys() == expected.keys()
        different = [name for name, frame in expected.items() if not found[name].equals(frame)]
        for name in different:
            assert_frame_equal(found[name], expected[name], check_exact=True)
        assert different == [], f"day {number}"
    assert len(gone_on) == DAYS, "every day but the first went on from the day before"
    assert "insured_workers" in counted_on, "measures were counted by what moved"
    assert any(entry.hidden for entry in read_manifest(release.path).tables.values())


def test_a_full_publish_says_what_differs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    town.fill_library(home)
    days = Days(home, 1)
    days.tell(FIRST)
    publish(home)
    assert publish(home, full=True).differs == ()
    days.tell(FIRST + timedelta(days=1))
    told = publishing.since

    def nothing_new(*given: Any) -> Any:
        return replace(told(*given), news={})

    with monkeypatch.context() as broken:
        broken.setattr(publishing, "since", nothing_new)
        assert publish(home).differs is None
    differs = publish(home, full=True).differs
    assert differs is not None and {"population.claim", f"record.{town.POLICE}"} <= set(differs)
