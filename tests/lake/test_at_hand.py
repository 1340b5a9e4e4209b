"""The table lookups ask is the same whether rooms are looked for or taken from the one there was."""

from __future__ import annotations

import duckdb

from transforms.lake import at_hand

LOOKED_UP = f"SELECT building_code, whole, first_unit, last_unit FROM board.{at_hand.LOOKUP}"
PACKED = "CREATE OR REPLACE TABLE board.block.building AS FROM (VALUES {}) AS t(building_code, residents)"


def test_where_rooms_lie_is_taken_from_the_table_there_was() -> None:
    with duckdb.connect() as con:
        con.execute("ATTACH ':memory:' AS board; CREATE SCHEMA board.address; CREATE SCHEMA board.block")
        con.execute("CREATE TABLE board.address.building AS FROM (VALUES ('A'), ('B'), ('C')) AS t(building_code)")
        con.execute("CREATE TABLE board.address.unit AS FROM (VALUES ('A'), ('B'), ('A')) AS t(building_code)")
        con.execute(PACKED.format("('A', 1::BIGINT)"))
        at_hand.put(con, "board")
        assert con.execute(LOOKED_UP).fetchall() == [("A", [1], 0, 2), ("B", None, 1, 1), ("C", None, None, None)]
        con.execute(PACKED.format("('B', 7::BIGINT)"))
        at_hand.put(con, "board", same_rooms=True)
        assert con.execute(LOOKED_UP).fetchall() == [("A", None, 0, 2), ("B", [7], 1, 1), ("C", None, None, None)]
        assert con.execute("SELECT count(*) FROM duckdb_indexes()").fetchall() == [(1,)]
