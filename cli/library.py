"""The address library: import one, give codes, change them, ask what a code was."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json

if TYPE_CHECKING:
    from transforms.library.draft import Order
    from transforms.library.operation import Done

PANEL = "Your own addresses"
CHANGES = "Change codes"
Code = Annotated[
    str, typer.Argument(help="A code of the library: 25 positions a unit, 19 a building.", show_default=False)
]
By = Annotated[str, typer.Option("--by", help="The post that orders it, never a person.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why.", show_default=False)]
Day = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="From which day; today unless given.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


def register(app: typer.Typer) -> None:
    """Add this group's commands, and the frequent ones at the top without listing them there."""
    library = typer.Typer(no_args_is_help=True, help="The address library the lake keys to: import, codes, history.")
    library.callback()(lambda: None)
    library.command("import")(library_import)
    for command in (mint,):
        library.command(rich_help_panel=CHANGES)(command)
        app.command(hidden=True)(command)
    library.command()(history)
    app.command(hidden=True)(history)
    app.add_typer(library, name="library", rich_help_panel=PANEL)


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
        for finding in report.noted:
            console.note(f"note: {finding}")
    return console.DONE


def _tell_import(report: dict) -> None:
    console.say("the library is current" + (f": {report['version']}" if report.get("version") else ""))
    rows = report.get("rows")
    if isinstance(rows, dict):
        console.table(["table", "rows"], [[name, count] for name, count in rows.items()])


def mint(
    *,
    grid: Annotated[str, typer.Option(help="A building: the base grid it stands in (14 digits).")] = "",
    building: Annotated[str, typer.Option(help="Rooms: the building they are in (19 positions).")] = "",
    room: Annotated[list[str] | None, typer.Option(help="A room of the building, 501; may be repeated.")] = None,
    entrance: Annotated[str, typer.Option(help="The rooms' entrance, 2 or 2单元.")] = "",
    floor: Annotated[int | None, typer.Option(help="The rooms' floor.")] = None,
    area_m2: Annotated[float | None, typer.Option("--area-m2", help="The rooms' area.")] = None,
    usage: Annotated[str, typer.Option(help="Code list building_usage or unit_usage.")] = "",
    estate: Annotated[str, typer.Option(help="The building's estate or village.")] = "",
    estate_number: Annotated[str, typer.Option(help="Its number there, 3栋.")] = "",
    road: Annotated[str, typer.Option(help="Its road.")] = "",
    road_number: Annotated[str, typer.Option(help="Its number there, 12号.")] = "",
    name: Annotated[str, typer.Option(help="Its own name.")] = "",
    floors: Annotated[int | None, typer.Option(help="Its floors.")] = None,
    lon: Annotated[float | None, typer.Option(help="Its place, EPSG:4490.")] = None,
    lat: Annotated[float | None, typer.Option(help="Its place, EPSG:4490.")] = None,
    temporary: Annotated[bool, typer.Option("--temporary", help="A temporary building: a T-code.")] = False,
    file: Annotated[Path | None, typer.Option("--file", help="Many: CSV, XLSX or Parquet, a column a field.")] = None,
    out: Annotated[Path | None, typer.Option(help="With --file: the same rows with their codes.")] = None,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Give new codes: to a building in a base grid, to rooms of a building, to all rows of a file.

    blockdata library mint --grid 44030600100101 --estate 固戍一村 --estate-number 68号 --by 地址管理岗 --reason 新建

    blockdata library mint --building 4403060010010100001 --room 501 --room 502 --by 地址管理岗 --reason 漏登

    blockdata library mint --file rooms.csv --out coded.csv --by 地址管理岗 --reason 年度补登
    """
    from schemas.errors import UsageError
    from transforms.library import mint as work

    order = _order(by, reason, day)
    if file is not None:
        from transforms.library.mint_file import mint_file

        with console.working(f"minting the rows of {file.name}"):
            done = mint_file(console.home(), file, order, out=out, dry_run=dry_run)
        return _tell(done, as_json)
    wanted: list[Any]
    if building and room:
        wanted = [work.NewUnit(building, one, entrance or None, floor, area_m2, usage or None) for one in room]
    elif grid:
        wanted = [
            work.NewBuilding(
                grid, name or None, estate or None, estate_number or None, road or None, road_number or None,
                usage=usage or None, floors=floors, lon=lon, lat=lat, is_temporary=temporary,
            )
        ]  # fmt: skip
    else:
        raise UsageError("what should get a code?", "give --grid and names, --building and --room, or --file")
    return _tell(work.mint(console.home(), wanted, order, dry_run=dry_run), as_json)


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


def _order(by: str, reason: str, day: datetime | None) -> Order:
    from transforms.library.draft import Order
    from transforms.library.operation import today

    return Order(by.strip(), reason.strip(), day.date() if day else today())


def _tell(done: Done, as_json: bool) -> int:
    if as_json:
        console.say_json(done)
        return console.DONE
    heading = {
        "done": "done",
        "repeated": "had been done before, nothing more was done",
        "tried": "would be done (dry run)",
    }
    console.say(f"{done.kind} of {done.date}: {heading[done.status]} · operation {done.operation}")
    shown = done.codes[:50]
    for change in shown:
        console.say(
            f"  {change.kind}: {change.code}" + (f" → {', '.join(change.successors)}" if change.successors else "")
        )
    if len(done.codes) > len(shown):
        console.note(f"and {len(done.codes) - len(shown):,} more; --json gives all")
    return console.DONE
