from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.home import Home
from transforms.caring.search import in_folder, search
from transforms.caring.subject import Subject

TOKEN = "abcdefgh" * 4


@pytest.mark.parametrize("cell", [f"'{TOKEN}'", f"['x', '{TOKEN}']", f"{{'of': '{TOKEN}'}}"])
def test_a_native_database_is_searched_in_texts_and_in_lists_of_them(cell: str, tmp_path: Path) -> None:
    folder = tmp_path / "releases"
    folder.mkdir()
    path = folder / "baseboard.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute(f"CREATE TABLE told AS SELECT {cell} AS cell, 1 AS number")
    done = search(Home(tmp_path), Subject("mark", TOKEN, ()))
    assert done.findings == ["releases/baseboard.duckdb"] and not done.unread
    assert search(Home(tmp_path), Subject("mark", "ponmlkji" * 4, ())).findings == []


@pytest.mark.parametrize("cell", [f"'{TOKEN}'", f"['x', '{TOKEN}']", f"{{'of': '{TOKEN}'}}"])
def test_a_parquet_file_is_searched_in_texts_and_in_lists_of_them(cell: str, tmp_path: Path) -> None:
    folder = tmp_path / "it's a release"
    folder.mkdir()
    rows = f'SELECT {cell} AS "a ""cell""", 1 AS number'
    duckdb.execute(f"COPY ({rows}) TO '{tmp_path}/one.parquet'")
    (tmp_path / "one.parquet").rename(folder / "part-0.parquet")
    assert in_folder(folder, Subject("mark", TOKEN, ()))
    assert not in_folder(folder, Subject("mark", "ponmlkji" * 4, ()))


def test_what_cannot_be_read_is_told_as_unread(tmp_path: Path) -> None:
    for name in ("torn.duckdb", "torn.parquet"):
        (tmp_path / name).write_bytes(b"no table at all")
    done = search(Home(tmp_path), Subject("mark", TOKEN, ()))
    assert [name.split(" ")[0] for name in done.unread] == ["torn.duckdb", "torn.parquet"]
