"""The tables of the baseboard, declared once in schemas/tables/<schema>.<table>.yaml, and the shape they promise.

The columns of `block.*` after its place columns are the measures of schemas/measures; the two tables of each feed
follow from its contract (schemas/record_table.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from schemas.declaration import declare
from schemas.errors import ContractError
from schemas.measure import load_measures
from schemas.record_table import cleaned_columns, cleaned_name, record_history_table, record_table
from schemas.table_shape import POLARS_TYPES, ColumnType, Table, TableColumn

__all__ = [
    "POLARS_TYPES",
    "ColumnType",
    "Table",
    "TableColumn",
    "cleaned_columns",
    "cleaned_name",
    "load_tables",
    "record_history_table",
    "record_table",
    "table_of",
]

TABLES_FOLDER = Path(__file__).parent / "tables"


@cache
def load_tables(folder: Path | None = None) -> dict[str, Table]:
    """Every declared table by name, sorted; the tables of single feeds are not among them."""
    tables = [_load(path) for path in sorted((folder or TABLES_FOLDER).glob("*.yaml"))]
    return {table.name: table for table in tables}


def table_of(name: str) -> Table:
    """One declared table, or KeyError."""
    return load_tables()[name]


def _load(path: Path) -> Table:
    table = declare(path, Table)
    if table.name != path.stem:
        raise ContractError(str(path), "name", f"{table.name} does not stand in {table.name}.yaml", "rename the file")
    schema, _, level = table.name.partition(".")
    return _with_measures(table, level) if schema == "block" else table


def _with_measures(table: Table, level: str) -> Table:
    measures = [
        TableColumn(
            name=measure.id, type=measure.type, chinese=measure.title, unit=measure.unit, description=measure.english
        )
        for measure in load_measures().values()
        if level in measure.levels
    ]
    return Table(**{**dict(table), "columns": [*table.columns, *measures]})
