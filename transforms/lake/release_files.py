"""The Parquet files of a release: hard links to the lake's own, copies where links cannot be, else written anew.

A file is linked as it is when it has exactly the columns declared today; one written under an older contract is
written anew in today's shape, and a table without rows gets one empty file, so that every table opens.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from schemas.table import Table
from transforms.lake.retyped import scan_as

# Many small files (one a batch) are gathered into one: a reader opens each of them.
GATHER_ABOVE_FILES = 32
GATHER_BELOW_BYTES = 64 * 1024 * 1024
_NO_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.ENOSYS}


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release. `path` is relative to its folder; `rows` is 0 for what is not Parquet."""

    path: str
    rows: int
    bytes: int
    sha256: str

    def entry(self) -> dict[str, object]:
        """As it stands in the manifest."""
        return asdict(self)


def link_table(
    table: Table, sources: Sequence[Path], folder: Path, added: pl.DataFrame | None = None
) -> list[ReleaseFile]:
    """Puts the files of a table under folder/<schema>/<table>/ and describes them, in the order of `sources`.

    `added` are further rows, written as the last file.
    """
    small = sum(path.stat().st_size for path in sources) < GATHER_BELOW_BYTES
    if len(sources) > GATHER_ABOVE_FILES and small:
        frames = [_in_shape(table, path) for path in sources]
        return [
            write_part(table, pl.concat([*frames, table.conform(table.empty() if added is None else added)]), folder)
        ]
    files: list[ReleaseFile] = []
    for source in sources:
        path = _part(table, folder, len(files))
        if _has_shape(table, source):
            link(source, path)
        else:
            _in_shape(table, source).write_parquet(path)
        files.append(described(path, folder, _rows(path)))
    if added is not None or not files:
        files.append(write_part(table, table.empty() if added is None else added, folder, len(files)))
    return files


def write_part(table: Table, frame: pl.DataFrame, folder: Path, number: int = 0) -> ReleaseFile:
    """Writes rows of a table as one file of the release."""
    path = _part(table, folder, number)
    table.conform(frame).write_parquet(path)
    return described(path, folder, frame.height)


def described(path: Path, folder: Path, rows: int = 0) -> ReleaseFile:
    """A file as the manifest names it."""
    return ReleaseFile(path.relative_to(folder).as_posix(), rows, path.stat().st_size, sha256_of(path))


def sha256_of(path: Path) -> str:
    """Checksum of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def link(source: Path, target: Path) -> None:
    """A second name for the same bytes; a copy where the file system has no links or the lake lies on another."""
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        shutil.copyfile(source, target)


def _part(table: Table, folder: Path, number: int) -> Path:
    path = folder.joinpath(*table.name.split(".", 1)) / f"part-{number:05d}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def _has_shape(table: Table, path: Path) -> bool:
    return dict(pl.read_parquet_schema(path)) == table.polars_schema()


def _in_shape(table: Table, path: Path) -> pl.DataFrame:
    return scan_as([path], table.polars_schema()).collect()
