"""Answers: SQL over the current release, and what is known of one address."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json

if TYPE_CHECKING:
    import polars as pl

PANEL = "Answers"
SHOWN = 100  # rows drawn on a screen; every other format gives all


class Profile(StrEnum):
    """Which tables a query opens."""

    PLACE = "place"
    PERSON = "person"


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(sql)
    app.command(rich_help_panel=PANEL)(lookup)


def sql(
    query: Annotated[
        str | None, typer.Argument(help="One SELECT; - reads it from stdin; without it, a prompt.", show_default=False)
    ] = None,
    *,
    profile: Annotated[
        Profile,
        typer.Option(help="place: address, block, quality, release. person: population, entity, event, record too."),
    ] = Profile.PLACE,
    purpose: Annotated[str, typer.Option(help="What the person profile is opened for; kept in the audit log.")] = "",
    form: Annotated[Format, typer.Option("--format", help="json is a list of objects.")] = Format.TABLE,
    out: Annotated[Path | None, typer.Option(help="Write the answer here instead of to stdout.")] = None,
    as_json: Json = False,
) -> int:
    """Ask the current release one SELECT, read only.

    blockdata sql "SELECT table_name, rows FROM release.table"

    blockdata sql "SELECT street_code, count(*) FROM address.building GROUP BY ALL" --format csv

    blockdata sql "SELECT count(*) FROM population.residence" --profile person --purpose 人口统计月报
    """
    form = Format.JSON if as_json else form
    if query is None and sys.stdin.isatty():
        return _prompted(profile, purpose, form)
    text = sys.stdin.read() if query in (None, "-") else str(query)
    _answer(text, profile, purpose, form, out)
    return console.DONE


def _prompted(profile: Profile, purpose: str, form: Format) -> int:
    from cli.prompt import prompt
    from serving.released import current

    release = current(console.home()).name
    return prompt(lambda text: _answer(text, profile, purpose, form, None), release)


def _answer(text: str, profile: Profile, purpose: str, form: Format, out: Path | None) -> None:
    from serving.query import sql as ask
    from serving.rendering import rendered

    frame = ask(text, console.home(), profile.value, purpose)
    if form is Format.TABLE and out is None:
        _draw(frame)
        return
    content = rendered(frame, _form_of(form, out))
    if out is not None:
        out.write_bytes(content)
        console.note(f"{frame.height:,} rows in {out}")
    else:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def _form_of(form: Format, out: Path | None) -> str:
    """The form of a file: as asked for, else by its suffix, else CSV."""
    if form is not Format.TABLE:
        return form.value
    suffix = out.suffix[1:].lower() if out else ""
    return suffix if suffix in ("json", "parquet") else "csv"


def _draw(frame: pl.DataFrame) -> None:
    rows = frame.head(SHOWN).rows()
    console.table(frame.columns, [[_short(value) for value in row] for row in rows])
    if frame.height > SHOWN:
        console.note(f"the first {SHOWN} of {frame.height:,} rows; --format csv gives all")


def _short(value: Any) -> Any:
    return f"({len(value)} bytes)" if isinstance(value, bytes) else value


def lookup(
    text: Annotated[str, typer.Argument(help="An address as people say it, a building's name, or a code.")],
    as_json: Json = False,
) -> int:
    """Find a place and all that is known of it: its code, building, units, measures and history.

    blockdata lookup 西乡街道

    blockdata lookup 440306011
    """
    from serving.lookup import lookup as look

    with console.working("looking it up"):
        found = look(text, console.home())
    if as_json:
        console.say_json(found)
    else:
        _tell(found)
    return console.DONE if found["match"]["level"] != "none" else console.REFUSED


def _tell(found: dict[str, Any]) -> None:
    match = found["match"]
    console.say(f"{match['level']}: {match['code'] or 'no place in this district'}  {match['name'] or ''}".rstrip())
    scored = f" · score {match['score']:.2f}" if match["score"] is not None else ""
    margin = f", margin {match['margin']:.2f}" if match["margin"] is not None else ""
    console.say(f"  found by {match['method']}{scored}{margin}" + (f" · {match['reason']}" if match["reason"] else ""))
    if match["level"] in ("none", "estate", "community", "grid") and match["candidates"]:
        for one in match["candidates"]:
            console.say(f"  perhaps {one['code']} {one['name']}")
    for area in found["areas"]:
        console.say(f"  {area['level']}: {area['name']} {area['area_code']}")
    if found["measures"]:
        console.table(["measure", "value", "unit"], [[m["title"], m["value"], m["unit"]] for m in found["measures"]])
    if found["unit"]:
        console.say(f"  this unit: told of by {found['unit']['sources']} sources")
    elif found["units"]:
        shown = found["units"][:20]
        columns = ["unit_code", "entrance", "floor", "room", "sources"]
        title = f"{len(found['units'])} units" + (
            f", the first {len(shown)}" if len(shown) < len(found["units"]) else ""
        )
        console.table(columns, [[unit[name] for name in columns] for unit in shown], title)
    for alias in found["aliases"]:
        console.say(f"  also called ({alias['kind']}): {alias['text']}")
    for change in found["lineage"]:
        console.say(f"  {change['date']} {change['kind']}: {change['code']} → {change['successor'] or ''}")
