from pathlib import Path

import pytest
from small_release import publish_small

from schemas.home import Home


@pytest.fixture(autouse=True)
def own_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests never touch the keys of the person who runs them."""
    monkeypatch.setenv("BLOCKDATA_KEYS", str(tmp_path / "keys.json"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A lake with one small release and nothing else."""
    home = Home(tmp_path / "home")
    publish_small(home)
    return home
