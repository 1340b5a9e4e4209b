"""Many at once: every row of a file gets its code, or none does."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import POLARS_TYPES, load_tables
from transforms.addressing.tabular import TableWriter, read_chunks
from transforms.library.draft import LibraryRefusal, Order
from transforms.library.mint import NewBuilding, NewUnit, mint
from transforms.library.operation import Done

MINTED = "minted_code"  # the column added to the rows


def mint_file(home: Home, path: Path, order: Order, *, out: Path | None = None, dry_run: bool = False) -> Done:
    """Mint every row of `path`, in one operation: rows with building_code and room are rooms, rows with grid_code
    buildings; the other columns are named after those of address.unit and address.building.

    With `out` the rows are written again with their codes in `minted_code`. Raises UsageError for unknown columns,
    LibraryRefusal naming the row for what cannot be minted.
    """
    frame = pl.concat(list(read_chunks(path, [])), how="vertical_relaxed")
    if MINTED in frame.columns:
        raise UsageError(f"{path.name} has a column {MINTED}", "rename it: that is where the codes go")
    known = {field.name for kind in (NewBuilding, NewUnit) for field in fields(kind)}
    strange = sorted(set(frame.columns) - known)
    if strange:
        raise UsageError(
            f"{path.name} has a column {strange[0]}", f"name columns as in the library: {', '.join(sorted(known))}"
        )
    wanted = [_wanted(row, line, path) for line, row in enumerate(frame.iter_rows(named=True), start=2)]
    writer = (
        TableWriter(out, path) if out is not None else None
    )  # refuses a name it cannot write before a code is given
    done = mint(home, wanted, order, dry_run=dry_run, file=path.name)
    if writer is not None:
        with writer:
            writer.write(frame.with_columns(pl.Series(MINTED, done.of_kind("mint"), pl.String)))
    return done


def _wanted(row: dict[str, Any], line: int, path: Path) -> NewBuilding | NewUnit:
    told = {name: value for name, value in row.items() if value is not None and str(value).strip() != ""}
    kind = NewUnit if "building_code" in told else NewBuilding
    if (kind is NewUnit and "room" not in told) or (kind is NewBuilding and "grid_code" not in told):
        raise LibraryRefusal(
            f"{path.name} row {line} is neither room nor building",
            "give building_code and room, or grid_code and names",
        )
    mine = {field.name for field in fields(kind)}
    strange = sorted(set(told) - mine)
    if strange:
        raise LibraryRefusal(
            f"{path.name} row {line} column {strange[0]}: nothing a {'room' if kind is NewUnit else 'building'} has",
            "leave it empty",
        )
    return kind(**{name: _typed(kind, name, value, line, path) for name, value in told.items()})


def _typed(kind: type, name: str, value: Any, line: int, path: Path) -> Any:
    table = load_tables()["address.unit" if kind is NewUnit else "address.building"]
    dtype = {column.name: POLARS_TYPES[column.type] for column in table.columns}[name]
    if dtype == pl.String:
        return str(value)
    try:
        if dtype == pl.Boolean:
            return {"true": True, "1": True, "false": False, "0": False}[str(value).strip().lower()]
        return int(str(value)) if dtype.is_integer() else float(str(value))
    except (KeyError, ValueError):
        raise LibraryRefusal(
            f"{path.name} row {line} column {name}: {value!r} is no {dtype}", "correct it, or leave it empty"
        ) from None
