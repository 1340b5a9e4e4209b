"""Which columns a lake table has: the declarations of `schemas`, whatever frame a step hands over."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from schemas.table import Table


def declared_table(table: str) -> Table | None:
    """The declaration of `schema.table`; those of record.<feed> come from the feed's contract. None: undeclared."""
    from schemas.table import load_tables

    schema, name = table.split(".", 1)
    if schema in ("record", "record_history"):
        from schemas.contract import contract_of, contract_path

        path = contract_path(name)
        if not path.is_file():
            contract_of(name)  # says which feeds there are
        return _derived(schema, name, path, path.stat().st_mtime_ns)
    return load_tables().get(table)


def declared_schema(table: str) -> dict[str, pl.DataType] | None:
    """Column → Polars type of a declared table, else None."""
    declared = declared_table(table)
    return declared.polars_schema() if declared is not None else None


def conformed(table: str, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with exactly the declared columns, typed and ordered; as it is for a table nobody declares."""
    declared = declared_table(table)
    return declared.conform(frame) if declared is not None else frame


@lru_cache(maxsize=256)
def _derived(schema: str, feed_id: str, path: Path, changed: int) -> Table:
    """The table of a contract file as of its last change: a load asks for it dozens of times."""
    from schemas.contract import load_contract
    from schemas.record_table import record_history_table, record_table

    return (record_table if schema == "record" else record_history_table)(load_contract(path))
