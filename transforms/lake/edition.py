"""Editions of the address library: where in the lake a library version was read from.

A library changes through its journal, and a Delta table keeps its earlier versions until it is vacuumed. So the library
that keyed a batch (quality.batch.library_version) can be read again, and compared with today's, without keeping a copy
of it. One small file an edition, lake/.editions/<library version>.json, written once.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError
from transforms.lake.faults import storage_faults
from transforms.lake.journal import JOURNAL, Standing, standing_of
from transforms.lake.store import Lake
from transforms.lake.versions import version_of

if TYPE_CHECKING:
    from pathlib import Path

    from transforms.addressing.library import AddressLibrary

EDITIONS = ".editions"
# Table, Delta version, and the time and place on the disk of the log entry it ends with.
Written = tuple[tuple[str, int, int, int], ...]
Versions = dict[str, int]  # table of the library → Delta version; the journal among them tells all that stands


def written_now(lake: Lake) -> Written:
    """The address tables and their journal as they are now: the same only while the library is the same."""
    folders = sorted((lake.home.lake / "address").glob("*/_delta_log"))
    found = {f"address.{folder.parent.name}": version_of(folder.parent) for folder in folders}
    return tuple((table, now.number, now.changed, now.inode) for table, now in found.items() if now is not None)


def versions_of(written: Written) -> Versions:
    """The versions of the tables that were as `written_now` told."""
    return {table: number for table, number, _, _ in written}


def note(lake: Lake, library_version: str, versions: Versions) -> None:
    """Remembers where a library version stands. The first note of a version stays: both say the same content."""
    path = _path(lake, library_version)
    if path.is_file():
        return
    with storage_faults(lake.home.lake):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.draft")
        draft.write_text(json.dumps(versions, sort_keys=True), encoding="utf-8")
        draft.replace(path)


def noted(lake: Lake) -> list[Path]:
    """The notes there are, named by library version."""
    return sorted((lake.home.lake / EDITIONS).glob("*.json"))


def library_of(lake: Lake, library_version: str) -> AddressLibrary | None:
    """The library of that version as it was, None when nobody noted it or its files are gone (vacuumed)."""
    from deltalake.exceptions import DeltaError
    from polars.exceptions import PolarsError

    from transforms.addressing.library import COLUMNS, AddressLibrary

    path = _path(lake, library_version)
    if not path.is_file():
        return None
    try:
        then = replace(lake, library=_standing(lake, json.loads(path.read_text(encoding="utf-8"))))
        library = AddressLibrary.from_frames({name: then.read(f"address.{name}") for name in COLUMNS})
    except (DeltaError, PolarsError, BlockdataError, OSError, ValueError):
        return None
    return library if library.version == library_version else None


def _standing(lake: Lake, versions: Versions) -> Standing:
    if JOURNAL in versions:
        return standing_of(lake.files(JOURNAL, versions[JOURNAL]))
    return Standing(versions=versions)


def _path(lake: Lake, library_version: str) -> Path:
    return lake.home.lake / EDITIONS / f"{library_version}.json"
