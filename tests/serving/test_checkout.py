"""A copy of the place profile: of a release there is, and of nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from serving import audit
from serving.checkout import checkout


def test_the_copy_holds_no_person(home: Home, tmp_path: Path) -> None:
    folder = checkout("current", tmp_path / "copy", home)
    assert (folder / "baseboard.duckdb").exists()
    assert not [path for path in folder.rglob("*") if path.name in ("population", "record", "event", "entity")]
    assert [entry["action"] for entry in audit.entries(home)] == ["checkout"]


@pytest.mark.parametrize("name", ["../releases/2026-03-02.01", "2026-03-02.01/../2026-03-02.01", "..", "."])
def test_a_path_is_no_release(name: str, home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no release's name"):
        checkout(name, tmp_path / "copy", home)
    assert not (tmp_path / "copy").exists()
