"""Change codes: mint, rename, split, merge, renumber, cancel, reinstate, confirm, alias, redraw; each one operation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json

if TYPE_CHECKING:
    from transforms.library.draft import Order
    from transforms.library.operation import Done

Code = Annotated[
    str, typer.Argument(help="A code of the library: 25 positions a unit, 19 a building.", show_default=False)
]
By = Annotated[str, typer.Option("--by", help="The post that orders it, never a person.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Why.", show_default=False)]
Day = Annotated[
    datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="From which day; today unless given.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")]


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
    if bool(grid) + bool(building) + (file is not None) > 1:
        raise UsageError("--grid, --building and --file ask for different things", "give one of them")
    if out is not None and file is None:
        raise UsageError("--out gives the rows of a file back", "give --file with it, or leave it out")
    if building and any((estate, estate_number, road, road_number, name, floors, lon, lat, temporary)):
        raise UsageError(
            "names, floors and a place belong to a building, --building asks for rooms of one",
            "leave them out, or mint a building with --grid",
        )
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


def rename(
    code: Code,
    *,
    name: Annotated[str | None, typer.Option(help="A building's own name; empty takes it away.")] = None,
    estate: Annotated[str | None, typer.Option(help="A building's estate or village.")] = None,
    estate_number: Annotated[str | None, typer.Option(help="Its number there, 3栋.")] = None,
    road: Annotated[str | None, typer.Option(help="A building's road.")] = None,
    road_number: Annotated[str | None, typer.Option(help="Its number there, 12号.")] = None,
    room: Annotated[str | None, typer.Option(help="A unit's room.")] = None,
    entrance: Annotated[str | None, typer.Option(help="A unit's entrance; empty takes it away.")] = None,
    standard_address: Annotated[str | None, typer.Option(help="A unit's standard address, if not by the rule.")] = None,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Call a place otherwise: its code stays, its former name goes on finding it.

    blockdata library rename 4403060010010100001 --estate 幸福里 --estate-number A栋 --by 地名岗 --reason 更名批复
    """
    from transforms.library.rename import rename as work

    names = {
        "name": name, "estate": estate, "estate_number": estate_number, "road": road, "road_number": road_number,
        "room": room, "entrance": entrance, "standard_address": standard_address,
    }  # fmt: skip
    told = {column: text for column, text in names.items() if text is not None}
    return _tell(work(console.home(), code, told, _order(by, reason, day), dry_run=dry_run), as_json)


def split(
    code: Code,
    *,
    into: Annotated[
        list[str], typer.Option(help="A part: a room, or a building's number in its estate. Twice or more.")
    ],
    assign: Annotated[
        list[str] | None, typer.Option(help="Of a building: ENTRANCE=PART, ROOM=PART or UNITCODE=PART; repeat it.")
    ] = None,
    rest: Annotated[str, typer.Option(help="Of a building: the part all other rooms go to.")] = "",
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Make one place several: every part gets a new code, the old one leads to them.

    blockdata library split 4403060010010100001000003 --into 201A --into 201B --by 地址管理岗 --reason 分隔出租

    blockdata library split 4403060010010100001 --into 3A栋 --into 3B栋 --assign 1单元=3A栋 --rest 3B栋 …
    """
    from schemas.errors import UsageError
    from transforms.library.split import split as work

    wrong = [text for text in assign or [] if "=" not in text]
    if wrong:
        raise UsageError(f"--assign {wrong[0]} says no part", "write it as 1单元=3A栋")
    assigned = {key.strip(): part.strip() for key, part in (text.split("=", 1) for text in assign or [])}
    order = _order(by, reason, day)
    return _tell(work(console.home(), code, into, order, assign=assigned, rest=rest, dry_run=dry_run), as_json)


def merge(
    codes: Annotated[list[str], typer.Argument(help="Units of one building, or buildings.", show_default=False)],
    *,
    into: Annotated[str, typer.Option(help="The one of them that keeps its code; without it a new one is made.")] = "",
    room: Annotated[str | None, typer.Option(help="The new unit's room.")] = None,
    entrance: Annotated[str | None, typer.Option(help="The new unit's entrance.")] = None,
    name: Annotated[str | None, typer.Option(help="The new building's own name.")] = None,
    estate_number: Annotated[str | None, typer.Option(help="The new building's number in the estate.")] = None,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Make several places one: the codes that give way lead to it.

    blockdata library merge 4403060010010100001000001 4403060010010100001000002 --room 101 --by 地址管理岗 --reason 打通

    blockdata library merge 4403060010010100001 4403060010010100002 --into 4403060010010100001 …
    """
    from transforms.library.merge import merge as work

    names = {"room": room, "entrance": entrance, "name": name, "estate_number": estate_number}
    told = {column: text for column, text in names.items() if text is not None}
    order = _order(by, reason, day)
    return _tell(work(console.home(), codes, order, into=into, names=told, dry_run=dry_run), as_json)


def renumber(
    code: Code,
    *,
    grid: Annotated[
        str, typer.Option(help="Of a building: the base grid its code is to begin with; else today's.")
    ] = "",
    building: Annotated[str, typer.Option(help="Of a unit: the building it is in; else its own.")] = "",
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Give a place a new code, because the old one was wrong or its district changed; the old leads to the new.

    blockdata library renumber 4403060010010100001 --grid 44030600100102 --by 地址管理岗 --reason 登记网格有误
    """
    from transforms.library.renumber import renumber as work

    order = _order(by, reason, day)
    done = work(console.home(), code, order, grid_code=grid, building_code=building, dry_run=dry_run)
    return _tell(done, as_json)


def cancel(
    code: Code,
    *,
    with_units: Annotated[bool, typer.Option("--with-units", help="A building's rooms too.")] = False,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """End a code: the place is gone. The code stays for history and is never given to another.

    blockdata library cancel 4403060010010100001 --with-units --by 拆迁办 --reason 已拆除
    """
    from transforms.library.cancel import cancel as work

    order = _order(by, reason, day)
    return _tell(work(console.home(), code, order, with_units=with_units, dry_run=dry_run), as_json)


def reinstate(
    code: Code,
    *,
    with_units: Annotated[bool, typer.Option("--with-units", help="The rooms cancelled with a building too.")] = False,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Let a cancelled code stand again: it was cancelled in error, or the place is back.

    blockdata library reinstate 4403060010010100001 --with-units --by 地址管理岗 --reason 误注销
    """
    from transforms.library.cancel import reinstate as work

    order = _order(by, reason, day)
    return _tell(work(console.home(), code, order, with_units=with_units, dry_run=dry_run), as_json)


def confirm(
    code: Code,
    *,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Make a provisional code (a room found by the door) the room's code for good.

    blockdata library confirm 4403060010010100001000004 --by 地址管理岗 --reason 现场复核
    """
    from transforms.library.cancel import confirm as work

    return _tell(work(console.home(), code, _order(by, reason, day), dry_run=dry_run), as_json)


def alias(
    code: Annotated[str, typer.Argument(help="A unit, building or area code.", show_default=False)],
    *,
    kind: Annotated[
        str, typer.Option(help="full, administrative, geographic, colloquial, short, alternative or former.")
    ],
    text: Annotated[str, typer.Option(help="The name.")],
    end: Annotated[bool, typer.Option("--end", help="It is no name of the place any more.")] = False,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Add a name of a place, or end one: addresses written so find it.

    blockdata library alias 4403060010010100001 --kind colloquial --text 老供销社 --by 地名岗 --reason 居民习惯
    """
    from transforms.library.alias import add_alias, end_alias

    work = end_alias if end else add_alias
    return _tell(work(console.home(), code, kind, text, _order(by, reason, day), dry_run=dry_run), as_json)


def redraw(
    *,
    areas: Annotated[
        Path | None, typer.Option(help="area_code, level, name, parent_code, is_ended, successor: begin, change, end.")
    ] = None,
    buildings: Annotated[
        Path | None, typer.Option(help="building_code and where it lies now: grid_code, community_code, street_code.")
    ] = None,
    by: By,
    reason: Reason,
    day: Day = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Redraw streets, communities and grids from a day on; no code changes.

    blockdata library redraw --areas areas.csv --buildings moved.csv --date 2026-07-01 --by 民政区划岗 --reason 区划调整
    """
    from transforms.library.redraw import read_redrawing
    from transforms.library.redraw import redraw as work

    redrawing = read_redrawing(areas, buildings)
    return _tell(work(console.home(), redrawing, _order(by, reason, day), dry_run=dry_run), as_json)


# Those typed often may be typed without `library` before them: no other command bears their names.
FREQUENT: tuple[Callable[..., int], ...] = (mint, rename, split, merge, renumber, cancel, reinstate)
COMMANDS: tuple[Callable[..., int], ...] = (*FREQUENT, confirm, alias, redraw)


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
