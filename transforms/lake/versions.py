"""Versions of a Delta table on disk, told by the names in its log: opening a table costs milliseconds, and a load asks
dozens of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import polars as pl

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
            number = max((int(entry.stem) for entry in log.iterdir() if _ENTRY.match(entry.name)), default=None)
        if number is None:
            return None
        entry = (log / f"{number:020d}.json").stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Version(path, number, entry.st_mtime_ns, entry.st_ino)


@lru_cache(maxsize=1024)
def active(version: Version) -> pl.DataFrame:
    """What the log tells of the active files: path, min.batch_id, max.batch_id. Asked once of a version."""
    return active_files(version.path, version.number)


def active_files(path: Path, number: int | None) -> pl.DataFrame:
    """The same of a version whose log entry may be cleared away: a checkpoint may tell of it. The table is opened."""
    from deltalake import DeltaTable

    empty = pl.DataFrame(schema=dict.fromkeys(("path", "min.batch_id", "max.batch_id"), pl.String))
    actions = pl.DataFrame(DeltaTable(path, version=number).get_add_actions(flatten=True))
    return pl.concat([empty, actions.select(name for name in empty.columns if name in actions.columns)], how="diagonal")
