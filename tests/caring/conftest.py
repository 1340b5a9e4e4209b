"""The town with three days of deliveries, published without Great Expectations."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.home import ROOT, Home
from schemas.table import load_tables
from serving import audit
from tests.resolving import town
from transforms import publish as publishing
from transforms.lake import archive
from transforms.publish import publish
from transforms.reading.source import SourceFile

SOURCE = [SourceFile("residents.csv", "编号\n1\n".encode())]
SEALED = "a" * 16


def nothing_said(*_frames_and_release: Any) -> pl.DataFrame:
    """Stands in for Great Expectations, whose import alone takes seconds."""
    return load_tables()["quality.validation"].empty()


def light_publish(patch: pytest.MonkeyPatch) -> None:
    """Neither judge nor keying again: preparing the library costs a second a publish, and nobody asks for it here."""
    patch.setattr(publishing, "judge", nothing_said)
    patch.setattr(publishing, "rekey", lambda *_args, **_kwargs: [])
    patch.setattr(publishing, "library_version", lambda _library: "made")


def contracts(folder: Path, feeds: Iterable[str]) -> Path:
    """Some of the project's contracts, as a folder for BLOCKDATA_FEEDS: a release of all feeds takes seconds."""
    for feed in feeds:
        department, name = feed.split("__")
        (folder / department).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "schemas" / "feeds" / department / f"{name}.yaml", folder / department)
    return folder


@pytest.fixture(autouse=True)
def without_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    light_publish(monkeypatch)


@pytest.fixture
def police_home(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """One feed with something in it."""
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(contracts(tmp_path / "feeds", town.days())))
    town.fill_library(home)
    town.fill(home, **{town.POLICE: town.days()[town.POLICE]})
    return home


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with home, keys.json and feeds: the town, published, something sealed and something in the audit log."""
    folder = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        light_publish(patch)
        patch.setenv("BLOCKDATA_HOME", str(folder / "home"))
        patch.setenv("BLOCKDATA_KEYS", str(folder / "keys.json"))
        patch.setenv("BLOCKDATA_FEEDS", str(contracts(folder / "feeds", town.days())))
        home = Home(folder / "home")
        town.fill_library(home)
        town.fill(home, **town.days())
        archive.seal(home, SEALED, town.POLICE, town.DAY3, SOURCE, received_on=town.DAY3, retention_days=400)
        audit.append(home, "test", by="someone")
        publish(home)
    return folder


@pytest.fixture
def town_home(published: Path, home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A copy of it, this test's own."""
    shutil.copytree(published / "home", home.path, symlinks=True)
    shutil.copy(published / "keys.json", os.environ["BLOCKDATA_KEYS"])
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(published / "feeds"))
    return home
