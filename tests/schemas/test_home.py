"""Everything the lake keeps lies under one folder, made only when needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.home import ROOT, Home


def test_the_folders_lie_under_the_home_and_none_is_made(tmp_path: Path) -> None:
    home = Home(tmp_path / "district")
    for folder in (home.landing, home.archive, home.lake, home.releases, home.outbox):
        assert folder.parent == home.path
    assert home.current_release is None
    assert not home.path.exists()


def test_the_home_is_what_the_environment_says_else_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_HOME", str(tmp_path))
    assert Home.from_environment().path == tmp_path.resolve()
    monkeypatch.delenv("BLOCKDATA_HOME")
    assert Home.from_environment().path == ROOT / "data"


def test_the_current_release_is_where_the_link_leads(tmp_path: Path) -> None:
    home = Home(tmp_path)
    (home.releases / "r1").mkdir(parents=True)
    (home.releases / "current").symlink_to("r1")
    assert home.current_release == (home.releases / "r1").resolve()
