"""The journal of the address library (lake/address/journal): what makes a change of several address tables one change.

Its rows are a base (the Delta version of each address table) and, after it, operations: the rows an operation put into
each table, whole. One write of the journal is the commit; a reader takes the journal once and reads the tables at the
base's versions with the operations' rows laid over them, so it sees an operation whole or not at all. Settling writes
the tables anew and begins a new base; it loses nothing when it is killed, for the old base's versions stay.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from transforms.lake.schema import conformed, declared_table

JOURNAL = "address.journal"
MERGE_ABOVE_FILES = 32  # operations written alone; more are gathered into one file by the next operation
SCHEMA: dict[str, pl.DataType] = {
    "number": pl.Int64(),  # of the operation, from 1; of a base: of the last one in it
    "table_name": pl.String(),  # null for a base
    "versions": pl.String(),  # of a base: JSON, table → Delta version
    "content": pl.Binary(),  # of an operation: its rows of the table, an Arrow stream
}


@dataclass(frozen=True)
class Standing:
    """The library as of one moment. `versions` is None where no journal was ever written: the tables stand alone."""

    number: int = 0
    versions: Mapping[str, int] | None = None
    pending: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # table → rows later than its version
    files: int = 0

    def with_changes(self, changes: Mapping[str, pl.DataFrame]) -> Standing:
        """The library after one more operation."""
        pending = dict(self.pending)
        for table, frame in changes.items():
            pending[table] = _latest(table, [pending[table], frame] if table in pending else [frame])
        return Standing(self.number + 1, self.versions, pending, self.files)


def is_journaled(table: str) -> bool:
    """True for the tables of the address library, which only change through the journal."""
    return table.startswith("address.") and table != JOURNAL


def standing_of(files: Sequence[Path]) -> Standing:
    """The library a journal tells of; `files` are the journal's active files."""
    if not files:
        return Standing()
    rows = pl.read_parquet(list(files), glob=False, hive_partitioning=False).sort("number", maintain_order=True)
    bases = rows.filter(pl.col("versions").is_not_null())
    base = bases.row(-1, named=True)
    pending: dict[str, list[pl.DataFrame]] = {}
    for _, table, _, content in rows.filter(pl.col("table_name").is_not_null()).select(*SCHEMA).iter_rows():
        pending.setdefault(table, []).append(pl.read_ipc_stream(io.BytesIO(content)))
    number = rows["number"].max()
    assert isinstance(number, int)
    latest = {table: _latest(table, frames) for table, frames in pending.items()}
    return Standing(number, json.loads(base["versions"]), latest, len(files))


def base_row(number: int, versions: Mapping[str, int]) -> pl.DataFrame:
    """A base: nothing is pending after it."""
    told = json.dumps(dict(sorted(versions.items())))
    return pl.DataFrame([(number, None, told, None)], schema=SCHEMA, orient="row")


def operation_rows(number: int, changes: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """An operation, or several gathered: one row a table."""
    rows = [(number, table, None, _stream(frame)) for table, frame in sorted(changes.items())]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def overlaid(table: str, base: pl.LazyFrame, rows: pl.DataFrame) -> pl.LazyFrame:
    """`base` with `rows` in the place of those of the same grain."""
    rows, grain = conformed(table, rows), _grain(table, rows)
    kept = base.join(rows.lazy().select(grain).unique(), on=grain, how="anti", nulls_equal=True)
    return pl.concat([kept, rows.lazy()])


def _latest(table: str, frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    rows = pl.concat([conformed(table, frame) for frame in frames])
    return rows.unique(_grain(table, rows), keep="last", maintain_order=True)


def _grain(table: str, rows: pl.DataFrame) -> list[str]:
    declared = declared_table(table)
    return declared.grain if declared is not None else rows.columns


def _stream(frame: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.write_ipc_stream(content, compression="zstd")
    return content.getvalue()
