"""What is remembered of a table's versions is never told of another table, nor of a version that no longer serves."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
from deltalake import DeltaTable

from schemas.home import Home
from transforms.lake.store import Lake


def _write(lake: Lake, *values: int) -> None:
    lake.replace("quality.doubt_counts", pl.DataFrame({"n": list(values)}))


def test_a_version_is_told_by_its_log_and_rows_follow_each_write(tmp_path: Path) -> None:
    lake = Lake(Home(tmp_path))
    assert lake.version("quality.doubt_counts") is None
    for number, values in enumerate([(1,), (1, 2), (3,)]):
        _write(lake, *values)
        assert lake.version("quality.doubt_counts") == lake.versions()["quality.doubt_counts"] == number
        assert DeltaTable(lake.path("quality.doubt_counts")).version() == number
        assert lake.read("quality.doubt_counts")["n"].to_list() == list(values)
    assert len(lake.files("quality.doubt_counts", 1)) == 1
    assert pl.read_parquet(lake.files("quality.doubt_counts", 1))["n"].to_list() == [1, 2]


def test_another_lake_at_the_same_place_is_another_lake(tmp_path: Path) -> None:
    here, there = Lake(Home(tmp_path / "here")), Lake(Home(tmp_path / "there"))
    _write(here, 1)
    _write(there, 2)
    assert here.read("quality.doubt_counts")["n"].to_list() == [1]
    shutil.rmtree(tmp_path / "here")
    assert not here.has("quality.doubt_counts")
    shutil.copytree(tmp_path / "there", tmp_path / "here")
    assert here.read("quality.doubt_counts")["n"].to_list() == [2]


def test_what_a_checkpoint_alone_tells_is_still_read(tmp_path: Path) -> None:
    lake = Lake(Home(tmp_path))
    for value in range(12):
        _write(lake, value)
    table = lake.path("quality.doubt_counts")
    for entry in (table / "_delta_log").glob("*.json"):
        if int(entry.stem) <= 10 and (table / "_delta_log" / f"{10:020d}.checkpoint.parquet").is_file():
            entry.unlink()
    assert lake.read("quality.doubt_counts")["n"].to_list() == [11]
    assert pl.read_parquet(lake.files("quality.doubt_counts", 10))["n"].to_list() == [10]
