"""Addresses of one's own: import a library, check codes, key, parse, compare. No Airflow, no contract."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json

PANEL = "Your own addresses"
Input = Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, or .txt with one text a line.")]
Output = Annotated[Path, typer.Option(help="Where the result goes: .csv, .xlsx or .parquet.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(key)
    app.command(rich_help_panel=PANEL)(parse)
    library = typer.Typer(no_args_is_help=True, help="The address library the lake keys to.")
    library.callback()(lambda: None)
    library.command("import")(library_import)
    app.add_typer(library, name="library", rich_help_panel=PANEL)
    code = typer.Typer(no_args_is_help=True, help="Unified address codes.")
    code.callback()(lambda: None)
    code.command("check")(code_check)
    app.add_typer(code, name="code", rich_help_panel=PANEL)


def library_import(
    folder: Annotated[Path, typer.Argument(help="Parquet files named after the tables: address.unit.parquet …")],
    as_json: Json = False,
) -> int:
    """Check an address library and make it the current one.

    blockdata library import district/library
    """
    from transforms.addressing.library_import import import_library

    with console.working("checking and importing the library"):
        report = import_library(folder, console.home())
    if as_json:
        console.say_json(report)
    else:
        _tell_import(console.plain(report))
    return console.DONE


def _tell_import(report: dict) -> None:
    console.say("the library is current" + (f": {report['version']}" if report.get("version") else ""))
    rows = report.get("rows")
    if isinstance(rows, dict):
        console.table(["table", "rows"], [[name, count] for name, count in rows.items()])


def code_check(
    file: Input,
    column: Annotated[str, typer.Option(help="The column holding codes.")],
    out: Output,
    as_json: Json = False,
) -> int:
    """Check unified address codes: adds is_valid, kind and reason, keeps every input column.

    blockdata code check codes.xlsx --column 统一地址编码 --out checked.xlsx
    """
    import polars as pl

    from cli import spreadsheets
    from schemas.code import checked

    spreadsheets.check_output(out)
    frame = spreadsheets.read(file, column)
    found = frame.select(checked(pl.col(column).cast(pl.String)).alias("checked")).unnest("checked")
    _refuse_taken(frame.columns, found.columns)
    spreadsheets.write(frame.hstack(found), out)
    valid = int(found["is_valid"].sum())
    _done(out, frame.height, f"{valid:,} of {frame.height:,} codes are valid", as_json, {"valid": valid})
    return console.DONE


def key(
    file: Input,
    column: Annotated[str, typer.Option(help="The column holding addresses.")],
    out: Output,
    as_json: Json = False,
) -> int:
    """Find the code each address means: adds the match, its method, score and reason, keeps every input column.

    blockdata key visits.xlsx --column 地址 --out keyed.xlsx

    blockdata key visits.csv --column addr --against sites.csv --id id --name name --out keyed.csv
    """
    from cli import keying, spreadsheets

    spreadsheets.check_output(out)
    frame = spreadsheets.read(file, column)
    with console.working(f"keying {frame.height:,} addresses"):
        found = keying.to_current_library(frame[column], console.home())
    _refuse_taken(frame.columns, found.columns)
    spreadsheets.write(frame.hstack(found), out)
    levels = dict(sorted(found.group_by("match_level").len().iter_rows()))
    told = ", ".join(f"{level} {count:,}" for level, count in levels.items())
    _done(out, frame.height, f"keyed at {told}", as_json, {"levels": levels})
    return console.DONE


def parse(
    file: Input,
    column: Annotated[str, typer.Option(help="The column holding addresses.")],
    out: Output,
    as_json: Json = False,
) -> int:
    """Take addresses apart: province, city, … building, entrance, floor, room; keeps every input column.

    blockdata parse visits.csv --column 地址 --out parsed.csv
    """
    import polars as pl

    from cli import spreadsheets
    from transforms.addressing.parse import parse_addresses

    spreadsheets.check_output(out)
    frame = spreadsheets.read(file, column)
    with console.working(f"parsing {frame.height:,} addresses"):
        found = parse_addresses(frame[column].cast(pl.String))
    found = found.rename({name: f"parsed_{name}" for name in found.columns if name in frame.columns})
    spreadsheets.write(frame.hstack(found), out)
    _done(out, frame.height, f"{frame.height:,} addresses parsed", as_json, {})
    return console.DONE


def _refuse_taken(given: list[str], added: list[str]) -> None:
    from schemas.errors import UsageError

    taken = sorted(set(given) & set(added))
    if taken:
        raise UsageError(f"the file already has a column {', '.join(taken)}", "rename it in the file first")


def _done(out: Path, rows: int, told: str, as_json: bool, more: dict) -> None:
    if as_json:
        console.say_json({"rows": rows, "out": str(out), **more})
    else:
        console.say(f"{told}; written to {out}")
