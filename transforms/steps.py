"""The neighbours a load calls, by the names of DESIGN section 5. Tests may give stand-ins; nothing else should."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from threading import Lock
from typing import Any

import polars as pl

from schemas.contract import Contract
from schemas.errors import UsageError
from schemas.home import Home
from transforms.cleaning.tokens import Keys
from transforms.lake import edition
from transforms.lake.store import Lake
from transforms.reading.source import Reading, SourceFile

Progress = Callable[[str, int], None]  # step, rows it is about to handle
_OPENING = Lock()  # of two threads that want the library one prepares it


@dataclass(frozen=True)
class Steps:
    """read → row_hash → clean → key → measure → judge; and the library.

    `record_ids` names raw rows, null where a key cannot be read: whose rows were kept out.
    """

    read: Callable[[Sequence[SourceFile], Contract], Reading]
    row_hash: Callable[[pl.DataFrame, Contract, Keys], pl.Series]
    record_ids: Callable[[pl.DataFrame, Contract, date, Keys], pl.Series]
    clean: Callable[[pl.DataFrame, Contract, date, Keys], Any]
    open_library: Callable[[Home], Any]
    key: Callable[[pl.DataFrame, Any], pl.DataFrame]
    measure: Callable[..., pl.DataFrame]
    judge: Callable[..., Any]


def the_steps() -> Steps:
    """The real ones, imported here because they are heavy."""
    from expectations.gate import judge
    from expectations.metrics import batch_metrics
    from transforms.addressing.key import key_addresses
    from transforms.cleaning.clean import clean
    from transforms.cleaning.record_id import record_ids
    from transforms.cleaning.tokens import row_hash
    from transforms.reading.read import read

    return Steps(read, row_hash, record_ids, clean, open_library, key_addresses, batch_metrics, judge)


def open_library(home: Home) -> Any:
    """The current address library, or UsageError saying how to get one.

    Kept for the next batch of this process: preparing it takes seconds, and it is the same until its tables change.
    """
    lake = Lake(home)
    standing = lake.standing()
    imported = standing.versions is None or "address.building" in {*standing.versions, *standing.pending}
    if not lake.has("address.building") or not imported:  # a killed first import leaves tables that nobody sees
        raise UsageError(
            f"there is no address library in {home.lake}", "import one first: blockdata library import DIR"
        )
    with _OPENING:
        return _library(home, edition.written_now(lake))


@lru_cache(maxsize=1)
def _library(home: Home, written: edition.Written) -> Any:
    from transforms.addressing.library import AddressLibrary

    library = AddressLibrary.open(home)
    lake = Lake(home)
    if edition.written_now(lake) == written:  # nothing was written while it was read
        edition.note(lake, library.version, edition.versions_of(written))
    return library
