"""The door: write the lists of doors worth knocking on, and take back what was found."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json

PANEL = "The door"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Verification lists for grid workers, and their outcomes.")
    group.command("list")(verify_list)
    group.command("import")(verify_import)
    app.add_typer(group, name="verify", rich_help_panel=PANEL)


def verify_list(
    grid: Annotated[str, typer.Option(help="Only this work grid.")] = "",
    as_json: Json = False,
) -> int:
    """Write one XLSX a work grid from the current release: doors in walking order, no name anywhere.

    blockdata verify list
    """
    from serving.verify import write_lists

    lists = write_lists(console.home(), grid)
    if as_json:
        console.say_json(lists)
    elif lists:
        console.table(["work grid", "tasks", "file"], [[one.work_grid, one.tasks, str(one.path)] for one in lists])
    else:
        console.say("no open task in this release")
    return console.DONE


def verify_import(
    file: Annotated[Path, typer.Argument(help="A list filled in: outcome and visited date.", exists=True)],
    day: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Delivery day; without it, the latest visit in the file."),
    ] = None,
    as_json: Json = False,
) -> int:
    """Take a filled-in list back as a feed; doors not visited yet are left open.

    blockdata verify import 新安一格.xlsx
    """
    from cli.loading import tell
    from serving.verify import import_outcomes

    with console.working(f"importing {file.name}"):
        result = import_outcomes(file, console.home(), day.date() if day else None)
    if as_json:
        console.say_json(result)
    else:
        tell(result)
        if result.status != "refused":
            console.note("next: blockdata publish")
    return console.REFUSED if result.status == "refused" else console.DONE
