"""A library arrives: read from a folder, checked, and made current. What would let a record find a wrong door is
refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from schemas.code import checked
from schemas.codelist import load_codelist
from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from schemas.table import load_tables
from transforms.addressing.library import COLUMNS, AddressLibrary
from transforms.addressing.library_rows import row_faults
from transforms.addressing.succession import given_to_others, is_of_another_place, succeed
from transforms.addressing.tabular import read_chunks
from transforms.library.change import differences, import_log
from transforms.library.keeping import with_operations

SHANGHAI = ZoneInfo("Asia/Shanghai")
EXAMPLES = 3  # codes shown with each finding
SHOWN = 40  # characters of a cell in a message
TRUTH = {"true": True, "1": True, "是": True, "false": False, "0": False, "否": False}
KEPT = "codes as operations left them: the new library tells of no later change"
MENDS = {
    "malformed codes": "a building has 19 positions, a unit 25; have the code exported as text",
    "repeated codes": "keep one row a code",
    "units of no building": "add the building, or leave the unit out",
    "units whose code begins with another building's": "a room that moved has a new code: give it one, and the old its "
    "line of lineage",
    "plates of no building": "add the building, or leave the plate out",
    "names of unknown codes": "add the place, or leave the name out",
    "areas with two valid rows": "give the older one its valid_to",
    "areas whose parent is unknown": "add the parent area",
    "changes to unknown codes": "add the successor, or leave the line out",
    "codes whose changes turn in a circle": "a code cannot lead back to itself: correct or leave out one of the lines",
}
NEEDED = ("building", "unit", "area")


@dataclass(frozen=True)
class Finding:
    """One kind of fault in one table: how many rows, a few of their codes, and what to do."""

    table: str
    problem: str
    rows: int
    examples: list[str]
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; mend: {self.mend}" if self.mend else ""
        such = f" (such as {', '.join(self.examples)})" if self.examples else ""
        return f"address.{self.table}: {self.rows:,} {self.problem}{such}{mend}"


@dataclass(frozen=True)
class LibraryReport:
    """What an import found. `refused` keeps the library out, `noted` does not."""

    version: str
    rows: dict[str, int]
    refused: list[Finding] = field(default_factory=list)
    noted: list[Finding] = field(default_factory=list)


class LibraryRefused(BlockdataError):
    """The library is kept out; the one before stays current."""


def check_library(frames: dict[str, pl.DataFrame]) -> LibraryReport:
    """Judge address tables, named `building` or `address.building` and so on.

    Refused: no building, missing code columns, malformed or repeated codes, units of no building, buildings or areas
    of no area, two valid rows for one area, lineage that turns in a circle or names unknown codes, repeated rows, words
    that stand in no code list, days the wrong way round. Noted: names that several buildings share, units without a
    room, columns no table has, usages in no code list.
    """
    given = {name.removeprefix("address."): frame for name, frame in frames.items()}
    lacking = [
        Finding(table, "required columns missing", len(names), names)
        for table in NEEDED
        if (
            names := [
                name for name in list(COLUMNS[table])[:1] if table not in given or name not in given[table].columns
            ]
        )
    ]
    library = AddressLibrary.from_frames(given)
    rows = {name: getattr(library, name).height for name in COLUMNS}
    refused = lacking + [found for found in _faults(library) if found is not None]
    refused += [
        Finding(fault.table, fault.problem, len(fault.codes), _examples(fault.codes), fault.mend)
        for fault in row_faults(given)
    ]
    noted = [*_unread(given), *(found for found in _oddities(library) if found is not None)]
    return LibraryReport(library.version, rows, refused, noted)


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
            if (found := _found("building", KEPT, ours.to_frame("code"), "code")) is not None:
                taken_over.append(found)
            current = AddressLibrary.from_frames(new)
            rows = {name: frame.height for name, frame in new.items()}
            again = [found for found in _faults(current) if found is not None]
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
            found := _found(
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
        _found(
            table,
            "codes of the current library that the new one lacks: kept, cancelled",
            codes.to_frame("code"),
            "code",
        )
        for table, codes in following.vanished.items()
    ]
    noted.append(
        _found(
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


def _found(table: str, problem: str, rows: pl.DataFrame, column: str) -> Finding | None:
    if rows.is_empty():
        return None
    return Finding(table, problem, rows.height, _examples(rows[column]), MENDS.get(problem, ""))


def _examples(codes: pl.Series) -> list[str]:
    return codes.cast(pl.String).fill_null("(empty)").unique().sort().head(EXAMPLES).to_list()


def _faults(library: AddressLibrary) -> list[Finding | None]:
    building, unit, area = library.building, library.unit, library.area
    codes = building.select("building_code")
    malformed = ~pl.col("checked").struct.field("is_valid") | pl.col("code").is_null()
    findings = [
        Finding("building", "rows", 0, []) if building.is_empty() else None,
        *[
            _found(
                name,
                "malformed codes",
                frame.select(code=column)
                .with_columns(checked=checked(pl.col("code")))
                .filter(malformed | (pl.col("code").str.len_chars() != size)),
                "code",
            )
            for name, frame, column, size in (
                ("building", building, "building_code", 19),
                ("unit", unit, "unit_code", 25),
            )
        ],
        _found("building", "repeated codes", building.filter(pl.col("building_code").is_duplicated()), "building_code"),
        _found("unit", "repeated codes", unit.filter(pl.col("unit_code").is_duplicated()), "unit_code"),
        _found(
            "unit",
            "units whose code begins with another building's",
            unit.filter(pl.col("unit_code").str.slice(0, 19) != pl.col("building_code")),
            "unit_code",
        ),
        _found("unit", "units of no building", unit.join(codes, on="building_code", how="anti"), "unit_code"),
        _found(
            "doorplate", "plates of no building", library.doorplate.join(codes, on="building_code", how="anti"),
            "building_code",
        ),
        _found(
            "area",
            "malformed area codes",
            area.filter(~pl.col("area_code").str.contains("^[0-9]{6}([0-9]{3}([0-9]{3}([0-9]{2})?)?)?$").fill_null(False)),
            "area_code",
        ),
        _found(
            "area",
            "areas with two valid rows",
            area.filter(pl.col("valid_to").is_null()).filter(pl.col("area_code").is_duplicated()),
            "area_code",
        ),
        _found(
            "area",
            "areas whose parent is unknown",
            area.filter(pl.col("parent_code").is_not_null() & (pl.col("level") != "district")).join(
                area.select(parent_code="area_code"), on="parent_code", how="anti"
            ),
            "area_code",
        ),
        *[
            _found(
                "building",
                f"buildings of an unknown {level}",
                building.filter(pl.col(f"{level}_code").is_not_null()).join(
                    area.select(pl.col("area_code").alias(f"{level}_code")), on=f"{level}_code", how="anti"
                ),
                "building_code",
            )
            for level in ("street", "community", "grid")
            if (area["level"] == level).any()
        ],
        _alias_orphans(library),
        _found("lineage", "changes to unknown codes", _unknown_successors(library), "code"),
        _found("lineage", "codes whose changes turn in a circle", circles(library.lineage), "code"),
    ]  # fmt: skip
    return findings


def _oddities(library: AddressLibrary) -> list[Finding | None]:
    live = pl.col("status").fill_null("active") != "cancelled"
    named = library.building.filter(live & pl.col("estate").is_not_null() & pl.col("estate_number").is_not_null())
    same = named.filter(pl.struct("estate", "estate_number", "street_code").is_duplicated())
    units = library.unit.filter(live)
    borne = library.alias.filter(pl.col("valid_to").is_null() & (pl.col("code").str.len_chars() >= 19))
    shared = borne.filter(pl.col("code").n_unique().over("text") > 1)
    return [
        _found("alias", "names several places bear: they find none of them", shared, "code"),
        _found(
            "building",
            "buildings that share estate, number and street: their addresses will tie",
            same,
            "building_code",
        ),
        _found(
            "unit",
            "units without a room: no address can mean them",
            units.filter(pl.col("room").is_null()),
            "unit_code",
        ),
        _found(
            "unit",
            "units that share building, entrance and room: their addresses will tie",
            units.filter(pl.struct("building_code", "entrance", "room").is_duplicated() & pl.col("room").is_not_null()),
            "unit_code",
        ),
    ]


def _unread(given: dict[str, pl.DataFrame]) -> list[Finding]:
    """What is taken but tells nothing: columns that are left out, misspelt ones among them, and unknown usages."""
    known = {name: load_tables()[f"address.{name}"].column_names for name in given if name in COLUMNS}
    left_out = [
        Finding(name, "columns it does not have: left out", len(strange), strange, f"its columns: {', '.join(columns)}")
        for name, columns in known.items()
        if (strange := [column for column in given[name].columns if column not in columns])
    ]
    return left_out + [found for name in ("building", "unit") if (found := _strange_usage(name, given)) is not None]


def _strange_usage(name: str, given: dict[str, pl.DataFrame]) -> Finding | None:
    frame, words = given.get(name, pl.DataFrame()), list(load_codelist(f"{name}_usage").names)
    code = f"{name}_code"
    if not {"usage", code} <= set(frame.columns):
        return None
    strange = frame.filter(pl.col("usage").is_not_null() & ~pl.col("usage").cast(pl.String).is_in(words))
    return _found(name, f"rows whose usage is no code of {name}_usage: kept as they are", strange, code)


def _alias_orphans(library: AddressLibrary) -> Finding | None:
    known = pl.concat(
        [
            library.building.select(code="building_code"),
            library.unit.select(code="unit_code"),
            library.area.select(code="area_code"),
        ]
    )
    return _found("alias", "names of unknown codes", library.alias.join(known, on="code", how="anti"), "code")


def _unknown_successors(library: AddressLibrary) -> pl.DataFrame:
    known = pl.concat([library.building.select(successor="building_code"), library.unit.select(successor="unit_code")])
    areas = library.area.select(successor="area_code")
    moved = library.lineage.filter(pl.col("successor").is_not_null())
    return moved.join(pl.concat([known, areas]), on="successor", how="anti")


def circles(lineage: pl.DataFrame) -> pl.DataFrame:
    """Codes that lead back to themselves: rows of `lineage` left when all that ends somewhere has been taken away.

    A split may name the old code as one of its successors; that is no circle.
    """
    steps = lineage.filter(pl.col("successor").is_not_null() & (pl.col("code") != pl.col("successor")))
    if "kind" in steps.columns:
        # A reinstated code turns back on purpose.
        steps = steps.filter(pl.col("kind").fill_null("") != "reinstate")
    while True:
        onward = steps.join(steps.select(successor="code").unique(), on="successor", how="semi")
        if onward.height == steps.height:
            return onward.select("code").unique()
        steps = onward
