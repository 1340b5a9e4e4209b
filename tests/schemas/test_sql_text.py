from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.sql_text import sql_text


@pytest.mark.parametrize("value", ["", "新安", "O'Hara", "''", "a'; DROP TABLE t; --", Path("/data/it's")])
def test_a_text_comes_back_as_it_went_in(value: object) -> None:
    assert duckdb.sql(f"SELECT {sql_text(value)}").fetchall() == [(str(value),)]
