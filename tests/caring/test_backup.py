from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from polars.testing import assert_frame_equal

from schemas.errors import UsageError
from schemas.home import Home
from serving import audit
from serving.query import sql
from serving.status import status
from tests.caring.conftest import SEALED, SOURCE
from tests.resolving.town import DAY3, POLICE, VILLAGE, at, change, fill, key
from transforms.caring import backup as saving
from transforms.caring.backup import BackupDamaged, backup, backups, restore
from transforms.caring.moved import named_elsewhere, scripts_name_this_folder
from transforms.lake import archive
from transforms.lake.release import releases
from transforms.lake.release_manifest import verify_release
from transforms.lake.store import Lake
from transforms.publish import publish


def same(left: Home, right: Home) -> None:
    assert Lake(left).tables() == Lake(right).tables()
    for table in Lake(left).tables():
        assert_frame_equal(Lake(left).read(table), Lake(right).read(table))
    assert releases(left) == releases(right)
    for name in releases(left):
        assert verify_release(right.releases / name).inputs == verify_release(left.releases / name).inputs
    assert archive.unseal(right, SEALED) == SOURCE
    assert audit.verify_audit(right).entries == audit.verify_audit(left).entries


def test_a_restored_home_is_the_same_table_for_table(town_home: Home, tmp_path: Path) -> None:
    (town_home.landing / POLICE).mkdir(parents=True)
    (town_home.landing / POLICE / "open.csv").write_text("an identifier")
    told = backup(town_home, tmp_path / "store")
    again = Home(tmp_path / "again")
    assert restore(again, tmp_path / "store").files == told.files
    same(town_home, again)
    assert again.current_release == again.releases / releases(again)[-1]
    assert not again.landing.exists()
    assert not list(again.path.rglob("*.lock"))
    part = next(again.path.glob(f"releases/*/record_history/{POLICE}/*.parquet"))
    assert part.stat().st_nlink > 1, "a release shares its files with the lake as before"


def test_no_key_is_in_a_backup(town_home: Home, tmp_path: Path) -> None:
    backup(town_home, tmp_path / "store")
    keys = Path(os.environ["BLOCKDATA_KEYS"]).read_text()
    secrets = [part for part in keys.replace('"', " ").split() if len(part) == 64]
    assert len(secrets) == 3
    for path in (tmp_path / "store").rglob("*"):
        assert not path.is_file() or not any(secret.encode() in path.read_bytes() for secret in secrets)


def test_an_incremental_backup_copies_what_is_new(town_home: Home, tmp_path: Path) -> None:
    whole = backup(town_home, tmp_path / "store")
    assert backup(town_home, tmp_path / "store", incremental=True).copied == 0
    fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(VILLAGE, 2))]})
    later = backup(town_home, tmp_path / "store", incremental=True)
    assert 0 < later.copied < whole.copied / 4
    assert len(backups(tmp_path / "store")) == 3
    restore(Home(tmp_path / "now"), tmp_path / "store")
    same(town_home, Home(tmp_path / "now"))
    restore(Home(tmp_path / "then"), tmp_path / "store", whole.name)
    assert "RK9" not in Lake(Home(tmp_path / "then")).read(f"record_history.{POLICE}")["record_id"].to_list()


def test_a_flipped_bit_in_a_backup_is_found_and_no_home_made(town_home: Home, tmp_path: Path) -> None:
    backup(town_home, tmp_path / "store")
    victim = max((tmp_path / "store" / "contents").rglob("*"), key=lambda path: path.is_file() and path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.write_bytes(content)
    with pytest.raises(BackupDamaged, match="not as it was saved"):
        restore(Home(tmp_path / "again"), tmp_path / "store")
    assert not (tmp_path / "again").exists()


def test_a_killed_backup_is_none_and_the_next_goes_on(
    town_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, content: bytes) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(saving, "_write", killed)
        with pytest.raises(KeyboardInterrupt):
            backup(town_home, tmp_path / "store")
    assert backups(tmp_path / "store") == []
    assert backup(town_home, tmp_path / "store").copied == 0


def test_a_home_is_never_restored_over_another_nor_saved_into_itself(town_home: Home, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="lies in the home"):
        backup(town_home, town_home.path / "backup")
    backup(town_home, tmp_path / "store")
    with pytest.raises(UsageError, match="not empty"):
        restore(town_home, tmp_path / "store")
    with pytest.raises(UsageError, match="holds no backup"):
        restore(Home(tmp_path / "again"), tmp_path / "nothing")


def test_a_home_moved_to_another_folder_still_opens(
    town_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "SELECT building_code, residents FROM block.building ORDER BY ALL"
    before, told = sql(question, town_home), status(town_home)["feeds"]
    moved = Home(tmp_path / "elsewhere" / "home")
    moved.path.parent.mkdir()
    shutil.move(town_home.path, moved.path)
    monkeypatch.setenv("BLOCKDATA_HOME", str(moved.path))
    assert status(moved)["feeds"] == told
    assert_frame_equal(sql(question, moved), before)
    fill(moved, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(VILLAGE, 2))]})
    first, second = releases(moved)[0], publish(moved)
    assert second.changed
    assert named_elsewhere(moved) == [first]
    assert scripts_name_this_folder(moved) == [first]
    assert named_elsewhere(moved) == []
    assert str(moved.releases / first) in (moved.releases / first / "baseboard.sql").read_text(encoding="utf-8")
    verify_release(moved.releases / first)
