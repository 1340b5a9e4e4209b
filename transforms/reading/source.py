"""What goes into reading and what comes out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePath

import polars as pl

from transforms.reading.kept_out import no_lines
from transforms.reading.quarantine import no_faults


@dataclass(frozen=True)
class SourceFile:
    """One delivered file, in memory only: the content may hold direct identifiers, and so may the name somebody gave
    it. `shown` is what rows and messages call it, where that is not its name. `let_go`: size and SHA-256 of a content
    that is no longer needed (see `without_content`)."""

    name: str = field(repr=False)
    content: bytes = field(repr=False)
    shown: str = ""
    let_go: tuple[int, bytes] | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Bytes of the content."""
        return len(self.content) if self.let_go is None else self.let_go[0]

    @cached_property
    def sha256(self) -> bytes:
        """The content's checksum, worked out once."""
        return hashlib.sha256(self.content).digest() if self.let_go is None else self.let_go[1]

    def called(self, shown: str) -> SourceFile:
        """The same file under the name that rows and messages call it by."""
        same = replace(self, shown=shown)
        if "sha256" in self.__dict__:
            same.__dict__["sha256"] = self.sha256
        return same

    def without_content(self) -> SourceFile:
        """The same file once it is read: a large one needs its memory for its rows."""
        return replace(self, content=b"", let_go=(self.size, self.sha256))

    @property
    def base_name(self) -> str:
        """The name as rows and messages carry it."""
        return self.shown or PurePath(self.name).name

    @property
    def suffix(self) -> str:
        """`.csv`, lower case."""
        return PurePath(self.name).suffix.lower()

    @property
    def stem(self) -> str:
        """The name without its suffix: parts of a shapefile share it."""
        return PurePath(self.name).stem


@dataclass(frozen=True)
class Warning_:
    """A remark on a delivery that is let in. `rule` is a warning of schemas/rules.yaml; `column` a header or name."""

    rule: str
    message: str
    file: str = ""
    column: str = ""


IGNORED: dict[str, pl.DataType] = {"file_name": pl.String(), "row_number": pl.UInt32(), "reason": pl.String()}


def nothing_ignored() -> pl.DataFrame:
    """An empty `ignored` frame."""
    return pl.DataFrame(schema=IGNORED)


@dataclass(frozen=True)
class Sheet:
    """One file as a grid of text, before its columns are known by name.

    `body`: String columns "0", "1", … in file order, `row_number` (UInt32), and `geometry` (Binary) where the format
    has one. `header` names the columns "0", "1", … as the file does. `numeric`: for spreadsheets, Boolean columns
    "0", "1", … and `row_number`, true where the cell is a number and not text. `torn`: file_name, row_number, text of
    lines that could not be cut into columns (their faults stand in `faults`).
    """

    header: list[str]
    body: pl.DataFrame
    ignored: pl.DataFrame = field(default_factory=nothing_ignored)
    faults: pl.DataFrame = field(default_factory=no_faults)
    numeric: pl.DataFrame | None = None
    torn: pl.DataFrame = field(default_factory=no_lines)


@dataclass(frozen=True)
class Reading:
    """A delivery as text.

    `rows`: file_name, row_number (UInt32), the contract's columns as String by their lake names, `geometry` (WKB)
    where the format has one. `ignored`: file_name, row_number, reason (lines of titles, totals, signatures).
    `quarantined`: see `quarantine.QUARANTINE`. `received` counts rows delivered: rows + ignored + distinct
    quarantined, without header and blank lines. `kept_out`: file_name, row_number and the key columns as text of the
    quarantined rows, null where a key cell cannot be read; without it, none can.
    """

    rows: pl.DataFrame
    ignored: pl.DataFrame
    quarantined: pl.DataFrame
    received: int
    warnings: list[Warning_]
    kept_out: pl.DataFrame | None = None


def ignored_lines(file: str, frame: pl.DataFrame, reason: str) -> pl.DataFrame:
    """Every row of `frame` (needs row_number) as an ignored line."""
    return frame.select(
        pl.lit(file).alias("file_name"), pl.col("row_number").cast(pl.UInt32), pl.lit(reason).alias("reason")
    )
