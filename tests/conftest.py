"""Fixtures every folder may use: a home and keys of its own, small feeds with a small library, a PostgreSQL server."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from schemas.home import Home
from tests import small
from tests.postgres import postgres, postgres_server

# How long an example takes is no property: on a busy machine 200 ms are nothing.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

__all__ = ["home", "postgres", "postgres_server", "small_home"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home; commands and functions of this test see no other, nor other keys."""
    monkeypatch.setenv("BLOCKDATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "keys.json"))
    return Home(tmp_path / "home")


@pytest.fixture
def small_home(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with the small library, and the small feeds as the only contracts."""
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(small.write_feeds(tmp_path / "feeds")))
    small.import_library(home)
    return home
