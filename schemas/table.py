"""The tables of the baseboard, declared once in schemas/tables/<schema>.<table>.yaml, and the shape they promise.

The columns of `block.*` after its place columns are the measures of schemas/measures; the two tables of each feed
follow from its contract (schemas/record_table.py).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import model_validator

from schemas.declaration import Strict, declare
from schemas.errors import ContractError
from schemas.measure import load_measures

TABLES_FOLDER = Path(__file__).parent / "tables"
LEVELS = ("building", "grid", "community", "street", "district")

ColumnType = Literal["string", "date", "timestamp", "int32", "int64", "float64", "boolean", "binary", "list<string>"]
POLARS_TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us"),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "float64": pl.Float64(),
    "boolean": pl.Boolean(),
    "binary": pl.Binary(),
    "list<string>": pl.List(pl.String()),
}


class TableColumn(Strict):
    """One column: English name, Chinese term, unit where it has one."""

    name: str
    type: ColumnType
    chinese: str
    unit: str | None = None
    description: str = ""

    @property
    def comment(self) -> str:
        """The comment a person sees on the column: Chinese term, unit, explanation."""
        head = f"{self.chinese}（{self.unit}）" if self.unit else self.chinese
        return f"{head}: {self.description}" if self.description else head


class Table(Strict):
    """One table: `grain` are the columns that tell its rows apart; `profile` says who may open it."""

    name: str
    chinese: str
    description: str
    grain: list[str]
    profile: Literal["place", "person"]
    columns: list[TableColumn]

    @model_validator(mode="after")
    def hangs_together(self) -> Table:
        """Columns stand once, and the grain is made of them."""
        names = self.column_names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"column given twice: {', '.join(twice)}")
        strange = [name for name in self.grain if name not in names]
        if strange or not self.grain:
            raise ValueError(f"grain must name columns of the table, not {', '.join(strange) or 'nothing'}")
        return self

    @property
    def column_names(self) -> list[str]:
        """The columns in order."""
        return [column.name for column in self.columns]

    @property
    def comment(self) -> str:
        """The comment a person sees on the table."""
        return f"{self.chinese}: {self.description}"

    def polars_schema(self) -> dict[str, pl.DataType]:
        """Column name to Polars type, in order."""
        return {column.name: POLARS_TYPES[column.type] for column in self.columns}

    def empty(self) -> pl.DataFrame:
        """No rows, the declared columns."""
        return pl.DataFrame(schema=self.polars_schema())

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The declared columns in order and type; missing ones are null, an unknown one is ValueError."""
        unknown = [name for name in frame.columns if name not in set(self.column_names)]
        if unknown:
            raise ValueError(f"{self.name} has no column {', '.join(unknown)}; declare it in its YAML or drop it")
        present = set(frame.columns)
        return frame.select(
            (pl.col(name).cast(dtype) if name in present else pl.lit(None, dtype=dtype).alias(name))
            for name, dtype in self.polars_schema().items()
        )


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
