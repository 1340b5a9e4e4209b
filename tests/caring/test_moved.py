"""The scripts of a moved home's releases: killed anywhere, every release is whole and serves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.home import Home
from tests.resolving.town import DAY3, POLICE, VILLAGE, at, change, fill, key
from transforms.caring.moved import SCRIPTS, named_elsewhere, scripts_name_this_folder
from transforms.lake.release import checkout, releases
from transforms.lake.release_manifest import ReleaseDamaged, verify_release
from transforms.publish import publish


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours catches it."""


def moved_to(home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(home.path, folder)
    monkeypatch.setenv("BLOCKDATA_HOME", str(folder))
    return Home(folder)


def killed_at_rename(number: int, home: Home) -> bool:
    """Names the folder until the rename of that number; False when there were fewer."""
    count = 0

    def dying(self: Path, target: Path) -> Path:
        nonlocal count
        count += 1
        if count == number:
            raise Killed
        return rename(self, target)

    rename = Path.replace
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        patch.setattr(Path, "rename", dying)
        try:
            scripts_name_this_folder(home)
        except Killed:
            return True
    return False


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_killed_at_each_rename_a_release_is_whole_and_served(
    town_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Verified, copied for an analyst, gone on from; and moved once more, every script names the last folder."""
    home = moved_to(town_home, tmp_path / "second" / "home", monkeypatch)
    (name,) = releases(home)
    assert killed_at_rename(number, home)
    verify_release(home.releases / name)
    assert named_elsewhere(home) == [name]
    checkout(home.releases / name, tmp_path / "copy")
    verify_release(tmp_path / "copy")
    fill(home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(VILLAGE, 2))]})
    later = publish(home)
    assert later.changed
    last = moved_to(home, tmp_path / "third" / "home", monkeypatch)
    assert scripts_name_this_folder(last) == [name, later.name] == releases(last)
    assert named_elsewhere(last) == [] and scripts_name_this_folder(last) == []
    for one in releases(last):
        verify_release(last.releases / one)
        for script in SCRIPTS:
            assert f"'{last.releases / one}'" in (last.releases / one / script).read_text(encoding="utf-8")
    assert [path.name for path in last.releases.iterdir() if path.name.startswith(".")] == []


def test_there_are_four_renames(town_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = moved_to(town_home, tmp_path / "second" / "home", monkeypatch)
    assert not killed_at_rename(5, home) and named_elsewhere(home) == []


@pytest.mark.parametrize("is_begun", [False, True], ids=["before", "in the middle"])
def test_a_script_that_is_not_as_published_is_not_called_so(
    town_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_begun: bool
) -> None:
    home = moved_to(town_home, tmp_path / "second" / "home", monkeypatch)
    (name,) = releases(home)
    assert not is_begun or killed_at_rename(3, home)
    script = home.releases / name / SCRIPTS[0]
    script.write_text(script.read_text(encoding="utf-8").replace("SELECT * FROM", "SELECT 1 AS x FROM", 1))
    for _ in range(2):
        with pytest.raises(ReleaseDamaged, match="is not as published"):
            verify_release(home.releases / name)
        scripts_name_this_folder(home)
