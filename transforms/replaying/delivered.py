"""A sealed delivery opened again for some of its rows: in its own columns, and with cells a department has mended.

In memory only: what is opened here holds direct identifiers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from schemas.contract import Contract
from transforms.batch import Batch
from transforms.reading.quarantine import no_faults
from transforms.reading.read import data_files, named, sheet_of
from transforms.reading.source import Reading, Sheet, SourceFile, nothing_ignored
from transforms.replaying.standing import PLACE


@dataclass(frozen=True)
class Grid:
    """One delivered file in its own columns."""

    source: SourceFile
    sheet: Sheet

    @property
    def header(self) -> list[str]:
        """Its headers in their order, as the file has them."""
        return self.sheet.header


@dataclass(frozen=True)
class OwnRow:
    """A row as it was delivered: a text a header. `torn`: the whole line, where it has not the header's columns; its
    cells are then the pieces between the delimiters, the last holding what is left."""

    cells: list[str] = field(repr=False)
    torn: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Cell:
    """What a mended cell says now; `is_number`: a spreadsheet holds it as a number."""

    text: str = field(repr=False)
    is_number: bool = False


Place = tuple[str, int]  # file name, row number


@dataclass(frozen=True)
class Mended:
    """What a department says of rows of one delivery: cells by place and position, rows it withdraws, and all rows its
    sheet holds (those without a change are judged along)."""

    rows: frozenset[Place]
    cells: Mapping[Place, Mapping[int, Cell]] = field(default_factory=dict, repr=False)
    withdrawn: frozenset[Place] = frozenset()


def grids(batch: Batch) -> dict[str, Grid]:
    """Every file of a delivery by the name its rows carry. Raises BatchRefused for one that cannot be read."""
    files = data_files(batch.files, batch.contract)
    return {file.base_name: Grid(file, sheet_of(file, batch.files, batch.contract)) for file in files}


def own_rows(grid: Grid, contract: Contract, rows: Sequence[int]) -> dict[int, OwnRow]:
    """The rows by number; one the file does not have is left out."""
    wanted = pl.Series(rows, dtype=pl.UInt32).implode()
    names = [str(position) for position in range(len(grid.header))]
    body = grid.sheet.body.filter(pl.col("row_number").is_in(wanted)).select("row_number", *names)
    found = {row[0]: OwnRow([cell or "" for cell in row[1:]]) for row in body.iter_rows()}
    torn = grid.sheet.torn
    for number, text in torn.filter(pl.col("row_number").is_in(wanted)).select("row_number", "text").iter_rows():
        found[number] = OwnRow(_pieces(text, contract, len(names)), text)
    return found


def mended_rows(grid: Grid, contract: Contract, changes: Mapping[int, Mapping[int, Cell]]) -> Reading:
    """The rows of `changes` (row number → position → cell) read again with these cells in place of the delivered."""
    sheet = grid.sheet
    names = [str(position) for position in range(len(grid.header))]
    originals = own_rows(grid, contract, list(changes))
    numbers = sorted(originals)
    body = pl.DataFrame(
        [
            [_text(changes[number].get(at), cell) for at, cell in enumerate(originals[number].cells)]
            for number in numbers
        ],
        schema=dict.fromkeys(names, pl.String),
        orient="row",
    ).with_columns(row_number=pl.Series(numbers, dtype=pl.UInt32))
    if "geometry" in sheet.body.columns:
        places = sheet.body.select("row_number", "geometry")
        body = body.join(places, on="row_number", how="left", maintain_order="left")
    numeric = pl.DataFrame(
        [_numbers(sheet, number, changes[number], names) for number in numbers],
        schema=dict.fromkeys(names, pl.Boolean),
        orient="row",
    )
    return named(grid.source, Sheet(grid.header, body, numeric=numeric), contract)


def part_of(reading: Reading, places: pl.DataFrame, *, rest: bool = False) -> Reading:
    """The chosen rows of a reading (file_name, row_number), or all but those."""
    how = "anti" if rest else "semi"
    chosen = places.select(pl.col("file_name"), pl.col("row_number").cast(pl.UInt32))

    def among(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.join(chosen, on=PLACE, how=how, maintain_order="left")  # type: ignore[arg-type]

    return Reading(
        rows=among(reading.rows),
        ignored=among(reading.ignored),
        quarantined=among(reading.quarantined),
        received=reading.received,
        warnings=[],
        kept_out=among(reading.kept_out) if reading.kept_out is not None else None,
    )


def together(first: Reading, *more: Reading) -> Reading:
    """Several parts as one."""
    parts = [first, *more]
    return Reading(
        rows=pl.concat([part.rows for part in parts], how="diagonal"),
        ignored=pl.concat([nothing_ignored(), *(part.ignored for part in parts)]),
        quarantined=pl.concat([no_faults(), *(part.quarantined for part in parts)]),
        received=first.received,
        warnings=[],
        kept_out=pl.concat([part.kept_out for part in parts if part.kept_out is not None], how="diagonal"),
    )


def _text(mended: Cell | None, delivered: str) -> str | None:
    return (mended.text if mended is not None else delivered) or None


def _numbers(sheet: Sheet, number: int, changes: Mapping[int, Cell], names: list[str]) -> list[bool]:
    """Which cells of a row are numbers: as mended, else as delivered."""
    before: dict[str, bool] = {}
    if sheet.numeric is not None:
        at = sheet.body["row_number"].index_of(number)
        before = sheet.numeric.row(at, named=True) if at is not None else {}
    mended = {position: cell.is_number for position, cell in changes.items()}
    return [bool(mended.get(position, before.get(name, False))) for position, name in enumerate(names)]


def _pieces(text: str, contract: Contract, width: int) -> list[str]:
    if contract.reading.format != "csv":
        return [""] * width
    pieces = [piece.strip('"\r\n') for piece in text.split(contract.reading.delimiter)]
    if len(pieces) > width:
        pieces = [*pieces[: width - 1], contract.reading.delimiter.join(pieces[width - 1 :])]
    return pieces + [""] * (width - len(pieces))
