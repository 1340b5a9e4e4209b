"""A table of a release in layers: files that stand since an earlier release, which of their rows no longer do, and one
file of what changed since. A day that touches a hundredth of the rows writes that hundredth, not the table.

Nothing is merged by key when it is read: the hidden rows are named by file and place, so that a reader who passes them
over reads exactly the table. Above `REBASE_SHARE` the table is written whole again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from schemas.sql_text import sql_text
from schemas.table import Table
from transforms.lake.release_files import ReleaseFile, described, link, part_path
from transforms.lake.release_manifest import TableEntry

REBASE_SHARE = 0.125  # of the rows: passing over more costs readers more than writing the table anew
REBASE_FILES = 64 * 1024  # rows: below it a table is always written whole
COMPRESSION = 1  # zstd: against Polars' own 3 two thirds of the time to write, and files 2 to 7 % smaller
WINDOWS = 8  # places of a file a sample is read from
FILE, ROW = "file", "row"
HIDDEN = pl.Schema({FILE: pl.UInt32(), ROW: pl.UInt32()})


@dataclass(frozen=True)
class Counted:
    """What an update did, as release.change tells it."""

    inserted: int
    updated: int
    deleted: int
    unchanged: int


@dataclass(frozen=True)
class Groups:
    """All rows of some groups of a table, those with one of `keys` in a column, in one release and in a later one. Rows
    of other groups are the same in both, whether they stand here or not."""

    column: str
    keys: pl.Series
    was: pl.DataFrame
    now: pl.DataFrame


@dataclass(frozen=True)
class Moved:
    """Rows of a table of one release and of a later one that stand on the same files: the earlier is `stayed` and
    `gone`, the later `stayed` and `came`. A row written again among the changes is in both of these. `groups` are those
    in which rows moved, where they were at hand when the table was made."""

    stayed: pl.LazyFrame
    gone: pl.LazyFrame
    came: pl.LazyFrame
    groups: Groups | None = None


def sort_columns(table: Table) -> list[str]:
    """The order rows lie in: by building where the table knows one, then by grain."""
    first: Sequence[str] = ["building_code"] if "building_code" in table.column_names else []
    return [*first, *[name for name in table.grain if name not in first]]


def scan(folder: Path, entry: TableEntry) -> pl.LazyFrame:
    """The rows of a table that stand, in reading order."""
    return pl.concat([file_rows(folder, entry, number) for number in range(len(entry.files))])


def relation(folder: Path | None, entry: TableEntry) -> str:
    """The same as a DuckDB relation, to stand after FROM. Paths are relative to the release without a `folder`."""
    paths = [_quoted(folder, file) for file in entry.files]
    if entry.hidden is None:
        return f"read_parquet([{', '.join(paths)}], union_by_name = true)"
    hidden = f"read_parquet({_quoted(folder, entry.hidden)})"
    parts = [
        f"SELECT layer.* EXCLUDE (file_row_number) FROM read_parquet({path}, file_row_number = true) AS layer"
        f" ANTI JOIN (SELECT {ROW} FROM {hidden} WHERE {FILE} = {number}) AS hidden"
        f" ON layer.file_row_number = hidden.{ROW}"
        for number, path in enumerate(paths[:-1])
    ]
    return f"({' UNION ALL '.join([*parts, f'SELECT * FROM read_parquet({paths[-1]})'])})"


def write_whole(table: Table, rows: pl.DataFrame, folder: Path, number: int = 0) -> ReleaseFile:
    """The rows as a file of the table, in their declared shape, those of a building together."""
    path = part_path(table, folder, number)
    ordered(table, rows).write_parquet(path, compression_level=COMPRESSION)
    return described(path, folder, rows.height)


def ordered(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The frame in the table's shape, sorted by building and grain: a place's rows lie together, and reruns agree."""
    return table.conform(rows).sort(sort_columns(table), nulls_last=True)


def carried(entry: TableEntry, before: Path, folder: Path) -> TableEntry:
    """The table as the release before holds it: the same files under another name, not read."""
    for file in entry.all_files:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        link(before / file.path, folder / file.path)
    return entry


def some(folder: Path, entry: TableEntry, most: int) -> pl.DataFrame:
    """At most so many rows, from places spread evenly over each file, read without the rest; hidden ones among them,
    for what lies in a file can be read.
    """
    if sum(file.rows for file in entry.files) <= most:
        return pl.concat([pl.read_parquet(folder / file.path, hive_partitioning=False) for file in entry.files])
    parts = []
    for file in entry.files:
        length = max(1, most // (len(entry.files) * WINDOWS))
        for window in range(WINDOWS):
            lazy = pl.scan_parquet(folder / file.path, glob=False, hive_partitioning=False)
            parts.append(lazy.slice(file.rows * window // WINDOWS, min(length, file.rows // WINDOWS)))
    return pl.concat(pl.collect_all(parts))


def standing(before: Path, entry: TableEntry, wanted: pl.Expr, columns: Sequence[str] | None = None) -> pl.DataFrame:
    """Rows of the table that are wanted, with their places (file and row); of `columns` alone where they are named:
    rows lie scattered, and to read all of each is to decode most of the file."""
    parts = [file_rows(before, entry, number, keep_place=True).filter(wanted) for number in range(len(entry.files))]
    kept = pl.all() if columns is None else pl.col(*columns, FILE, ROW)
    return pl.concat(parts).select(kept).collect()


def updated(
    table: Table, entry: TableEntry, before: Path, folder: Path, *, replaced: pl.DataFrame, rows: pl.DataFrame
) -> tuple[TableEntry, Counted]:
    """The table with `rows` in the place of `replaced`, rows of it as of `standing`. What did not change stays; where
    `replaced` has some columns alone, the grain among them, all of it is known to have changed."""
    rows = table.conform(rows)
    grain = list(table.grain)
    gone, new = replaced, rows
    if set(table.column_names) <= set(replaced.columns):
        same = replaced.join(rows, on=table.column_names, how="semi", nulls_equal=True)
        gone = replaced.join(same.select(FILE, ROW), on=[FILE, ROW], how="anti")
        new = rows.join(same.select(table.column_names), on=table.column_names, how="anti", nulls_equal=True)
    updates = new.join(gone.select(grain), on=grain, how="semi", nulls_equal=True).height
    counted = Counted(new.height - updates, updates, gone.height - updates, entry.rows - gone.height)
    if new.is_empty() and gone.is_empty():
        return carried(entry, before, folder), counted
    base, patch = _split(entry)
    patched = pl.DataFrame(schema=table.polars_schema())
    if patch is not None:
        overwritten = gone.filter(pl.col(FILE) == len(base)).select(ROW)
        stands = pl.read_parquet(before / patch.path).with_row_index(ROW)
        patched = stands.join(overwritten, on=ROW, how="anti").drop(ROW)
    patched = pl.concat([patched, new])
    hidden = gone.filter(pl.col(FILE) < len(base)).select(FILE, ROW).cast(HIDDEN)
    if entry.hidden is not None:
        hidden = pl.concat([pl.read_parquet(before / entry.hidden.path), hidden])
    total = sum(file.rows for file in base)
    if total <= REBASE_FILES or max(hidden.height, patched.height) > REBASE_SHARE * total:
        kept = TableEntry(entry.profile, base, entry.hidden)
        return _rebased(table, kept, before, folder, hidden=hidden, patched=patched), counted
    for file in base:
        (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
        link(before / file.path, folder / file.path)
    files = [*base, write_whole(table, patched, folder, len(base))]
    path = part_path(table, folder, 0).with_name("hidden.parquet")
    hidden.sort(FILE, ROW).write_parquet(path)
    return TableEntry(entry.profile, files, described(path, folder, hidden.height)), counted


def _rebased(
    table: Table, base: TableEntry, before: Path, folder: Path, *, hidden: pl.DataFrame, patched: pl.DataFrame
) -> TableEntry:
    """The table written whole again, file by file; what changed goes into the last."""
    files = []
    for number, file in enumerate(base.files):
        rows = pl.read_parquet(before / file.path).with_row_index(ROW)
        over = hidden.filter(pl.col(FILE) == number).select(ROW)
        rows = rows.join(over, on=ROW, how="anti").drop(ROW)
        if number == len(base.files) - 1:
            rows = pl.concat([rows, patched])
        files.append(write_whole(table, rows, folder, number))
    return TableEntry(base.profile, files)


def _split(entry: TableEntry) -> tuple[list[ReleaseFile], ReleaseFile | None]:
    """The files that stand, and the one of what changed since."""
    return (entry.files[:-1], entry.files[-1]) if entry.hidden is not None else (entry.files, None)


def file_rows(folder: Path, entry: TableEntry, number: int, *, keep_place: bool = False) -> pl.LazyFrame:
    """Rows of one file of a table that stand; with `keep_place` also file and row."""
    path = folder / entry.files[number].path
    has_hidden = entry.hidden is not None and number < len(entry.files) - 1
    if not has_hidden and not keep_place:
        return pl.scan_parquet(path, glob=False, hive_partitioning=False)
    rows = pl.scan_parquet(path, row_index_name=ROW, glob=False, hive_partitioning=False)
    if has_hidden:
        rows = rows.join(_hidden(folder, entry, number), on=ROW, how="anti", maintain_order="left")
    return rows.with_columns(pl.lit(number, pl.UInt32).alias(FILE)) if keep_place else rows.drop(ROW)


def gone_rows(folder: Path, entry: TableEntry, number: int) -> pl.LazyFrame:
    """Rows of one of the files that stand of a table in layers which no longer do."""
    return _rows_at(folder / entry.files[number].path, _hidden(folder, entry, number))


def moved(before: Path, earlier: TableEntry, folder: Path, entry: TableEntry) -> Moved | None:
    """What lies between a table of the release in `before` and of that in `folder`; None where the files that stand are
    not the same, or a row stands again that did not."""
    (stood, said), (base, says) = _split(earlier), _split(entry)
    if [file.sha256 for file in stood] != [file.sha256 for file in base]:
        return None
    was, now = (
        pl.read_parquet(path / one.hidden.path) if one.hidden is not None else pl.DataFrame(schema=HIDDEN)
        for path, one in ((before, earlier), (folder, entry))
    )
    since = now.join(was, on=HIDDEN.names(), how="anti")
    if now.height != was.height + since.height:
        return None
    files = [(number, folder / file.path) for number, file in enumerate(base)]
    gone = [_rows_at(path, since.lazy().filter(pl.col(FILE) == number).select(ROW)) for number, path in files]
    stayed = pl.concat(file_rows(folder, entry, number) for number, _ in files)
    came = _rows(folder / says.path) if says is not None else stayed.clear()
    return Moved(stayed, pl.concat([*gone, *([_rows(before / said.path)] if said is not None else [])]), came)


def _rows(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _rows_at(path: Path, rows: pl.LazyFrame) -> pl.LazyFrame:
    places = pl.scan_parquet(path, row_index_name=ROW, glob=False, hive_partitioning=False)
    return places.join(rows, on=ROW, how="semi").drop(ROW)


def _hidden(folder: Path, entry: TableEntry, number: int) -> pl.LazyFrame:
    """Places of the rows of one file that are passed over."""
    if entry.hidden is None:
        raise LookupError("nothing of the table is hidden")
    return pl.scan_parquet(folder / entry.hidden.path, glob=False).filter(pl.col(FILE) == number).select(ROW)


def _quoted(folder: Path | None, file: ReleaseFile) -> str:
    return sql_text(file.path if folder is None else folder / file.path)


def paths(folder: Path, entries: Sequence[TableEntry]) -> list[Path]:
    """Every file tables lie in: what a reader must be allowed to open."""
    return [folder / file.path for entry in entries for file in entry.all_files]
