"""The one place where Delta tables of the lake are written: an overwrite of the version that serves, read under a lock.

Opening a table costs what writing a small batch to it costs, and a load writes six. So a table that was written stays
open in this process: the next write brings it up to date from the log, unless another table lies at its place by now.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Literal

import polars as pl

from schemas.errors import BlockdataError
from transforms.lake.versions import Version, told_by, version_of

if TYPE_CHECKING:
    from deltalake import DeltaTable

# A checkpoint every ten writes: opening a table replays the log since the last one.
CONFIGURATION = {"delta.enableDeletionVectors": "false", "delta.checkpointInterval": "10"}
# Which batch a file holds is read from the log, which knows the first 32 columns alone unless told.
PER_BATCH = {"delta.dataSkippingStatsColumns": "batch_id"}
MOST_OPEN = 16  # tables: those about batches, and the histories of some feeds
MOST_BEHIND = 32  # versions: further behind a table is opened anew


@dataclass(frozen=True)
class _Open:
    """A table as it was left after a write, at the version that write made."""

    table: DeltaTable
    at: Version


_OPEN: OrderedDict[Path, _Open] = OrderedDict()
_TAKING = Lock()


def write(path: Path, frame: pl.DataFrame, predicate: str | None) -> None:
    """Makes `frame` the rows that meet the predicate, or the whole table where there is none.

    The caller holds the table's lock. Delta refuses the commit when another writer was there in between, so a lock lost
    on a bad network disk ends in an error and never in both writes.
    """
    from deltalake import write_deltalake
    from deltalake.exceptions import CommitFailedError

    table = _opened(path)
    try:
        if table is None:
            settings = CONFIGURATION | (PER_BATCH if predicate else {})
            write_deltalake(path, frame, mode="overwrite", configuration=settings)
            return
        merges = predicate is not None and not _retypes(table, frame)
        schema_mode: Literal["merge", "overwrite"] = "merge" if merges else "overwrite"
        write_deltalake(table, frame, mode="overwrite", predicate=predicate, schema_mode=schema_mode)
    except CommitFailedError as error:
        raise BlockdataError(
            f"{path.name}: another process wrote at the same moment", "run the same command again"
        ) from error
    _stays_open(path, table)


def _opened(path: Path) -> DeltaTable | None:
    """The table at the version that serves now, None where there is none yet. Nobody else has it until it is written:
    one that a write fails on is not kept."""
    from deltalake import DeltaTable

    with _TAKING:
        left = _OPEN.pop(path, None)
    now = version_of(path)
    if now is None:
        return DeltaTable(path) if DeltaTable.is_deltatable(str(path)) else None
    if left is None or now.number - left.at.number > MOST_BEHIND or version_of(path, left.at.number) != left.at:
        return DeltaTable(path)
    if now != left.at:
        left.table.update_incremental()
    return left.table


def _stays_open(path: Path, table: DeltaTable) -> None:
    """Keeps it for the next write, and tells readers what its log says."""
    now = version_of(path, table.version())
    if now is None:
        return
    told_by(table, now)
    with _TAKING:
        _OPEN[path] = _Open(table, now)
        while len(_OPEN) > MOST_OPEN:
            _OPEN.popitem(last=False)


def _retypes(table: DeltaTable, frame: pl.DataFrame) -> bool:
    """True when a column came with another type than the table's: a merge would cast the new rows to the old type.

    The files of other batches keep theirs; `Lake.scan` reads them in the declared one.
    """
    from deltalake import Schema

    stored = {field.name: str(field.type) for field in table.schema().fields}
    given = {field.name: str(field.type) for field in Schema.from_arrow(frame.schema).fields}
    return any(stored.get(name, kind) != kind for name, kind in given.items())
