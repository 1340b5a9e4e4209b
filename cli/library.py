"""The address library: import one, ask what a code is and was. What changes one stands in `library_changes`."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import console
from cli.console import Json
from cli.library_changes import COMMANDS, FREQUENT

PANEL = "Your own addresses"
CHANGES = "Change codes"


def register(app: typer.Typer) -> None:
    """Add this group's commands, and the frequent ones at the top without listing them there."""
    library = typer.Typer(no_args_is_help=True, help="The address library the lake keys to: import, codes, history.")
    library.callback()(lambda: None)
    library.command("import")(library_import)
    for command in COMMANDS:
        library.command(rich_help_panel=CHANGES)(command)
    library.command()(history)
    for command in (*FREQUENT, history):
        app.command(hidden=True)(command)
    app.add_typer(library, name="library", rich_help_panel=PANEL)


def library_import(
    folder: Annotated[
        Path, typer.Argument(help="A folder of Parquet or CSV files named after the tables: address.unit.parquet …")
    ],
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
        for finding in report.noted:
            console.note(f"note: {finding}")
    return console.DONE


def _tell_import(report: dict) -> None:
    console.say("the library is current" + (f": {report['version']}" if report.get("version") else ""))
    rows = report.get("rows")
    if isinstance(rows, dict):
        console.table(["table", "rows"], [[name, count] for name, count in rows.items()])


def history(
    code: Annotated[str, typer.Argument(help="A unit, building or area code.", show_default=False)],
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="What it was on that day.")] = None,
    release: Annotated[str, typer.Option(help="Ask a release instead of the lake: its name, or current.")] = "",
    as_json: Json = False,
) -> int:
    """Tell what a code is and was: names, status, areas, what it came from and what it became.

    blockdata library history 4403060010010100001000003

    blockdata library history 4403060010010100001000003 --on 2026-03-05
    """
    account = _open_history(release).of(code, on.date() if on else None)
    if as_json:
        console.say_json(account)
        return console.DONE
    when = f" on {account.day}" if account.day else ""
    console.say(
        f"{account.level} {account.code}{when}: {account.status}" + (f" · {account.address}" if account.address else "")
    )
    for area in account.areas:
        console.say(f"  {area['level']}: {area['name']} {area['area_code']}")
    for name in account.names:
        console.say(f"  {name['kind']}: {name['text']}" + _span(name["valid_from"], name["valid_to"]))
    for step in account.comes_from:
        console.say(
            f"  from: {step.date} {step.kind} of {step.code}"
            + (f" into {step.successor}" if step.successor != account.code else "")
        )
    for step in account.became:
        console.say(f"  {step.date} {step.kind}: {step.code}" + (f" → {step.successor}" if step.successor else ""))
    if account.became:
        console.say("  in force today: " + (", ".join(account.leads_to) or "nothing"))
    if account.changes:
        shown = ["date", "kind", "attribute", "before", "after", "by", "reason"]
        console.table(
            shown, [[str(row[name]) if row[name] is not None else None for name in shown] for row in account.changes]
        )
    return console.DONE


def _open_history(release: str) -> Any:
    from transforms.library.history import ASKED, History

    if not release:
        return History.open(console.home())
    from serving.released import current, opened

    home = console.home()
    found = current(home) if release == "current" else opened(home.releases / release)
    return History.from_frames(
        {table: found.read(f"address.{table}") for table in ASKED if f"address.{table}" in found.names("place")}
    )


def _span(start: date | None, end: date | None) -> str:
    if start is None and end is None:
        return ""
    return f" ({start or '…'} to {end or 'today'})"
