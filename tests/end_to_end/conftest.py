"""A small district made, imported, loaded and published once for the whole test run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from filelock import FileLock

from schemas.home import Home
from synth.make import FEEDS, make_district
from transforms.addressing.library_import import import_library
from transforms.load import load_files
from transforms.publish import publish

BLOCKDATA = [str(Path(sys.executable).with_name("blockdata"))]


@dataclass(frozen=True)
class District:
    """What was made (`source`) and the lake it was loaded into (`home`)."""

    source: Path
    home: Home

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(self.home, *arguments, check=check)


def run(home: Home, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """One `blockdata` command in a process of its own, as a person would run it."""
    done = subprocess.run(
        [*BLOCKDATA, *arguments],
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if check:
        assert done.returncode == 0, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    assert "Traceback (most recent call last)" not in done.stderr, done.stderr[-4000:]
    return done


def environment(home: Home) -> dict[str, str]:
    return {**os.environ, "BLOCKDATA_HOME": str(home.path), "BLOCKDATA_KEYS": str(home.path.parent / "keys.json")}


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> District:
    root = tmp_path_factory.getbasetemp()
    shared = (root if worker_id == "master" else root.parent) / "district"
    with FileLock(f"{shared}.lock"):
        if not (shared / "made").exists():
            shutil.rmtree(shared, ignore_errors=True)
            _make(shared)
            (shared / "made").touch()
    return District(shared / "source", Home(shared / "home"))


def _make(shared: Path) -> None:
    """Four days of every feed, in one process: a process for each load would import everything fifty times."""
    source, home = shared / "source", Home(shared / "home")
    home.path.mkdir(parents=True)
    make_district(150, 4, 4, source, feeds=FEEDS)  # those made by hand: the others load in test_every_feed
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(home).items():
            patch.setenv(name, value)
        import_library(source / "library", home)
        for day in sorted((source / "deliveries").iterdir()):
            for feed in sorted(day.iterdir()):
                load_files(feed.name, sorted(feed.iterdir()), date.fromisoformat(day.name), home)
        publish(home)
