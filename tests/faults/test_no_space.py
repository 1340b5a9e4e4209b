"""A full disk: a clear word, nothing half in the lake, and the same command works once there is space."""

from __future__ import annotations

import errno
import os
import resource
from datetime import date
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from schemas.errors import BlockdataError
from schemas.home import Home
from tests.faults import days
from tests.small import LODGERS, deliver, lodger, standins
from transforms.lake import archive, store
from transforms.lake.faults import StorageFault, storage_faults
from transforms.lake.store import Lake
from transforms.load import load_files

DAY = date(2026, 3, 2)
FULL = OSError(errno.ENOSPC, "No space left on device")


class DeltaFull(Exception):
    """What the Delta writer raises: the system's number in the text alone."""

    def __init__(self) -> None:
        super().__init__("Generic LocalFileSystem error: Unable to copy data: No space left on device (os error 28)")


@pytest.fixture
def path(small_home: Home, tmp_path: Path) -> Path:
    return deliver(tmp_path / "drop", LODGERS, DAY, [*(lodger(number) for number in range(1, 9)), lodger(9, colour="")])


def refused_for_space(home: Home, path: Path) -> None:
    with pytest.raises(StorageFault, match="no space left") as told:
        load_files(LODGERS, [path], None, home, steps=standins())
    assert "free some space" in told.value.mend and told.value.exit_code == 1


@pytest.mark.parametrize("error", [FULL, DeltaFull()], ids=["python", "delta"])
@pytest.mark.parametrize("failing", range(1, 7))
def test_full_at_each_write_of_a_load(
    small_home: Home, path: Path, monkeypatch: pytest.MonkeyPatch, failing: int, error: Exception
) -> None:
    """A load with a quarantined row makes six writes; the last lets the batch in."""
    write, count = store._write, [0]

    def filling(*arguments: Any) -> None:
        count[0] += 1
        if count[0] == failing:
            raise error
        write(*arguments)

    monkeypatch.setattr(store, "_write", filling)
    refused_for_space(small_home, path)
    lake = Lake(small_home)
    assert lake.batch_rows().is_empty() and lake.read(f"record_history.{LODGERS}").is_empty()
    assert lake.read("quality.quarantine").is_empty()
    assert load_files(LODGERS, [path], None, small_home, steps=standins()).counts["inserted"] == 8
    assert count[0] == failing + 6


def test_full_while_sealing(small_home: Home, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as full:

        def failing(handle: int) -> None:
            raise FULL

        full.setattr(os, "fsync", failing)
        refused_for_space(small_home, path)
    assert archive.sealed(small_home) == []
    assert [file for file in small_home.archive.rglob("*") if file.is_file()] == []
    assert load_files(LODGERS, [path], None, small_home, steps=standins()).status == "loaded"


def test_a_disk_that_may_not_be_written(small_home: Home, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(*arguments: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(store, "_write", closed)
    with pytest.raises(StorageFault, match="may not be written"):
        load_files(LODGERS, [path], None, small_home, steps=standins())


def test_a_library_that_does_not_say_what_the_system_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is asked: Polars tells a full one as `Invalid thrift: transport error`."""

    def write() -> None:
        with storage_faults(tmp_path / "not" / "there"):
            raise pl.exceptions.ComputeError("parquet: File out of specification: Invalid thrift: transport error")

    with pytest.raises(pl.exceptions.ComputeError):
        write()

    def full(dir: Path) -> Any:
        assert dir == tmp_path
        raise FULL

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(StorageFault, match="no space left"):
        write()


def test_of_several_places_each_is_asked_and_all_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a load writes and what a library puts aside may lie on two disks."""
    home, aside = tmp_path / "home", tmp_path / "aside"
    asked = []

    def full(dir: Path) -> Any:
        asked.append(dir)
        if dir == aside:
            raise FULL
        return (tmp_path / "block").open("wb")

    for place in (home, aside):
        place.mkdir()
    monkeypatch.setattr("tempfile.TemporaryFile", full)
    with pytest.raises(StorageFault) as told, storage_faults(home, aside):
        raise pl.exceptions.ComputeError("Invalid thrift: transport error")
    assert asked == [home, aside] and f"{home} or {aside}" in told.value.message


def _load_with_room_for(size: int, home: Home, path: Path, told: Queue[str]) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    try:
        load_files(LODGERS, [path], None, home, steps=standins())
    except BlockdataError as error:
        told.put(str(error))
    else:
        told.put("loaded")


@pytest.mark.fault("no space left", "the system refuses to let a file grow")
@pytest.mark.parametrize("size", [100, 3000], ids=["too small to seal", "too small for the lake"])
def test_a_real_write_that_does_not_fit(small_home: Home, path: Path, size: int) -> None:
    """The system itself refuses to let a file grow, in Python and in the Delta writer alike."""
    start, told = days.context().Barrier(1), days.context().Queue()
    process = days.child(_load_with_room_for, size, small_home, path, told, start=start)
    said = told.get(timeout=60)
    process.join(60)
    assert "no space left" in said and "free some space" in said
    assert Lake(small_home).batch_rows().is_empty()
    assert load_files(LODGERS, [path], None, small_home, steps=standins()).status == "loaded"
