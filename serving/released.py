"""A release as it lies on disk: which tables, of which profile, in which files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from schemas.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from schemas.home import Home

Profile = Literal["place", "person"]


@dataclass(frozen=True)
class ReleasedFile:
    """One Parquet file of a table; `path` is absolute."""

    path: Path
    rows: int
    sha256: str


@dataclass(frozen=True)
class ReleasedTable:
    """One table of a release. `name` is `<schema>.<table>`."""

    name: str
    profile: Profile
    files: tuple[ReleasedFile, ...]

    @property
    def rows(self) -> int:
        """Rows of the whole table."""
        return sum(file.rows for file in self.files)


@dataclass(frozen=True)
class Released:
    """One release: a folder, read only."""

    name: str
    path: Path
    tables: dict[str, ReleasedTable]
    published_at: str = ""
    note: str = ""

    @property
    def database(self) -> Path:
        """The place profile as native tables."""
        return self.path / "baseboard.duckdb"

    def names(self, profile: Profile) -> list[str]:
        """The tables a profile opens: place, or place and person."""
        return sorted(table.name for table in self.tables.values() if profile in (table.profile, "person"))

    def read(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One table as a frame; UsageError when the release has none of that name."""
        import polars as pl

        if table not in self.tables:
            raise UsageError(
                f"release {self.name} has no table {table}", "SELECT table_name FROM release.table lists them"
            )
        wanted = list(columns) if columns is not None else None
        frames = [pl.read_parquet(file.path, columns=wanted) for file in self.tables[table].files]
        return pl.concat(frames, how="diagonal_relaxed") if frames else pl.DataFrame()


def current(home: Home) -> Released:
    """The release that serves now; UsageError before the first publish."""
    folder = home.current_release
    if folder is None:
        raise UsageError("nothing is published yet", "load some deliveries, then: blockdata publish")
    return opened(folder)


def opened(folder: Path) -> Released:
    """The release in `folder`, from its manifest."""
    file = folder / "manifest.json"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise UsageError(f"{folder} is no release: manifest.json is missing or broken", "publish again") from None
    tables = {
        name: ReleasedTable(
            name,
            entry["profile"],
            tuple(ReleasedFile(folder / item["path"], item["rows"], item["sha256"]) for item in entry["files"]),
        )
        for name, entry in manifest["tables"].items()
    }
    return Released(
        manifest.get("release", folder.name),
        folder,
        tables,
        manifest.get("published_at", ""),
        manifest.get("note", ""),
    )
