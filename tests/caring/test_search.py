from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.home import Home
from transforms.caring.search import search
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
