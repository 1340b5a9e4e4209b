"""release.change: per table what was inserted, updated, deleted, unchanged since the release before, by grain."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from schemas.table import Table
from transforms.lake import layers
from transforms.lake.release_manifest import Manifest, TableEntry
from transforms.lake.retyped import scan_as


def change(
    table: Table, entry: TableEntry, folder: Path, previous: Manifest | None, before: Path | None
) -> dict[str, object]:
    """One row of release.change. `folder` and `before` are the two releases' folders."""
    old_entry = previous.tables.get(table.name) if previous is not None else None
    counts = {"inserted": entry.rows, "updated": 0, "deleted": 0, "unchanged": 0}
    if old_entry is not None and before is not None:
        # What both releases hold byte for byte is unchanged; history grows by whole files: little is left to compare.
        shared = {file.sha256 for file in entry.files} & {file.sha256 for file in old_entry.files}
        if entry.hidden is not None or old_entry.hidden is not None:
            shared = set()  # of a shared file other rows may stand
        kept = sum(file.rows for file in entry.files if file.sha256 in shared)
        came = entry.rows - kept
        gone = old_entry.rows - sum(file.rows for file in old_entry.files if file.sha256 in shared)
        if not came or not gone:  # a history that grew has no row left to compare with
            return _told(table, previous, {"inserted": came, "updated": 0, "deleted": gone, "unchanged": kept})
        new, old = _hashed(table, folder, entry, shared), _hashed(table, before, old_entry, shared)
        both = new.join(old, on="grain", how="inner", suffix="_old")
        same = both.filter(pl.col("row") == pl.col("row_old")).height
        counts = {
            "inserted": new.height - both.height,
            "updated": both.height - same,
            "deleted": old.height - both.height,
            "unchanged": kept + same,
        }
    return _told(table, previous, counts)


def _told(table: Table, previous: Manifest | None, counts: dict[str, int]) -> dict[str, object]:
    return {"table_name": table.name, **counts, "previous_release": previous.release if previous else None}


def _hashed(table: Table, folder: Path, entry: TableEntry, shared: set[str]) -> pl.DataFrame:
    """Hash of the grain and of the whole row, one row a row of the files that are not shared."""
    schema = table.polars_schema()
    lists = [name for name, dtype in schema.items() if isinstance(dtype, pl.List)]
    parts = [pl.DataFrame(schema={"grain": pl.UInt64, "row": pl.UInt64})]
    for number, file in enumerate(entry.files):
        if file.sha256 in shared:
            continue
        frame = layers.file_rows(folder, entry, number) if entry.hidden else scan_as([folder / file.path], schema)
        frame = frame.select(list(schema)) if set(schema) <= set(frame.collect_schema()) else frame
        rows = frame.with_columns(pl.col(name).list.join("\x1f") for name in lists).collect()
        parts.append(pl.DataFrame({"grain": rows.select(table.grain).hash_rows(1), "row": rows.hash_rows(2)}))
    return pl.concat(parts)
