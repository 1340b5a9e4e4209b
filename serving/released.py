"""A release as it lies on disk: which tables, of which profile, in which files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from schemas.errors import UsageError

if TYPE_CHECKING:
    import polars as pl

    from schemas.home import Home
    from transforms.lake.release_manifest import Manifest

Profile = Literal["place", "person"]


@dataclass(frozen=True)
class Released:
    """One release: a folder, read only."""

    path: Path
    manifest: Manifest

    @property
    def name(self) -> str:
        """The release's name, e.g. 2026-03-04.01."""
        return self.manifest.release

    @property
    def database(self) -> Path:
        """The place profile as native tables."""
        return self.path / "baseboard.duckdb"

    def names(self, profile: Profile) -> list[str]:
        """The tables a profile opens: place, or place and person."""
        return sorted(name for name, table in self.manifest.tables.items() if profile in (table.profile, "person"))

    def profile_of(self, table: str) -> str:
        """`place` or `person`."""
        return self.manifest.tables[table].profile

    def has(self, table: str) -> bool:
        """True when the release holds a table of this name."""
        return table in self.manifest.tables

    def files(self, table: str) -> list[Path]:
        """Every Parquet file the table lies in; not all rows of them stand (see `relation`)."""
        if table not in self.manifest.tables:
            mend = "SELECT table_name FROM release.table lists them"
            raise UsageError(f"release {self.name} has no table {table}", mend)
        return [self.path / file.path for file in self.manifest.tables[table].all_files]

    def relation(self, table: str) -> str:
        """The table's rows as DuckDB reads them from its files, to stand after FROM."""
        from transforms.lake.layers import relation

        self.files(table)
        return relation(self.path, self.manifest.tables[table])

    def columns(self, table: str) -> list[str]:
        """The columns of a table, in order."""
        return list(self.types(table))

    def types(self, table: str) -> dict[str, pl.DataType]:
        """The columns of a table with their types, in order."""
        import polars as pl

        types: dict[str, pl.DataType] = {}
        self.files(table)
        for file in self.manifest.tables[table].files:
            types = {**pl.read_parquet_schema(self.path / file.path), **types}
        return types

    def scan(self, table: str, columns: Sequence[str]) -> pl.LazyFrame:
        """Some columns of one table lazily: of its files only what is asked for is read."""
        import polars as pl

        from transforms.lake.layers import file_rows

        self.files(table)
        entry = self.manifest.tables[table]
        return pl.concat([file_rows(self.path, entry, number).select(columns) for number in range(len(entry.files))])

    def read(self, table: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """One table as a frame; UsageError when the release has none of that name."""
        import polars as pl

        from transforms.lake.layers import file_rows

        self.files(table)
        entry = self.manifest.tables[table]
        frames = [file_rows(self.path, entry, number) for number in range(len(entry.files))]
        chosen = [frame.select(list(columns)) if columns is not None else frame for frame in frames]
        return pl.concat(chosen, how="diagonal_relaxed").collect() if chosen else pl.DataFrame()


def current(home: Home) -> Released:
    """The release that serves now; UsageError before the first publish."""
    folder = home.current_release
    if folder is None:
        raise UsageError("nothing is published yet", "load some deliveries, then: blockdata publish")
    return opened(folder)


def opened(folder: Path) -> Released:
    """The release in `folder`, from its manifest; UsageError when it is none."""
    from transforms.lake.release_manifest import read_manifest

    return Released(folder, read_manifest(folder))
