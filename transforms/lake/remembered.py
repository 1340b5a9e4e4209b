"""Columns of the address library that every load asks for, in memory until the library changes."""

from __future__ import annotations

from threading import Lock

import polars as pl

from transforms.lake.store import Lake
from transforms.lake.versions import Version, version_of

_KEPT: dict[tuple[Version, int, tuple[str, ...]], pl.DataFrame] = {}  # of one state of the library at a time
_KEEPING = Lock()


def columns_of(lake: Lake, table: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """What `lake.read` says of an address table: the version that stands, and operations pending over it."""
    standing = lake.standing()
    now = version_of(lake.path(table), (standing.versions or {}).get(table))
    if now is None:  # never written, or its log entry is cleared away
        return lake.read(table, list(columns))
    state = (now, standing.number, columns)
    with _KEEPING:  # of two loads that ask at once one reads
        if state not in _KEPT:
            frame = lake.read(table, list(columns))
            _KEPT.clear()
            _KEPT[state] = frame
        return _KEPT[state]
