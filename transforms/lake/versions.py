"""Versions of a Delta table on disk, told by the names in its log: opening a table costs milliseconds, and a load asks
dozens of times.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from deltalake import DeltaTable

_ENTRY = re.compile(r"\d{20}\.json$")


@dataclass(frozen=True)
class Version:
    """A version of a table on disk: its number and the log entry it ends with, told by time and place on the disk, so
    that another table at the same path is another thing. A version never changes: what it says is asked once."""

    path: Path
    number: int
    changed: int
    inode: int


def version_of(path: Path, number: int | None = None) -> Version | None:
    """The version that serves now (or `number`), by the names in its log; None where no entry of it is there."""
    log = path / "_delta_log"
    try:
        if number is None:
            with os.scandir(log) as entries:
                last = max((entry.name for entry in entries if _ENTRY.match(entry.name)), default=None)
            if last is None:
                return None
            number = int(last[:20])
        entry = (log / f"{number:020d}.json").stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Version(path, number, entry.st_mtime_ns, entry.st_ino)


def active(version: Version) -> pl.DataFrame:
    """What the log tells of the active files: path, min.batch_id, max.batch_id. Asked once of a version."""
    told = _told(version)
    if not told:
        told.append(active_files(version.path, version.number))
    return told[0]


def told_by(table: DeltaTable, version: Version) -> None:
    """The same is known of a version without asking, where the table stands open at it."""
    _told(version).append(_files_of(table))


@lru_cache(maxsize=1024)
def _told(version: Version) -> list[pl.DataFrame]:
    """What is known of a version so far: nothing, or what `active` says, once or more often."""
    return []


def active_files(path: Path, number: int | None) -> pl.DataFrame:
    """The same of a version whose log entry may be cleared away: a checkpoint may tell of it. The table is opened."""
    from deltalake import DeltaTable

    return _files_of(DeltaTable(path, version=number))


def _files_of(table: DeltaTable) -> pl.DataFrame:
    empty = pl.DataFrame(schema=dict.fromkeys(("path", "min.batch_id", "max.batch_id"), pl.String))
    actions = pl.DataFrame(table.get_add_actions(flatten=True))
    return pl.concat([empty, actions.select(name for name in empty.columns if name in actions.columns)], how="diagonal")
