"""A district to try it on: make one, and measure what the lake made of it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

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
    feed: Annotated[list[str] | None, typer.Option("--feed", help="Only this feed delivers (may be repeated).")] = None,
    profile: Annotated[bool, typer.Option("--profile", help="Print the rates reached beside those aimed at.")] = False,
    as_json: Json = False,
) -> int:
    """Make a district of made people: an address library, departments' deliveries day by day, and the truth.

    blockdata synth --buildings 500 --seed 1 --days 3 --out district
    """
    from schemas.errors import UsageError
    from synth.calendar import FIRST_DAY
    from synth.make import feeds_made, make_district

    only = feed or None
    unknown = sorted(set(feed or ()) - feeds_made().keys())
    if unknown:
        raise UsageError(f"no feed {', '.join(unknown)} can be made", "`blockdata feeds` lists them")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out} is not empty", "name a new folder")
    first = start.date() if start else FIRST_DAY
    with console.working(f"making {buildings:,} buildings") as tell_step:
        made = make_district(buildings, seed, days, out, start=first, feeds=only, progress=tell_step)
    rates = _rates(out) if profile else []
    if as_json:
        console.say_json({**console.plain(made), **({"profile": rates} if profile else {})})
        return console.DONE
    console.say(f"{made.buildings:,} buildings, {made.units:,} rooms, {made.people:,} people in {out}")
    console.say(f"{made.delivered:,} rows in {made.files} files over {days} days")
    if rates:
        shown = ["name", "reached", "aim", "holds"]
        console.table(shown, [[one[name] for name in shown] for one in rates])
    console.note(f"next: blockdata library import {out / 'library'}")
    return console.DONE


def _rates(out: Path) -> list[dict[str, Any]]:
    from synth.profile import profile

    with console.working("measuring what was made"):
        rates: list[dict[str, Any]] = profile(out)["rates"]
    return rates


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
        for subject, numbers in found.items():
            _tell(subject, numbers)
    return console.DONE


def _tell(subject: str, numbers: dict[str, Any]) -> None:
    """The numbers of one subject, then a table for each of its breakdowns (by feed, by rule)."""
    plain = [(name, value) for name, value in numbers.items() if not isinstance(value, dict | list)]
    console.table([subject, "value"], plain)
    for name, parts in numbers.items():
        if isinstance(parts, dict) and parts and all(isinstance(part, dict) for part in parts.values()):
            columns = list(dict.fromkeys(column for part in parts.values() for column in part))
            console.table([name, *columns], [[key, *map(part.get, columns)] for key, part in parts.items()])
