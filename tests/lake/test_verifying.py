"""A release is checked beside what goes on from it: nothing of it is read before it was hashed, nothing is told of it
that a damaged file explains."""

from __future__ import annotations

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from tests.faults.test_readers import flip
from tests.test_release import made
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest
from transforms.lake.verifying import verifying

NAME = "2026-03-04.01"


def first_of(*schemas: str):  # type: ignore[no-untyped-def]
    return lambda path: int(path.split("/")[0] not in schemas)


def test_a_sound_release_has_nothing_to_wait_for(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    with verifying(path, first_of("address")) as checking:
        checking.table("population.person")
        checking.table("a table it has not")
        checking.everything()
        assert set(checking.checks) == {
            file.path
            for files in (
                *(entry.all_files for entry in read_manifest(path).tables.values()),
                *read_manifest(path).other_files.values(),
            )
            for file in files
        }
    with verifying(None, first_of()) as checking:
        checking.table("address.building")
        checking.everything()


def test_what_decides_first_is_checked_before_anything_is_done(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    flip(path / read_manifest(path).tables["address.building"].files[0].path)
    with pytest.raises(ReleaseDamaged, match="address/building"), verifying(path, first_of("address")):
        pytest.fail("the block began")


def test_a_damaged_table_is_not_read_and_a_sound_one_is(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    flip(path / read_manifest(path).tables["population.person"].files[0].path)
    with pytest.raises(ReleaseDamaged, match="population/person"), verifying(path, first_of()) as checking:
        checking.table("address.building")
        checking.table("population.person")
        pytest.fail("it was read")


def test_the_end_waits_for_what_nobody_asked_about(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    flip(path / "baseboard.duckdb")
    with pytest.raises(ReleaseDamaged, match=r"baseboard\.duckdb"), verifying(path, first_of()):
        pass


def test_what_follows_from_damage_is_told_as_damage(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    flip(path / "baseboard.duckdb")
    with pytest.raises(ReleaseDamaged) as damaged, verifying(path, first_of()):
        raise ValueError("nothing reads as it should")
    assert isinstance(damaged.value.__cause__, ValueError)


def test_what_fails_beside_a_sound_release_is_told_as_it_is(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    with pytest.raises(ValueError, match="its own"), verifying(path, first_of()):
        raise ValueError("a fault of its own")


def test_a_file_no_manifest_names_is_no_release(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    (path / "strange.parquet").write_bytes(b"?")
    with pytest.raises(ReleaseDamaged, match="strange"), verifying(path, first_of()):
        pytest.fail("the block began")


def test_a_manifest_that_cannot_be_read_is_damage_and_a_folder_without_one_no_release(home: Home) -> None:
    path = made(home, NAME, "一号楼")
    manifest = path / "manifest.json"
    manifest.write_bytes(manifest.read_bytes()[:-9])
    with pytest.raises(ReleaseDamaged, match="backup"):
        read_manifest(path)
    manifest.unlink()
    with pytest.raises(UsageError, match="no release"):
        read_manifest(path)
