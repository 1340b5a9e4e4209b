"""Is an address library sound? What would let a record find a wrong door is refused; oddities are noted."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from schemas.code import checked
from schemas.codelist import load_codelist
from schemas.table import load_tables
from transforms.addressing.library import COLUMNS, AddressLibrary
from transforms.addressing.library_rows import row_faults

EXAMPLES = 3  # codes shown with each finding
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
    refused = lacking + faults_of(library)
    refused += [
        Finding(fault.table, fault.problem, len(fault.codes), _examples(fault.codes), fault.mend)
        for fault in row_faults(given)
    ]
    noted = [*_unread(given), *(found for found in _oddities(library) if found is not None)]
    return LibraryReport(library.version, rows, refused, noted)


def found_in(table: str, problem: str, rows: pl.DataFrame, column: str) -> Finding | None:
    """`problem` of `table` with the codes that stand in `column` of `rows`; None where there are no rows."""
    if rows.is_empty():
        return None
    return Finding(table, problem, rows.height, _examples(rows[column]), MENDS.get(problem, ""))


def _examples(codes: pl.Series) -> list[str]:
    return codes.cast(pl.String).fill_null("(empty)").unique().sort().head(EXAMPLES).to_list()


def faults_of(library: AddressLibrary) -> list[Finding]:
    """What keeps a library out."""
    building, unit, area = library.building, library.unit, library.area
    codes = building.select("building_code")
    malformed = ~pl.col("checked").struct.field("is_valid") | pl.col("code").is_null()
    findings = [
        Finding("building", "rows", 0, []) if building.is_empty() else None,
        *[
            found_in(
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
        found_in(
            "building", "repeated codes", building.filter(pl.col("building_code").is_duplicated()), "building_code"
        ),
        found_in("unit", "repeated codes", unit.filter(pl.col("unit_code").is_duplicated()), "unit_code"),
        found_in(
            "unit",
            "units whose code begins with another building's",
            unit.filter(pl.col("unit_code").str.slice(0, 19) != pl.col("building_code")),
            "unit_code",
        ),
        found_in("unit", "units of no building", unit.join(codes, on="building_code", how="anti"), "unit_code"),
        found_in(
            "doorplate", "plates of no building", library.doorplate.join(codes, on="building_code", how="anti"),
            "building_code",
        ),
        found_in(
            "area",
            "malformed area codes",
            area.filter(~pl.col("area_code").str.contains("^[0-9]{6}([0-9]{3}([0-9]{3}([0-9]{2})?)?)?$").fill_null(False)),
            "area_code",
        ),
        found_in(
            "area",
            "areas with two valid rows",
            area.filter(pl.col("valid_to").is_null()).filter(pl.col("area_code").is_duplicated()),
            "area_code",
        ),
        found_in(
            "area",
            "areas whose parent is unknown",
            area.filter(pl.col("parent_code").is_not_null() & (pl.col("level") != "district")).join(
                area.select(parent_code="area_code"), on="parent_code", how="anti"
            ),
            "area_code",
        ),
        *[
            found_in(
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
        found_in("lineage", "changes to unknown codes", _unknown_successors(library), "code"),
        found_in("lineage", "codes whose changes turn in a circle", circles(library.lineage), "code"),
    ]  # fmt: skip
    return [found for found in findings if found is not None]


def _oddities(library: AddressLibrary) -> list[Finding | None]:
    live = pl.col("status").fill_null("active") != "cancelled"
    named = library.building.filter(live & pl.col("estate").is_not_null() & pl.col("estate_number").is_not_null())
    same = named.filter(pl.struct("estate", "estate_number", "street_code").is_duplicated())
    units = library.unit.filter(live)
    borne = library.alias.filter(pl.col("valid_to").is_null() & (pl.col("code").str.len_chars() >= 19))
    shared = borne.filter(pl.col("code").n_unique().over("text") > 1)
    return [
        found_in("alias", "names several places bear: they find none of them", shared, "code"),
        found_in(
            "building",
            "buildings that share estate, number and street: their addresses will tie",
            same,
            "building_code",
        ),
        found_in(
            "unit",
            "units without a room: no address can mean them",
            units.filter(pl.col("room").is_null()),
            "unit_code",
        ),
        found_in(
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
    return found_in(name, f"rows whose usage is no code of {name}_usage: kept as they are", strange, code)


def _alias_orphans(library: AddressLibrary) -> Finding | None:
    known = pl.concat(
        [
            library.building.select(code="building_code"),
            library.unit.select(code="unit_code"),
            library.area.select(code="area_code"),
        ]
    )
    return found_in("alias", "names of unknown codes", library.alias.join(known, on="code", how="anti"), "code")


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
