from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.home import Home
from tests.serving.small_release import build_small


@pytest.fixture(scope="session")
def small_releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small release, built once."""
    home = Home(tmp_path_factory.mktemp("released"))
    build_small(home)
    return home.releases


@pytest.fixture(autouse=True)
def keys_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the keys of whoever runs it."""
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "keys.json"))


@pytest.fixture
def home(home: Home, small_releases: Path) -> Home:
    """A lake with one small release and nothing else."""
    shutil.copytree(small_releases, home.releases, symlinks=True)
    return home
