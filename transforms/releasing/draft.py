"""A release while it is made: tables go in one at a time, whole or as what changed, and none has to stay in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from schemas.measure import load_measures
from schemas.table import Table
from transforms.lake import layers
from transforms.lake.layers import Counted, Groups, Moved
from transforms.lake.release import STATE, Written
from transforms.lake.release_files import ReleaseFile, described, link
from transforms.lake.release_manifest import Manifest, TableEntry
from transforms.packing.measured import columns_read
from transforms.releasing.among import among

SAMPLE = 200_000  # rows of a table whose texts are searched for identifiers


@dataclass
class Draft:
    """`folder` is the release's, not yet visible; `before` and `previous` the release it goes on from, if it does, and
    `sure` is asked before rows of it are read there. Carried tables, read in this folder, are not asked about."""

    folder: Path
    declared: Mapping[str, Table]
    before: Path | None = None
    previous: Manifest | None = None
    sure: Callable[[str], None] = lambda table: None
    tables: dict[str, TableEntry] = field(default_factory=dict)
    counted: dict[str, Counted] = field(default_factory=dict)
    state: list[ReleaseFile] = field(default_factory=list)
    groups: dict[str, Groups] = field(default_factory=dict)

    def put(self, name: str, parts: Iterable[pl.DataFrame]) -> None:
        """The whole table, a file a part; a part is let go before the next is asked for."""
        table = self.declared[name]
        files = [layers.write_whole(table, part, self.folder, number) for number, part in enumerate(parts)]
        self.tables[name] = TableEntry(table.profile, files)

    def carry(self, name: str) -> None:
        """The table as the release before has it."""
        entry, before = self._earlier(name, is_read=False)
        self.tables[name] = layers.carried(entry, before, self.folder)
        self.counted[name] = Counted(0, 0, 0, entry.rows)

    def update(self, name: str, replaced: pl.DataFrame, rows: pl.DataFrame) -> None:
        """The table of the release before with `rows` in the place of `replaced` (see `standing`)."""
        entry, before = self._earlier(name)
        table = self.declared[name]
        self.tables[name], self.counted[name] = layers.updated(
            table, entry, before, self.folder, replaced=replaced, rows=rows
        )

    def standing(self, name: str, wanted: pl.Expr, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """Rows of the release before that are wanted, with their places; `columns` of them."""
        entry, before = self._earlier(name)
        return layers.standing(before, entry, wanted, columns)

    def lies_in(self, name: str, files: Sequence[Path]) -> bool:
        """True when the release before holds the table in exactly these files of the lake."""
        entry, before = self._earlier(name, is_read=False)
        held = [before / file.path for file in entry.files]
        return len(held) == len(files) and all(one.samefile(other) for one, other in zip(held, files, strict=True))

    def scan(self, name: str) -> pl.LazyFrame:
        """A table that has been put in."""
        return layers.scan(self.folder, self.tables[name])

    def sample(self, name: str) -> pl.DataFrame:
        """Some rows of a table that has been put in (layers.some)."""
        return layers.some(self.folder, self.tables[name], SAMPLE)

    def scan_before(self, name: str) -> pl.LazyFrame:
        """A table of the release before."""
        entry, before = self._earlier(name)
        return layers.scan(before, entry)

    def note_groups(self, name: str, column: str, keys: pl.Series, was: pl.DataFrame, now: pl.DataFrame) -> None:
        """For measures that count such rows together: all rows with one of `keys` in a column, as they were and are.
        Nothing is noted where a row here that has none of them came or went."""
        columns = list({column, *columns_read(load_measures().values(), name, self.declared[name].column_names)})
        is_one = among(column, keys)
        others = [part.select(columns).filter(~is_one) for part in (was, now)]
        if others[0].sort(columns).equals(others[1].sort(columns)):
            self.groups[name] = Groups(column, keys, *(part.select(columns).filter(is_one) for part in (was, now)))

    def moved(self, name: str) -> Moved | None:
        """What came and went of a table that has been put in, where the release before can tell."""
        if self.previous is None or name not in self.previous.tables or name not in self.tables:
            return None
        entry, before = self._earlier(name)
        moved = layers.moved(before, entry, self.folder, self.tables[name])
        return replace(moved, groups=self.groups.get(name)) if moved is not None else None

    def keep(self, name: str, frame: pl.DataFrame) -> None:
        """State for the next publish, seen by no reader of the release."""
        path = self._state(self.folder, name)
        path.parent.mkdir(exist_ok=True)
        frame.write_parquet(path)
        self.state.append(described(path, self.folder, frame.height))

    def keep_on(self, name: str) -> None:
        """State as it was."""
        if self.before is None or self.previous is None:
            raise LookupError(name)
        path = self._state(self.folder, name)
        path.parent.mkdir(exist_ok=True)
        link(self._state(self.before, name), path)
        of = path.relative_to(self.folder).as_posix()
        self.state.append(next(file for file in self.previous.other_files[STATE] if file.path == of))

    def kept(self, name: str) -> pl.DataFrame:
        """State of the release before."""
        if self.before is None:
            raise LookupError(name)
        return pl.read_parquet(self._state(self.before, name))

    def now(self, name: str) -> pl.DataFrame:
        """State that has been kept."""
        return pl.read_parquet(self._state(self.folder, name))

    def written(self) -> Written:
        """What lies in the draft, for `release.build`."""
        return Written(self.tables, self.counted, self.state, is_continued=self.before is not None)

    def _earlier(self, name: str, *, is_read: bool = True) -> tuple[TableEntry, Path]:
        if self.before is None or self.previous is None:
            raise LookupError(f"{name}: nothing goes before this release")
        if is_read:
            self.sure(name)
        return self.previous.tables[name], self.before

    @staticmethod
    def _state(folder: Path, name: str) -> Path:
        return folder / STATE / f"{name}.parquet"
