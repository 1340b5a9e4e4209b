"""Tables that stay open between writes: what is written is right whoever else wrote or replaced the table meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from deltalake import DeltaTable, write_deltalake

from schemas.errors import BlockdataError
from transforms.lake import writing
from transforms.lake.versions import active, version_of
from transforms.lake.writing import write


@pytest.fixture(autouse=True)
def nothing_open() -> Iterator[None]:
    writing._OPEN.clear()
    yield
    writing._OPEN.clear()


def put(path: Path, batch: str, *values: int) -> None:
    write(path, pl.DataFrame({"batch_id": [batch] * len(values), "value": values}), f"batch_id = '{batch}'")


def rows(path: Path) -> list[tuple[str, int]]:
    now = version_of(path)
    assert now is not None
    files = [path / name for name in active(now)["path"]]
    return sorted(pl.read_parquet(files, hive_partitioning=False).rows())


def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which tables are opened from now on."""
    told: list[str] = []
    make = DeltaTable.__init__

    def counting(self: DeltaTable, *given: object, **named: object) -> None:
        told.append(str(given[0]))
        make(self, *given, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(DeltaTable, "__init__", counting)
    return told


def test_a_table_is_opened_once_and_its_files_are_known(tmp_path, monkeypatch):
    path = tmp_path / "t"
    put(path, "a", 1)
    put(path, "b", 2)
    told = opened(monkeypatch)
    put(path, "c", 3, 4)
    put(path, "b", 5)
    assert rows(path) == [("a", 1), ("b", 5), ("c", 3), ("c", 4)]
    assert told == []


def test_what_another_process_wrote_meanwhile_stays(tmp_path, monkeypatch):
    path = tmp_path / "t"
    for batch in "abc":
        put(path, batch, 1)
    for number in range(writing.MOST_BEHIND + 3):  # so often that the table is opened anew in the end
        write_deltalake(path, pl.DataFrame({"batch_id": [f"x{number}"], "value": [number]}), mode="append")
        if number in (0, 1, 4):
            put(path, "a", number)
    put(path, "d", 9)
    theirs = [(f"x{number}", number) for number in range(writing.MOST_BEHIND + 3)]
    assert rows(path) == sorted([("a", 4), ("b", 1), ("c", 1), ("d", 9), *theirs])


def test_another_table_at_the_same_place_is_another_table(tmp_path):
    path = tmp_path / "t"
    for batch in "abc":
        put(path, batch, 1)
    shutil.copytree(path, tmp_path / "copy")
    put(path, "d", 1)
    shutil.rmtree(path)
    (tmp_path / "copy").rename(path)
    put(path, "e", 1)  # version 3 as well, of the copy
    assert rows(path) == [(batch, 1) for batch in "abce"]


def test_a_writer_in_between_is_an_error_and_the_next_write_is_right(tmp_path, monkeypatch):
    path = tmp_path / "t"
    put(path, "a", 1)
    put(path, "b", 1)
    taken = writing._opened

    def slow(at: Path) -> DeltaTable | None:
        table = taken(at)
        write_deltalake(
            at, pl.DataFrame({"batch_id": ["b"], "value": [7]}), mode="overwrite", predicate="batch_id = 'b'"
        )
        return table

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(writing, "_opened", slow)
        with pytest.raises(BlockdataError, match="another process wrote"):
            put(path, "b", 2)
    assert rows(path) == [("a", 1), ("b", 7)]
    put(path, "b", 3)
    assert rows(path) == [("a", 1), ("b", 3)]


def test_few_tables_stay_open(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "MOST_OPEN", 2)
    for _ in range(2):
        for name in "abc":
            put(tmp_path / name, "a", 1)
    assert list(writing._OPEN) == [tmp_path / "b", tmp_path / "c"]
