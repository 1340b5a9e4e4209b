"""What a table is: its columns with type, Chinese term and unit, its grain, its profile."""

from __future__ import annotations

from typing import Literal

import polars as pl
from pydantic import model_validator

from schemas.declaration import Strict

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
