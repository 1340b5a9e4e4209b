"""Editions of the address library: which Delta versions of address.* a library version was read from.

A library changes by overwriting its tables, and a Delta table keeps its earlier versions until it is vacuumed. So the
library that keyed a batch (quality.batch.library_version) can be read again, and compared with today's, without keeping
a copy of it. One small file an edition, lake/.editions/<library version>.json, written once.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from transforms.lake.faults import storage_faults
from transforms.lake.retyped import scan_as
from transforms.lake.schema import declared_schema
from transforms.lake.store import Lake

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary

Versions = dict[str, int]  # address table → Delta version


def versions_now(lake: Lake) -> Versions:
    """The versions of the address tables that serve now."""
    tables = [table for table in lake.tables() if table.startswith("address.")]
    return {table: version for table in tables if (version := lake.version(table)) is not None}


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


def library_of(lake: Lake, library_version: str) -> AddressLibrary | None:
    """The library of that version as it was, None when nobody noted it or its files are gone (vacuumed)."""
    from transforms.addressing.library import COLUMNS, AddressLibrary

    path = _path(lake, library_version)
    if not path.is_file():
        return None
    versions: Versions = json.loads(path.read_text(encoding="utf-8"))
    frames = {}
    try:
        for name in COLUMNS:
            table = f"address.{name}"
            if table in versions:
                schema = declared_schema(table) or {}
                frames[name] = scan_as(lake.files(table, versions[table]), schema).collect()
    except Exception:
        return None
    library = AddressLibrary.from_frames(frames)
    return library if library.version == library_version else None


def _path(lake: Lake, library_version: str) -> Path:
    return lake.home.lake / ".editions" / f"{library_version}.json"
