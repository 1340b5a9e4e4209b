"""A library arrives: read from a folder, checked, and made current."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from schemas.table import load_tables
from transforms.addressing.library import COLUMNS, AddressLibrary
from transforms.addressing.library_check import Finding, LibraryReport, check_library, faults_of, found_in
from transforms.addressing.succession import given_to_others, is_of_another_place, succeed
from transforms.addressing.tabular import read_chunks
from transforms.library.change import differences, import_log
from transforms.library.keeping import with_operations

SHANGHAI = ZoneInfo("Asia/Shanghai")
SHOWN = 40  # characters of a cell in a message
TRUTH = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
KEPT = "codes as operations left them: the new library tells of no later change"


class LibraryRefused(BlockdataError):
    """The library is kept out; the one before stays current."""


def import_library(folder: Path, home: Home) -> LibraryReport:
    """Read `folder` (address.<table>.parquet or .csv), check it, make it the current library of the lake at `home`.

    Where records are keyed to the library before it, or an operation changed codes of it, what that one knows and
    this one lacks is taken over (see `succession`). Raises UsageError when the folder holds no library,
    LibraryRefused with every reason when it is not sound, means other places by codes of the current library, or is
    of another district altogether.
    """
    from transforms.lake.lock import lake_lock
    from transforms.lake.store import Lake

    frames = read_folder(folder)
    report = check_library(frames)
    if report.refused:
        reasons = "\n".join(f"  {found}" for found in report.refused)
        raise LibraryRefused(
            f"the library in {folder.name} is not sound; nothing was changed:\n{reasons}",
            "mend these rows in the files and import again",
        )
    tables = load_tables()
    new = {}
    for name in COLUMNS:
        table = tables[f"address.{name}"]
        frame = frames.get(name, table.empty())
        new[name] = table.conform(frame.select(column for column in frame.columns if column in table.column_names))
    day = datetime.now(SHANGHAI).date()
    with lake_lock(home):
        lake = Lake(home).pinned()
        standing = {name: lake.read(f"address.{name}") for name in COLUMNS}
        if not lake.listed().is_empty() or lake.standing().number:
            new, ours = with_operations(standing, new, lake.read("address.change"), lake.read("address.operation"))
            new, taken_over = _following(standing, new, day)
            if (found := found_in("building", KEPT, ours.to_frame("code"), "code")) is not None:
                taken_over.append(found)
            current = AddressLibrary.from_frames(new)
            rows = {name: frame.height for name, frame in new.items()}
            again = faults_of(current)
            if again:
                reasons = "\n".join(f"  {found}" for found in again)
                raise LibraryRefused(
                    f"the library does not go with what operations changed since; nothing was changed:\n{reasons}",
                    "bring these rows up to date in the files and import again",
                )
            report = LibraryReport(current.version, rows, [], [*report.noted, *taken_over])
        number = lake.standing().number
        if not standing["building"].is_empty() and not (lines := differences(standing, new)).is_empty():
            number += 1
            for name, logged in import_log(number, lines, day, report.version).items():
                new[name] = pl.concat([lake.read(f"address.{name}"), logged])
        lake.replace_library({f"address.{name}": frame for name, frame in new.items()}, number)
    return report


def _following(
    standing: dict[str, pl.DataFrame], new: dict[str, pl.DataFrame], day: date
) -> tuple[dict[str, pl.DataFrame], list[Finding]]:
    """The library that follows one records are keyed to, and what is to be noted of it; LibraryRefused where it gives
    codes another meaning.
    """
    if is_of_another_place(standing, new):
        raise LibraryRefused(
            "the library shares no building with the one the loaded records are keyed to; nothing was changed",
            "keep another district in a home of its own: set BLOCKDATA_HOME to another folder",
        )
    others = [
        found
        for table, codes in given_to_others(standing, new).items()
        if (
            found := found_in(
                table, "codes that stand for another place in the current library", codes.to_frame("code"), "code"
            )
        )
    ]
    if others:
        reasons = "\n".join(f"  {found}" for found in others)
        raise LibraryRefused(
            f"the library gives codes to other places; nothing was changed:\n{reasons}",
            "a code is permanent: give the new place a code of its own, and the old one its row of lineage",
        )
    following = succeed(standing, new, day)
    noted = [
        found_in(
            table,
            "codes of the current library that the new one lacks: kept, cancelled",
            codes.to_frame("code"),
            "code",
        )
        for table, codes in following.vanished.items()
    ]
    noted.append(
        found_in(
            "unit", "rooms found by the door that the new library lacks: kept", following.kept.to_frame("code"), "code"
        )
    )
    return following.frames, [found for found in noted if found is not None]


def read_folder(folder: Path) -> dict[str, pl.DataFrame]:
    """The tables of a folder by short name, every column in the type its table declares."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder", "give the folder that holds address.building.parquet")
    foreign = sorted(path.name for path in folder.glob("address.*") if path.name.split(".")[1] not in COLUMNS)
    if foreign:
        known = ", ".join(f"address.{name}" for name in COLUMNS)
        raise UsageError(f"{foreign[0]} is no table of the library", f"name each file after its table: {known}")
    frames: dict[str, pl.DataFrame] = {}
    for name in COLUMNS:
        parquet, csv = folder / f"address.{name}.parquet", folder / f"address.{name}.csv"
        if parquet.is_file():
            frames[name] = _typed(name, pl.concat(read_chunks(parquet, [])), parquet)
        elif csv.is_file():
            frames[name] = _typed(name, pl.concat(read_chunks(csv, [])), csv)
    if "building" not in frames:
        raise UsageError(
            f"no address.building.parquet or .csv in {folder}",
            "name each file after its table, e.g. address.unit.parquet",
        )
    return frames


def _typed(name: str, given: pl.DataFrame, path: Path) -> pl.DataFrame:
    """A file's cells in the types of its table; LibraryRefused names the first cell that is none of its type."""
    typed = given.with_columns(pl.col(pl.String).replace("", None))
    for column, kind in load_tables()[f"address.{name}"].polars_schema().items():
        if column not in typed.columns or typed.schema[column] == kind:
            continue
        cast = _cast(typed[column], kind)
        lost = (cast.is_null() & typed[column].is_not_null()).arg_true()
        if lost.len():
            cell = str(typed[column][lost[0]])[:SHOWN]
            raise LibraryRefused(
                f"{path.name} row {lost[0] + 2} column {column}: {cell!r} is no {kind}", "correct it, or leave it empty"
            )
        typed = typed.with_columns(cast)
    return typed


def _cast(cells: pl.Series, kind: pl.DataType) -> pl.Series:
    """`cells` as `kind`; null where they are none. Polars refuses some casts outright, of texts to booleans too."""
    if kind == pl.Boolean and cells.dtype == pl.String:
        return cells.str.to_lowercase().replace_strict(TRUTH, default=None, return_dtype=pl.Boolean)
    if kind == pl.Date and cells.dtype == pl.String:
        days = cells.str.strip_chars().str.replace_all("/", "-", literal=True)
        return days.str.to_date("%Y-%m-%d", strict=False).fill_null(days.str.to_date("%Y%m%d", strict=False))
    if kind == pl.Binary and cells.dtype == pl.String:
        return cells.str.decode("hex", strict=False)
    try:
        return cells.cast(kind, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series(cells.name, [None] * cells.len(), dtype=kind)
