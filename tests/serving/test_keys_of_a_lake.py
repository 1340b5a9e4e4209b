"""Keys are made once for a lake; lost, they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from serving.doctor import examine
from transforms.lake.keys import keys_of


def _sealed(home: Home) -> None:
    file = home.archive / "police__residents" / "2026-03-02" / "abc.sealed"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"BDSEAL1\n")


def test_a_new_lake_gets_keys(home: Home, tmp_path: Path) -> None:
    assert keys_of(home) == keys_of(home)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0


def test_a_lake_with_an_archive_gets_no_second_ones(home: Home, tmp_path: Path) -> None:
    _sealed(home)
    with pytest.raises(UsageError, match="made with one") as refused:
        keys_of(home)
    assert "restore it" in refused.value.mend
    assert not (tmp_path / "keys.json").exists()


def test_the_doctor_tells_it(home: Home) -> None:
    before = next(check for check in examine(home) if check.name == "keys")
    _sealed(home)
    after = next(check for check in examine(home) if check.name == "keys")
    assert (before.state, after.state) == ("good", "bad")
