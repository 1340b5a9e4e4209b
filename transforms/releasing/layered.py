"""What the judge is told of a draft's tables beside their rows: what each holds (measures are remembered by it, too),
and of those in layers which rows are new since the files that stand were the whole table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from expectations.layered import Layered
from transforms.lake import layers
from transforms.lake.letters import letters_of
from transforms.lake.release_manifest import TableEntry
from transforms.releasing.draft import Draft


def contents_of(tables: Mapping[str, TableEntry]) -> dict[str, str]:
    """Hash by table of what a release, or a draft, holds."""
    return {name: letters_of(*(file.sha256 for file in entry.all_files)) for name, entry in tables.items()}


def layered_of(made: Draft) -> dict[str, Layered]:
    """Those of the tables put in that lie in layers. `base` is what `contents_of` said when it was the whole table."""
    return {name: _layered(made.folder, entry) for name, entry in made.tables.items() if entry.hidden is not None}


def _layered(folder: Path, entry: TableEntry) -> Layered:
    base = entry.files[:-1]
    return Layered(
        letters_of(*(file.sha256 for file in base)),
        standing=pl.concat(layers.file_rows(folder, entry, number) for number in range(len(base))),
        gone=pl.concat(layers.gone_rows(folder, entry, number) for number in range(len(base))),
        news=layers.file_rows(folder, entry, len(base)),
    )
