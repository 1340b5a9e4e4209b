"""Since when a batch serves, by the manifests of the releases that are kept."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from schemas.home import Home
from serving.since import published_at, serving_since
from transforms.lake.release_manifest import Manifest

FIRST, SECOND, THIRD = "2026-03-02.01", "2026-03-03.01", "2026-03-04.01"


@pytest.fixture
def kept(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    for name, previous, batches in (
        (FIRST, "2026-03-01.01", ["a", "b"]),  # the one before it is no longer kept
        (SECOND, FIRST, ["a", "c"]),
        (THIRD, SECOND, ["a", "b", "c", "d"]),
    ):
        folder = home.releases / name
        folder.mkdir(parents=True)
        Manifest(name, name[:10], previous, "inputs", "library", batches).write(folder)
    (home.releases / "current").symlink_to(THIRD)
    return home


def test_a_batch_serves_since_the_first_release_of_an_unbroken_line(kept: Home) -> None:
    found = {batch: since.release for batch, since in serving_since(kept, ["a", "b", "c", "d", "e"]).items()}
    assert found == {"a": FIRST, "b": THIRD, "c": SECOND, "d": THIRD}


def test_nothing_serves_before_the_first_release(tmp_path: Path) -> None:
    assert serving_since(Home(tmp_path), ["a"]) == {}


def test_published_when_its_manifest_was_written(kept: Home) -> None:
    import os

    noon = 1772424000  # 2026-03-02 12:00 in Shanghai
    os.utime(kept.releases / FIRST / "manifest.json", (noon, noon))
    assert published_at(kept.releases / FIRST) == datetime(2026, 3, 2, 12)
