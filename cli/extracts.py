"""What leaves: extracts by agreement, and an analyst's own copy of the place profile."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json

PANEL = "What leaves"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Extracts: what a department may pull by its agreement.")
    group.command("list")(extract_list)
    group.command("run")(extract_run)
    app.add_typer(group, name="extract", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(checkout)


def extract_list(as_json: Json = False) -> int:
    """List the agreements, and whether each may be run today.

    blockdata extract list
    """
    from serving.extract import list_agreements

    listed = list_agreements()
    if as_json:
        console.say_json(listed)
    else:
        shown = ["id", "department", "purpose", "expires_on", "state"]
        console.table(shown, [[one[name] for name in shown] for one in listed])
    return console.DONE


def extract_run(
    agreement: Annotated[str, typer.Argument(help="An agreement's id, or the path of its YAML.")],
    today: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge validity as of this day (default: today).")
    ] = None,
    as_json: Json = False,
) -> int:
    """Write what an agreement grants from the current release, masked, with a manifest.

    Expired, unapproved or over-reaching agreements are refused (exit code 1).

      blockdata extract run education_school_places_2027
    """
    from serving.extract import run_agreement

    with console.working(f"extracting {agreement}"):
        result = run_agreement(agreement, console.home(), today.date() if today else None)
    if as_json:
        console.say_json(result)
    else:
        console.say(f"{result.rows:,} rows of release {result.release} for {result.department}: {result.folder}")
        if result.suppressed_cells:
            console.say(f"  {result.suppressed_cells:,} cells under the minimum are withheld")
    return console.DONE


def checkout(
    release: Annotated[str, typer.Argument(help="A release's name, or: current.")],
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or empty.")],
    as_json: Json = False,
) -> int:
    """Copy a release's place profile into a folder: no persons, opens with DuckDB anywhere.

    blockdata checkout current ~/baseboard
    """
    from serving.checkout import checkout as copy

    with console.working(f"copying {release}"):
        path = copy(release, folder, console.home())
    if as_json:
        console.say_json({"folder": str(path), "database": str(path / "baseboard.duckdb")})
    else:
        console.say(f"the place profile is in {path}")
        console.note(f'next: duckdb {path / "baseboard.duckdb"} "FROM release.table"')
    return console.DONE
