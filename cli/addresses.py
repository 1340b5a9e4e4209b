"""Addresses of one's own: check codes, key, parse, compare. No Airflow, no contract."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json
from schemas.errors import UsageError

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary

PANEL = "Your own addresses"
Input = Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, or .txt with one text a line.")]
Output = Annotated[Path, typer.Option(help="Where the result goes: .csv, .xlsx or .parquet.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(key)
    app.command(rich_help_panel=PANEL)(parse)
    app.command(rich_help_panel=PANEL)(compare)
    code = typer.Typer(no_args_is_help=True, help="Unified address codes.")
    code.callback()(lambda: None)
    code.command("check")(code_check)
    app.add_typer(code, name="code", rich_help_panel=PANEL)


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

    from schemas.code import checked
    from transforms.addressing.tabular import write_beside

    def judged(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.select(checked(pl.col(column).cast(pl.String).str.strip_chars()).alias("checked")).unnest(
            "checked"
        )

    rows = valid = 0
    with console.working(f"checking {file.name}") as tell:
        for found in write_beside(file, [column], out, judged, lambda done: tell("", done)):
            rows, valid = rows + found.height, valid + int(found["is_valid"].sum())
    _done(out, rows, f"{valid:,} of {rows:,} codes are valid", as_json, {"valid": valid})
    return console.DONE


def key(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX, Parquet, or .txt; with --explain also one address itself.")],
    *,
    column: Annotated[
        str, typer.Option(help="The column holding addresses; of a .txt it is called address.")
    ] = "address",
    out: Annotated[
        Path | None, typer.Option(help="Where the result goes: .csv, .xlsx or .parquet; not needed with --explain.")
    ] = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Tell of the first addresses what was read and why each candidate lost.")
    ] = False,
    rows: Annotated[int, typer.Option(help="With --explain: how many addresses.", min=1)] = 10,
    against: Annotated[
        Path | None, typer.Option(help="A table of names of your own to key to, instead of the current library.")
    ] = None,
    id_column: Annotated[str, typer.Option("--id", help="With --against: its column of ids.")] = "id",
    name_column: Annotated[str, typer.Option("--name", help="With --against: its column of names.")] = "name",
    as_json: Json = False,
) -> int:
    """Find the code each address means: adds the match, its method, score and reason, keeps every input column.

    blockdata key visits.xlsx --column 地址 --out keyed.xlsx

    blockdata key visits.csv --column addr --against sites.csv --id id --name name --out keyed.csv

    blockdata key "西乡街道固戍一村66号501" --explain
    """
    from transforms.addressing.key_file import key_file

    if explain:
        return _explained(file, column, rows, _asked(against, id_column, name_column), as_json=as_json)
    if out is None:
        raise UsageError("no --out says where the result goes", "give --out FILE, or --explain to look at a few")

    _tell_sheets(file, against)
    with console.working(f"keying {file.name}") as tell:
        levels = key_file(
            file,
            column,
            out,
            home=console.home(),
            against=against,
            id=id_column,
            name=name_column,
            progress=_pace(tell),
            note=lambda text: console.note(f"note: {text}"),
        )
    told = ", ".join(f"{level} {count:,}" for level, count in levels.items())
    _done(out, sum(levels.values()), f"keyed at {told}", as_json, {"levels": levels})
    return console.DONE


def _tell_sheets(*files: Path | None) -> None:
    """Says which sheets of a workbook are not read."""
    from transforms.addressing.tabular import sheets

    for file in files:
        if file is not None and (others := sheets(file)[1:]):
            console.note(f"note: only the first sheet of {file.name} is read, not {', '.join(others)}")


def _asked(against: Path | None, id_column: str, name_column: str) -> tuple[AddressLibrary, dict[str, str]]:
    """What is keyed to, and the ids of its codes where it is a list of one's own."""
    from transforms.addressing.key_file import current_library, read_list
    from transforms.addressing.own_list import own_list

    if against is None:
        return current_library(console.home()), {}
    listed = own_list(read_list(against, id_column, name_column))
    return listed.library, dict(listed.ids.select("code", "id").iter_rows())


def _explained(
    file: Path, column: str, rows: int, asked: tuple[AddressLibrary, dict[str, str]], *, as_json: bool
) -> int:
    from transforms.addressing.explain import explain_addresses, first_texts

    library, ids = asked
    told = explain_addresses(first_texts(file, column, rows), library)
    if as_json:
        console.say_json([console.plain(one) for one in told])
        return console.DONE
    for one in told:
        console.say(one.text)
        console.say("  read     " + " · ".join(f"{name} {value}" for name, value in one.components.items()))
        code = one.answer["unit_code"] or one.answer["building_code"] or one.answer["area_code"] or ""
        code = ids.get(str(code), code)
        console.say(
            f"  answer   {one.answer['match_level']} {code} by {one.answer['match_method']}, "
            f"{one.answer['match_score']:.3f}: {one.answer['reason']}"
        )
        for candidate in one.candidates:
            console.say(f"  {candidate.evidence:.2f}     {candidate.name} ({candidate.stage}) {candidate.outcome}")
            console.say(f"           {'; '.join(candidate.speaks)}")
        console.say()
    return console.DONE


def _pace(tell: console.Tell) -> Callable[[int], None]:
    """Progress with the rows a second."""
    begun = time.perf_counter()
    return lambda rows: tell(f"{rows / max(1e-3, time.perf_counter() - begun):,.0f} rows/s,", rows)


def parse(
    file: Input,
    column: Annotated[str, typer.Option(help="The column holding addresses; of a .txt it is called address.")],
    out: Output,
    as_json: Json = False,
) -> int:
    """Take addresses apart: province, city, … building, entrance, floor, room; keeps every input column.

    blockdata parse visits.csv --column 地址 --out parsed.csv
    """
    from transforms.addressing.key_file import parse_file

    _tell_sheets(file)
    with console.working(f"parsing {file.name}") as tell:
        rows = parse_file(file, column, out, progress=_pace(tell))
    _done(out, rows, f"{rows:,} addresses parsed", as_json, {})
    return console.DONE


def compare(
    file: Input,
    *,
    left: Annotated[str, typer.Option(help="One column of addresses.")],
    right: Annotated[str, typer.Option(help="The other.")],
    out: Output,
    as_json: Json = False,
) -> int:
    """Say of each pair of addresses whether they mean the same place: adds relation, score and reason.

    blockdata compare pairs.csv --left 登记地址 --right 经营地址 --out compared.csv
    """
    from transforms.addressing.compare import compare_file

    _tell_sheets(file)
    with console.working(f"comparing {file.name}") as tell:
        relations = compare_file(file, left, right, out, progress=_pace(tell))
    told = ", ".join(f"{relation} {count:,}" for relation, count in relations.items())
    _done(out, sum(relations.values()), told, as_json, {"relations": relations})
    return console.DONE


def _done(out: Path, rows: int, told: str, as_json: bool, more: dict[str, Any]) -> None:
    if as_json:
        console.say_json({"rows": rows, "out": str(out), **more})
    elif not rows:
        console.say(f"no rows, only the header; written to {out}")
    else:
        console.say(f"{told}; written to {out}")
