"""The Parquet files of a release: hard links to the lake's own, copies where links cannot be, else written anew.

A file is linked as it is when it has exactly the columns declared today; one written under an older contract is
written anew in today's shape, and a table without rows gets one empty file, so that every table opens.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from schemas.table import Table
from transforms.lake.letters import letters_of
from transforms.lake.retyped import scan_as

if TYPE_CHECKING:
    from transforms.lake.release_manifest import Manifest

# Many small files (one a batch) are gathered: a reader opens each of them. So many at a time, in the order they came to
# the lake, that what one release gathered the next finds gathered.
GATHER_FILES = 32
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


Known = Mapping[tuple[int, int] | str, tuple[Path, ReleaseFile]]  # by device and inode, and by name in the release


def known_files(before: Path | None, previous: Manifest | None) -> Known:
    """The Parquet files of the tables of a release, so that what lies there too is not read again."""
    known: dict[tuple[int, int] | str, tuple[Path, ReleaseFile]] = {}
    if before is not None and previous is not None:
        for entry in previous.tables.values():
            for file in entry.files:
                path = before / file.path
                if path.is_file():
                    about = path.stat()
                    known[about.st_dev, about.st_ino] = known[file.path] = (path, file)
    return known


def link_table(
    table: Table,
    sources: Sequence[Path],
    folder: Path,
    added: pl.DataFrame | None = None,
    known: Known | None = None,
) -> list[ReleaseFile]:
    """Puts the files of a table under folder/<schema>/<table>/ and describes them, in the order of `sources`.

    `added` are further rows, written as the last file; `known` the files of the release before.
    """
    files: list[ReleaseFile] = []
    known = known or {}
    while len(sources) >= GATHER_FILES and _are_small(sources[:GATHER_FILES]):
        files.append(_gathered(table, sources[:GATHER_FILES], folder, known))
        sources = sources[GATHER_FILES:]
    for source in sources:
        path = part_path(table, folder, len(files))
        if not _has_shape(table, source):
            _in_shape(table, source).write_parquet(path)
            files.append(described(path, folder, _rows(path)))
            continue
        link(source, path)
        about = path.stat()
        _, same = known.get((about.st_dev, about.st_ino), (None, None))
        files.append(
            replace(same, path=path.relative_to(folder).as_posix())
            if same is not None
            else described(path, folder, _rows(path))
        )
    if added is not None or not files:
        files.append(write_part(table, table.empty() if added is None else added, folder, len(files)))
    return files


def _are_small(sources: Sequence[Path]) -> bool:
    return sum(path.stat().st_size for path in sources) < GATHER_BELOW_BYTES


def _gathered(table: Table, sources: Sequence[Path], folder: Path, known: Known) -> ReleaseFile:
    """Many small files as one, named after what it holds and in which shape; linked when the release before has it."""
    shape = ",".join(f"{name} {dtype}" for name, dtype in table.polars_schema().items())
    held = letters_of(shape, *(path.name for path in sources))
    path = part_path(table, folder, 0).with_name(f"gathered-{held}.parquet")
    name = path.relative_to(folder).as_posix()
    if name in known:
        before, same = known[name]
        link(before, path)
        return same
    pl.concat([_in_shape(table, source) for source in sources]).write_parquet(path)
    return described(path, folder, _rows(path))


def write_part(table: Table, frame: pl.DataFrame, folder: Path, number: int = 0) -> ReleaseFile:
    """Writes rows of a table as one file of the release."""
    path = part_path(table, folder, number)
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


def part_path(table: Table, folder: Path, number: int) -> Path:
    """Where a numbered file of a table lies; its folder is made."""
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
