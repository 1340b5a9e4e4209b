"""A district to try it on: make one, and measure what the lake made of it."""

from __future__ import annotations

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


def synth() -> int:
    """Make a district (being built)."""
    raise NotImplementedError
