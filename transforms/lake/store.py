"""The lake's Delta tables, used narrowly: overwrite by predicate under a table lock, whole overwrite, plain reads.
The tables of the address library change together, through their journal (`transforms/lake/journal.py`).

A batch is in the lake exactly when its row stands in quality.batch, the last write of a load. Everything else a load
writes is an overwrite WHERE batch_id, so a rerun replaces what a killed run left; readers skip batches not listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from transforms.lake import kept_back
from transforms.lake.faults import storage_faults
from transforms.lake.journal import (
    JOURNAL,
    MERGE_ABOVE_FILES,
    Standing,
    base_row,
    is_journaled,
    operation_rows,
    overlaid,
    standing_of,
)
from transforms.lake.lock import table_lock
from transforms.lake.retyped import scan_as
from transforms.lake.schema import conformed, declared_schema
from transforms.lake.versions import Version, active, active_files, version_of
from transforms.lake.writing import write as _write

BATCH = "quality.batch"
REKEYED = "rekeyed"  # no delivery: keys corrected after the library changed
REPLAYED = "replayed"  # no delivery: rows of one that left quarantine
NO_DELIVERY = (REKEYED, REPLAYED)
DELIVERED = ("loaded", "accepted")
LET_IN = (*DELIVERED, *NO_DELIVERY)
MOST_BATCH_FILES = 32  # of quality.batch
# Written by every load, for many feeds, refused ones too: a refused batch's lines say why it was refused.
ABOUT_BATCHES = frozenset(
    f"quality.{name}" for name in ("quarantine", "validation", "match_rate", "reconciliation", "replay")
)
MERGED, MERGED_FROM = 512, 32  # files merged at a time, and how many there must be
_NAME = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_BATCH_ID = re.compile(r"[a-p]{16}")


@lru_cache(maxsize=4)
def _batches_told(version: Version) -> pl.DataFrame:
    """The rows of quality.batch. A load adds a file to it, and is asked for them often: each file is read once."""
    schema = declared_schema(BATCH) or {}
    rows = [_rows_of(version.path / name) for name in active(version)["path"].sort()]
    return pl.concat([pl.DataFrame(schema=schema), *rows])


@lru_cache(maxsize=256)
def _rows_of(path: Path) -> pl.DataFrame:
    """The rows of one file of quality.batch. A file never changes."""
    return scan_as([path], declared_schema(BATCH) or {}).collect()


@lru_cache(maxsize=4)
def _library_told(version: Version) -> Standing:
    """What the library's journal tells."""
    return standing_of([version.path / name for name in active(version)["path"].sort()])


@lru_cache(maxsize=4096)
def _batches_in(path: Path) -> frozenset[str]:
    """The batches a merged file holds rows of. A file never changes, so it is read once."""
    return frozenset(pl.read_parquet(path, columns=["batch_id"], hive_partitioning=False)["batch_id"].unique())


def is_batch_scoped(table: str) -> bool:
    """True for tables whose rows belong to one batch each and are visible only with it."""
    return table.startswith("record_history.") or table in ABOUT_BATCHES


@dataclass(frozen=True)
class Lake:
    """One lake. Cheap to make: it holds no connection.

    `batches` fixes which batches are seen, `library` which operations on the address library (see `pinned`); None means
    whatever there is at each read.
    """

    home: Home
    batches: pl.DataFrame | None = None
    library: Standing | None = None

    def pinned(self) -> Lake:
        """The same lake as of now: batches let in and library operations done later stay unseen, so that tables read
        one after another agree.
        """
        return replace(self, batches=self._batch_rows(), library=self.standing())

    def standing(self) -> Standing:
        """The address library as this lake sees it: which versions of its tables, which operations after them."""
        if self.library is not None:
            return self.library
        journal = version_of(self.path(JOURNAL))
        return _library_told(journal) if journal is not None else Standing()

    def path(self, table: str) -> Path:
        """Folder of a table, lake/<schema>/<table>."""
        if not _NAME.fullmatch(table):
            raise UsageError(f"{table!r} is no table", "name it as schema.table, e.g. address.unit")
        schema, name = table.split(".")
        return self.home.lake / schema / name

    def has(self, table: str) -> bool:
        """True when the table has been written at least once."""
        return version_of(self.path(table)) is not None

    def tables(self) -> list[str]:
        """Every table that has been written, sorted."""
        found = (path.parent for path in self.home.lake.glob("*/*/_delta_log"))
        return sorted(name for path in found if self.has(name := f"{path.parent.name}.{path.name}"))

    def version(self, table: str) -> int | None:
        """The Delta version that serves now, None before the first write."""
        now = version_of(self.path(table))
        return now.number if now is not None else None

    def versions(self) -> dict[str, int]:
        """Version by table, of every table there is."""
        return {table: number for table in self.tables() if (number := self.version(table)) is not None}

    def stored(self, table: str) -> list[tuple[Path, str]]:
        """Every active file of a batch-scoped table with the batch whose rows it holds, seen by readers or not."""
        rows = self._actions(table).select("path", "min.batch_id").sort("path").iter_rows()
        return [(self.path(table) / name, batch_id) for name, batch_id in rows]

    def files(self, table: str, version: int | None = None) -> list[Path]:
        """Active Parquet files of a pinned version, in the order they are read.

        Of a batch-scoped table only files of visible batches, in the order the batches were let in. A file of a history
        holds rows of one batch, for each batch is written alone; files of tables about batches may be merged (see
        `merge_batches`), which is an error here where only some of a file's batches are seen. Of an address table the
        files of the version that stands; nothing may be pending over it (see `settle_library`).
        """
        files, is_partial = self._files(table, version)
        if is_partial:
            raise BlockdataError(f"{table}: files were merged meanwhile", "run the same command again")
        return files

    def _files(self, table: str, version: int | None = None) -> tuple[list[Path], bool]:
        """`files`, and whether some hold rows of batches that are not seen."""
        if is_journaled(table) and version is None:
            standing = self.standing()
            if table in standing.pending:
                raise BlockdataError(f"{table}: operations stand in the journal alone", "settle the library first")
            return self._library_files(table, standing), False
        if not is_batch_scoped(table):
            return [self.path(table) / name for name in self._actions(table, version).get_column("path").sort()], False
        # First which batches are seen, then the files: a batch let in between is then missed whole, never by half.
        place = {batch_id: place for place, batch_id in enumerate(self._visible(table)["batch_id"])}
        actions = self._actions(table, version)
        is_one = (actions["min.batch_id"] == actions["max.batch_id"]).fill_null(False)
        merged = actions.filter(~is_one)["path"].to_list()
        if merged and table not in ABOUT_BATCHES:
            raise BlockdataError(f"{table}: a file holds rows of several batches", "loads alone may write this table")
        actions, several, is_partial = actions.filter(is_one), [], False
        for name in merged:
            held = _batches_in(self.path(table) / name)
            places = [place[batch_id] for batch_id in held if batch_id in place]
            is_partial |= 0 < len(places) < len(held)
            several += [(name, min(places))] if places else []
        seen = actions.with_columns(
            place=pl.col("min.batch_id").replace_strict(place, default=None, return_dtype=pl.Int64)
        ).filter(pl.col("place").is_not_null())
        rows = [*seen.select("path", "place").iter_rows(), *several]
        ordered = [name for name, _ in sorted(rows, key=lambda row: (row[1], row[0]))]
        return [kept_back.shown(self.home, self.path(table) / name) for name in ordered], is_partial

    def scan(self, table: str, feed_id: str | None = None) -> pl.LazyFrame:
        """The table lazily, in its declared schema; empty when never written.

        Rows of batch-scoped tables come in the order their batches were let in (what `fold` relies on).
        """
        schema = declared_schema(table)
        if is_journaled(table):
            return self._scan_library(table, self.standing())
        files, is_partial = self._files(table)
        if not files:
            return pl.LazyFrame(schema=schema or {})
        # A table nobody declares has the columns that were written.
        frame = scan_as(files, schema if schema is not None else pl.read_parquet_schema(files[0]))
        if is_partial:
            frame = frame.filter(pl.col("batch_id").is_in(self._visible(table)["batch_id"].implode()))
        if feed_id is not None:
            frame = frame.filter(pl.col("feed_id") == feed_id)
        return frame

    def scan_batches(self, table: str, batches: Sequence[str]) -> pl.LazyFrame:
        """Rows of some batches of a batch-scoped table, in the order they were let in; no other file is opened."""
        seen = set(batches)
        listed = self.batch_rows().filter(pl.col("batch_id").is_in(list(seen)))
        return replace(self, batches=listed).scan(table)

    def read(self, table: str, columns: list[str] | None = None, feed_id: str | None = None) -> pl.DataFrame:
        """The table in memory: `columns` of it, one feed's rows of it."""
        frame = self.scan(table, feed_id)
        return (frame.select(columns) if columns is not None else frame).collect()

    def listed(self, feed_id: str | None = None) -> pl.DataFrame:
        """Rows of quality.batch that are let in (see LET_IN), in the order they were committed."""
        rows = self.batch_rows(feed_id)
        return rows.filter(pl.col("status").is_in(LET_IN)).sort("committed_at", "batch_id")

    def batch_rows(self, feed_id: str | None = None) -> pl.DataFrame:
        """All rows of quality.batch, refused ones too."""
        rows = self.batches if self.batches is not None else self._batch_rows()
        return rows if feed_id is None else rows.filter(pl.col("feed_id") == feed_id)

    def batch_row(self, batch_id: str) -> dict[str, Any] | None:
        """The row of one batch, None when it does not stand in quality.batch."""
        rows = self.batch_rows().filter(pl.col("batch_id") == batch_id)
        return rows.row(0, named=True) if rows.height else None

    def write_batch(self, table: str, frame: pl.DataFrame, feed_id: str, batch_id: str) -> None:
        """Makes `frame` the batch's rows of `table`, whatever an earlier try left there."""
        if not is_batch_scoped(table):
            raise UsageError(f"{table} is not written batch by batch", "use Lake.replace")
        if "feed_id" in (declared_schema(table) or {}) and "feed_id" not in frame.columns:
            frame = frame.with_columns(feed_id=pl.lit(feed_id))
        self._overwrite_batch(table, frame.with_columns(batch_id=pl.lit(batch_id)), batch_id)

    def file_count(self, table: str) -> int:
        """Active files of a table, seen or not."""
        return self._actions(table).height

    def merge_batches(self, table: str) -> int:
        """Merges small files of committed batches of a table about batches, MERGED at a time, or of quality.batch;
        returns the files that are gone. The rows are the same; each merge is one commit of its own.
        """
        if table not in (BATCH, *ABOUT_BATCHES):
            raise UsageError(f"{table} is not merged", "only tables about batches are")
        with storage_faults(self.home.lake), table_lock(self.home, table):
            committed = replace(self, batches=None).batch_rows()["batch_id"].implode()
            small = self._actions(table).filter(
                pl.col("min.batch_id") == pl.col("max.batch_id"), pl.col("min.batch_id").is_in(committed)
            )
            gone = 0
            for part in small.sort("min.batch_id").iter_slices(MERGED):
                batches = part["min.batch_id"].unique().to_list()
                if part.height < MERGED_FROM:
                    break
                paths = [self.path(table) / name for name in part["path"]]
                rows = scan_as(paths, declared_schema(table) or {}).collect()
                told = ", ".join(f"'{batch_id}'" for batch_id in sorted(batches))
                _write(self.path(table), conformed(table, rows), f"batch_id IN ({told})")
                gone += part.height
            return gone

    def commit(self, batch_row: dict[str, Any]) -> None:
        """The last write of a load: from here on the batch is in the lake, or stands refused."""
        schema = declared_schema(BATCH) or {}
        frame = pl.DataFrame([batch_row], schema=schema)
        self._overwrite_batch(BATCH, frame, batch_row["batch_id"])
        self._gather_batches()

    def replace(self, table: str, frame: pl.DataFrame) -> None:
        """Makes `frame` the whole table (derived tables, the library). Readers see the old or the new."""
        if is_batch_scoped(table) or table == BATCH:
            raise UsageError(f"{table} is written batch by batch", "use Lake.write_batch")
        if is_journaled(table):
            self.replace_library({table: frame})
            return
        with storage_faults(self.home.lake), table_lock(self.home, table):
            _write(self.path(table), conformed(table, frame), None)

    def replace_library(self, frames: Mapping[str, pl.DataFrame], number: int | None = None) -> None:
        """Makes each frame the whole table of its name, all in one commit, and settles what was pending elsewhere.

        `number` is the operation's, None where no operation is told of. The caller holds the lake's lock.
        """
        with storage_faults(self.home.lake), table_lock(self.home, JOURNAL):
            standing = replace(self, library=None).standing()
            if standing.versions is None:  # said first, or of a first import that is killed a half would be seen
                standing = Standing(versions=self._library_versions())
                _write(self.path(JOURNAL), base_row(0, standing.versions or {}), None)
            rest = {table: self._scan_library(table, standing).collect() for table in standing.pending}
            written = {table: conformed(table, frame) for table, frame in {**rest, **frames}.items()}
            for table, frame in sorted(written.items()):
                _write(self.path(table), frame, None)
            versions = dict(standing.versions or {})
            versions |= {table: now for table in written if (now := self.version(table)) is not None}
            _write(self.path(JOURNAL), base_row(number or standing.number, versions), None)

    def change_library(self, changes: Mapping[str, pl.DataFrame]) -> int:
        """Commits one operation: the rows it puts into each table, by grain. Returns the operation's number.

        Nothing of the tables is rewritten. The caller holds the lake's lock and made the rows from this lake, pinned
        under it; another operation in between is an error.
        """
        with storage_faults(self.home.lake), table_lock(self.home, JOURNAL):
            standing = replace(self, library=None).standing()
            if self.library is not None and standing.number != self.library.number:
                raise BlockdataError("another process changed the library meanwhile", "run the same command again")
            if standing.versions is None:
                standing = Standing(versions=self._library_versions())
                _write(self.path(JOURNAL), base_row(0, standing.versions or {}), None)
            after = standing.with_changes(changes)
            if standing.files < MERGE_ABOVE_FILES:
                rows = operation_rows(after.number, {table: conformed(table, rows) for table, rows in changes.items()})
                _write(self.path(JOURNAL), rows, f"number = {after.number}")
            else:
                gathered = operation_rows(after.number, after.pending)
                _write(self.path(JOURNAL), pl.concat([base_row(standing.number, after.versions or {}), gathered]), None)
            return after.number

    def settle_library(self) -> None:
        """Writes pending operations into the tables. The library reads the same before and after."""
        if self.standing().pending:
            self.replace_library({})

    def _scan_library(self, table: str, standing: Standing) -> pl.LazyFrame:
        """An address table as it stands: the files of its version, pending rows laid over them."""
        schema = declared_schema(table)
        files = self._library_files(table, standing)
        frame = pl.LazyFrame(schema=schema or {})
        if files:
            frame = scan_as(files, schema if schema is not None else pl.read_parquet_schema(files[0]))
        return overlaid(table, frame, standing.pending[table]) if table in standing.pending else frame

    def _library_files(self, table: str, standing: Standing) -> list[Path]:
        if standing.versions is not None and table not in standing.versions:
            return []
        version = standing.versions[table] if standing.versions is not None else None
        return [self.path(table) / name for name in self._actions(table, version)["path"].sort()]

    def _library_versions(self) -> dict[str, int]:
        return {table: number for table, number in self.versions().items() if is_journaled(table)}

    def _overwrite_batch(self, table: str, frame: pl.DataFrame, batch_id: str) -> None:
        if not _BATCH_ID.fullmatch(batch_id):
            raise UsageError(f"{batch_id!r} is no batch", "batch ids are 16 letters a-p")
        with storage_faults(self.home.lake), table_lock(self.home, table):
            # An empty frame matters only where an earlier try left rows.
            if frame.is_empty() and not self._holds(table, batch_id):
                return
            _write(self.path(table), conformed(table, frame), f"batch_id = '{batch_id}'")

    def _gather_batches(self) -> None:
        """A file a commit is many after a year, and every load reads them all: now and then they become one. The rows
        stay as they are, so a kill in between costs nothing.
        """
        if self._actions(BATCH).height > MOST_BATCH_FILES:
            from deltalake import DeltaTable

            with storage_faults(self.home.lake), table_lock(self.home, BATCH):
                DeltaTable(self.path(BATCH)).optimize.compact()

    def _holds(self, table: str, batch_id: str) -> bool:
        about = self._actions(table)
        return about.filter(pl.col("min.batch_id") <= batch_id, pl.col("max.batch_id") >= batch_id).height > 0

    def _visible(self, table: str) -> pl.DataFrame:
        """Batches whose rows a reader of this table sees: history only of those let in."""
        if table in ABOUT_BATCHES:
            return self.batch_rows().sort("committed_at", "batch_id")
        return self.listed(table.split(".")[1])

    def _batch_rows(self) -> pl.DataFrame:
        now = version_of(self.path(BATCH))
        return _batches_told(now) if now is not None else pl.DataFrame(schema=declared_schema(BATCH))

    def _actions(self, table: str, version: int | None = None) -> pl.DataFrame:
        """Active files: path, min.batch_id, max.batch_id (what the log tells of them)."""
        asked = version_of(self.path(table), version)
        if asked is not None:
            return active(asked)
        if version is not None and self.has(table):  # its entry is cleared away, a checkpoint may tell of it
            return active_files(self.path(table), version)
        return pl.DataFrame(schema=dict.fromkeys(("path", "min.batch_id", "max.batch_id"), pl.String))
