"""A district to try it on: make one, and measure what the lake made of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json

PANEL = "A district to try it on"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(synth)
    app.command(rich_help_panel=PANEL)(evaluate)


def synth(
    *,
    buildings: Annotated[int, typer.Option(min=50, max=175_000, help="How many buildings.")] = 500,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=366, help="Days of deliveries: a full one, then changes.")] = 3,
    out: Annotated[Path, typer.Option(help="A folder that is not there yet, or empty.", file_okay=False)],
    start: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First delivery day [default: 2026-03-02].")
    ] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Print the rates reached beside those aimed at.")] = False,
    as_json: Json = False,
) -> int:
    """Make a district of made people: an address library, departments' deliveries day by day, and the truth.

    blockdata synth --buildings 500 --seed 1 --days 3 --out district
    """
    from schemas.errors import UsageError
    from synth.make import make_district

    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty", "name a new folder")
    first = {"start": start.date()} if start else {}
    with console.working(f"making {buildings:,} buildings") as tell_step:
        made = make_district(buildings, seed, days, out, progress=tell_step, **first)
    rates = _rates(out) if profile else []
    if as_json:
        console.say_json({**console.plain(made), **({"profile": rates} if profile else {})})
        return console.DONE
    console.say(f"{made.buildings:,} buildings, {made.units:,} rooms, {made.people:,} people in {out}")
    console.say(f"{made.delivered:,} rows in {made.files} files over {days} days")
    if rates:
        console.table(["rate", "reached", "aimed at"], [[one["name"], one["reached"], one["aim"]] for one in rates])
    console.note(f"next: blockdata library import {out / 'library'}")
    return console.DONE


def _rates(out: Path) -> list[dict]:
    raise NotImplementedError


def evaluate(
    truth: Annotated[Path, typer.Option(help="The made district's truth folder.", exists=True, file_okay=False)],
    as_json: Json = False,
) -> int:
    """Measure keying and the finding of defects against a made district's truth.

    blockdata evaluate --truth district/truth --json
    """
    from synth.evaluate import evaluate as measure

    with console.working("comparing with the truth"):
        found = measure(truth, console.home())
    if as_json:
        console.say_json(found)
    else:
        console.table(["measure", "value"], list(_flat(found)))
    return console.DONE


def _flat(found: dict, prefix: str = "") -> list[tuple[str, object]]:
    """Nested numbers as `keying.precision`; long lists are left to --json."""
    lines: list[tuple[str, object]] = []
    for name, value in found.items():
        if isinstance(value, dict):
            lines += _flat(value, f"{prefix}{name}.")
        elif not isinstance(value, list):
            lines.append((prefix + name, value))
    return lines
