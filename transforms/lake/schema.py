"""Which columns a lake table has: the declarations of `schemas`, whatever frame a step hands over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from schemas.table import Table


def declared_table(table: str) -> Table | None:
    """The declaration of `schema.table`; those of record.<feed> come from the feed's contract. None: undeclared."""
    from schemas.table import load_tables, record_history_table, record_table

    schema, name = table.split(".", 1)
    if schema in ("record", "record_history"):
        from schemas.contract import contract_of

        derive = record_table if schema == "record" else record_history_table
        return derive(contract_of(name))
    return load_tables().get(table)


def declared_schema(table: str) -> dict[str, pl.DataType] | None:
    """Column → Polars type of a declared table, else None."""
    declared = declared_table(table)
    return declared.polars_schema() if declared is not None else None


def conformed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with exactly the declared columns, typed and ordered; as it is for a table nobody declares."""
    declared = declared_table(table)
    return declared.conform(frame) if declared is not None else frame
