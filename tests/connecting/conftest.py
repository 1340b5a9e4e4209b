"""A home with the small library, nobody waiting between attempts, and the secret the small servers name."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.home import Home
from tests.connecting.sources import TOKEN


@pytest.fixture
def feeds(small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the small contracts."""
    monkeypatch.setattr("transforms.connecting.retrying.pause", lambda seconds: None)
    monkeypatch.setenv("BLOCKDATA_SECRETS", str(tmp_path / "secrets.yaml"))
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", TOKEN)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return tmp_path / "feeds"
