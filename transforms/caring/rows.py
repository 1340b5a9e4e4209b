"""A person's rows in the tables of the lake: found by mark or token, shown no more (restrict), taken out (erase)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl

from schemas.home import Home
from transforms.caring.subject import PERSON, entries
from transforms.cleaning.tokens import marks
from transforms.lake import kept_back
from transforms.lake.faults import storage_faults
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake

HISTORY = "record_history"
KEPT = (HISTORY, "quality", "address")  # what the lake holds; other tables stand there from earlier versions alone
STANDING = "standing"  # lake/standing: derived, made again by the next load


def show_no_more(home: Home) -> int:
    """Has readers see the tables without the persons who are restricted now; returns the rows kept back.

    The caller holds everybody's lock. Run again it does the same again.
    """
    restricted = [mark for mark, entry in entries(home).items() if entry.state == "restricted"]
    keys, index, rows = keys_of(home), dict[str, str](), 0

    def is_theirs(persons: pl.Series) -> pl.Series:
        return marks(persons, keys).is_in(restricted)

    with storage_faults(home.lake):
        for table in _histories(home) if restricted else []:
            for path, _, mine in _hits(Lake(home), table, is_theirs):
                name = path.relative_to(home.lake).as_posix()
                copy = home.lake / kept_back.FOLDER / name
                copy.parent.mkdir(parents=True, exist_ok=True)
                aside = copy.with_name(f".{copy.name}.{os.getpid()}")
                whole = pl.read_parquet(path, hive_partitioning=False)
                whole.filter(~mine).write_parquet(aside)
                aside.replace(copy)
                index[name] = name
                rows += int(mine.sum())
        kept_back.put_index(home, index)
        shutil.rmtree(home.lake / STANDING, ignore_errors=True)
    return rows


def take_out(home: Home, person_key: str) -> dict[str, int]:
    """Writes the batches that hold the person anew without; rows taken out by table. The caller holds everybody's lock.

    Each batch is one overwrite of its own rows, so it may be killed and run again.
    """
    done: dict[str, int] = {}
    lake = Lake(home)
    with storage_faults(home.lake):
        for table in _histories(home):
            theirs: dict[str, int] = {}
            for _, batch_id, mine in _hits(lake, table, lambda persons: persons == person_key):
                theirs[batch_id] = theirs.get(batch_id, 0) + int(mine.sum())
            if not theirs:
                continue
            records = _records(lake, table, lambda persons: persons == person_key)
            for batch_id in theirs:
                paths = [path for path, held in lake.stored(table) if held == batch_id]
                rows = pl.concat(
                    [pl.read_parquet(path, hive_partitioning=False) for path in paths], how="diagonal_relaxed"
                )
                is_mine = _is_mine(rows, records, lambda persons: persons == person_key)
                lake.write_batch(table, rows.filter(~is_mine), table.split(".")[1], batch_id)
            done[table] = sum(theirs.values())
        shutil.rmtree(home.lake / STANDING, ignore_errors=True)
        for table in lake.tables():
            if table.split(".")[0] not in KEPT:
                shutil.rmtree(lake.path(table))
    return done


def _histories(home: Home) -> list[str]:
    return [table for table in Lake(home).tables() if table.startswith(f"{HISTORY}.")]


def _hits(lake: Lake, table: str, is_theirs: Callable[[pl.Series], pl.Series]) -> Iterator[tuple[Path, str, pl.Series]]:
    """Files with rows of theirs, the batch, and which rows: also deletes, which name the record alone."""
    records = _records(lake, table, is_theirs)
    if records.is_empty():
        return
    for path, batch_id in lake.stored(table):
        rows = pl.read_parquet(path, columns=_columns(path), hive_partitioning=False)
        mine = _is_mine(rows, records, is_theirs)
        if mine.any():
            yield path, batch_id, mine


def _records(lake: Lake, table: str, is_theirs: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """record_id of every record that is, or once was, about them."""
    found = [pl.Series("record_id", [], pl.String)]
    for path, _ in lake.stored(table):
        if len(_columns(path)) == 2:
            rows = pl.read_parquet(path, columns=_columns(path), hive_partitioning=False)
            found.append(rows.filter(is_theirs(rows[PERSON]).fill_null(False))["record_id"])
    return pl.concat(found).unique()


def _is_mine(rows: pl.DataFrame, records: pl.Series, is_theirs: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """A row about them; of a record now about somebody else (a changed tenant) only what names nobody goes too."""
    if PERSON not in rows.columns:
        return rows["record_id"].is_in(records.implode())
    named = is_theirs(rows[PERSON]).fill_null(False)
    return named | (rows[PERSON].is_null() & rows["record_id"].is_in(records.implode()))


def _columns(path: Path) -> list[str]:
    there = pl.read_parquet_schema(path)
    return [name for name in ("record_id", PERSON) if name in there]
