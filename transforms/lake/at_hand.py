"""lookup.building of baseboard.duckdb: what a lookup asks of a building beside its row of address.building, in one.

A column store looks for each column apart, warm in a thirtieth of a millisecond, cold by reading a block: sixty
measures lie in two lists here, and a building's rooms are named by the first and the last of their rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from schemas.sql_text import sql_text

if TYPE_CHECKING:
    import duckdb

LOOKUP = "lookup.building"
READS = ("address.building", "address.unit", "block.building")  # changed, any of them has it made anew
LISTS = {"whole": "BIGINT", "fractions": "DOUBLE", "texts": "VARCHAR"}
COMMENTS = {
    "building_code": "建筑物编码",
    "whole": "整数指标: the BIGINT columns of block.building that address.building has not, in their order",
    "fractions": "小数指标: its DOUBLE columns, likewise",
    "texts": "文本: its VARCHAR columns, likewise",
    "first_unit": "首间: rowid in address.unit; other buildings' rooms may lie between first and last",
    "last_unit": "末间: rowid in address.unit",
}
Columns = Sequence[tuple[str, str]]  # name and kind of each


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> Columns:
    """Columns of a table as DuckDB has them."""
    told = con.execute(f"SELECT * FROM {table} LIMIT 0").description or []
    return [(str(column[0]), str(column[1])) for column in told]


def listed(block: Columns, of_building: Collection[str]) -> dict[str, list[str]]:
    """Which columns of block.building stand in which list, in order; those `of_building` has are left out."""
    return {
        name: [column for column, kind in block if kind == one and column not in of_building]
        for name, one in LISTS.items()
    }


def put(con: duckdb.DuckDBPyConnection, catalogue: str, *, same_rooms: bool = False) -> None:
    """Makes the table anew, with its index, from committed tables of the catalogue: rows have their rowid from then.
    With `same_rooms` it is there, made of the same buildings and rooms, and where rooms lie is taken from it."""
    rooms = f"{catalogue}.{LOOKUP}" if same_rooms else f"{catalogue}.address.unit GROUP BY building_code"
    first, last = ("first_unit", "last_unit") if same_rooms else ("min(rowid)", "max(rowid)")
    known = [name for name, _ in columns_of(con, f"{catalogue}.address.building")]
    lists = listed(columns_of(con, f"{catalogue}.block.building"), known)
    packed = [
        f"CASE WHEN packed.building_code IS NOT NULL THEN [{', '.join(columns)}]::{LISTS[name]}[] END AS {name}"
        for name, columns in lists.items()
    ]
    con.execute(f"CREATE SCHEMA IF NOT EXISTS {catalogue}.lookup")
    con.execute(
        f"CREATE OR REPLACE TABLE {catalogue}.{LOOKUP} AS"
        f" SELECT building_code, {', '.join(packed)}, first_unit, last_unit FROM {catalogue}.address.building"
        f" LEFT JOIN {catalogue}.block.building AS packed USING (building_code)"
        f" LEFT JOIN (SELECT building_code, {first} AS first_unit, {last} AS last_unit FROM {rooms})"
        " USING (building_code) ORDER BY building_code"
    )
    con.execute(
        f"COMMENT ON TABLE {catalogue}.{LOOKUP} IS '一键可知: for lookups; ask block.building and address.unit'"
    )
    for column, comment in COMMENTS.items():
        con.execute(f"COMMENT ON COLUMN {catalogue}.{LOOKUP}.{column} IS {sql_text(comment)}")
    con.execute(f"CREATE INDEX lookup_by_building ON {catalogue}.{LOOKUP} (building_code)")


def is_there(con: duckdb.DuckDBPyConnection, catalogue: str) -> bool:
    """Whether a database has the table: releases of earlier software lack it."""
    asked = "SELECT 1 FROM duckdb_tables() WHERE database_name = ? AND schema_name || '.' || table_name = ?"
    return bool(con.execute(asked, [catalogue, LOOKUP]).fetchall())
