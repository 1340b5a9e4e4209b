"""The state of the house: what serves, whether it is sound, whether the audit log holds."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import console, lake
from cli.console import Json

PANEL = "The house"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(status)
    app.command(rich_help_panel=PANEL)(doctor)
    group = typer.Typer(no_args_is_help=True, help="The audit log: every access, hash-chained.")
    group.command("verify")(audit_verify)
    app.add_typer(group, name="audit", rich_help_panel=PANEL)
    lake.register(app)


def status(
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="List feeds that are fine, and every refusal, too.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option(help="Write the board, one page that opens anywhere, to this file.")
    ] = None,
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Judge lateness as of this day instead of today.")
    ] = None,
    as_json: Json = False,
) -> int:
    """Show how all feeds stand, worst first: who is late, what was refused and why, what serves since when.

    blockdata status

    blockdata status --all --day 2026-03-05

    blockdata status --html board.html
    """
    from serving.board import board
    from serving.status import status as state

    with console.working("looking"):
        found = state(console.home(), datetime.combine(day.date(), time.max) if day else None)
    if html is not None:
        html.write_text(board(found), encoding="utf-8")
        console.note(f"the board: {html} ({html.stat().st_size:,} bytes)")
    if as_json:
        console.say_json(found)
    elif html is None:
        _tell(found, everything)
    return console.DONE


def _tell(found: dict[str, Any], everything: bool) -> None:
    release, summary = found["release"], found["summary"]
    if release:
        console.say(
            f"release {release['name']} of {release['published_at']:%Y-%m-%d %H:%M} · {release['tables']} tables · "
            f"{release['rows']:,} rows"
        )
    else:
        console.say("nothing is published yet")
    console.say(
        f"{summary['feeds']} feeds: {summary['never']} never delivered, {summary['late']} late, "
        f"{summary['refused']} refused, {summary['warned']} with warnings, {summary['fine']} fine · "
        f"{summary['open']:,} rows in quarantine"
    )
    shown = [feed for feed in found["feeds"] if everything or feed["state"] != "fine"]
    if shown:
        console.table(_HEADINGS, [_line(feed) for feed in shown])
    if len(shown) < summary["feeds"]:
        console.note(f"{summary['feeds'] - len(shown)} feeds are fine; --all lists them")
    for feed in found["feeds"]:
        for one in feed["refused"]:
            if everything or one["batch_id"] == feed["last_batch"]:
                day, files = one["delivered_on"] or "no day", ", ".join(one["file_names"] or [])
                console.say(f"refused: {feed['feed_id']} {day} {files} (batch {one['batch_id']})")
                console.say(f"  {one['rule']}: {one['reason']}")
                if one["mend"]:
                    console.say(f"  mend: {one['mend']}")


_HEADINGS = ["state", "feed", "last delivery", "late", "rows", "usual", "open", "keyed", "gate", "serves", "since"]


def _line(feed: dict[str, Any]) -> list[Any]:
    late, gate, change = feed["days_late"], feed["gate"], feed["keyed_change"]
    keyed = "" if feed["keyed_share"] is None else f"{feed['keyed_share']:.1%}"
    trend = "" if change is None or abs(change) < 0.005 else f" {'↑' if change > 0 else '↓'}{abs(change) * 100:.1f}"
    last = f"{feed['last_day'] or 'no day'} {feed['last_at']:%m-%d %H:%M}" if feed["last_at"] else None
    return [
        feed["state"],
        feed["feed_id"],
        last,
        f"{late} day{'' if late == 1 else 's'}" if late else None,
        feed["last_rows"],
        feed["usual_rows"],
        feed["open"],
        keyed + trend,
        f"{gate['result']} {gate['title']}".strip() if gate["result"] not in ("none", "passed") else None,
        feed["serves_day"],
        feed["serves_since"],
    ]


def doctor(
    deep: Annotated[
        bool, typer.Option("--deep", help="Read every file: all releases' checksums, tables, sealed originals.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Check that everything here works: Python, keys, disk, lake, release checksums, leftovers.

    Exit code 1 when something is bad.

      blockdata doctor --deep
    """
    from serving.doctor import examine

    with console.working("examining"):
        checks = examine(console.home(), deep=deep)
    bad = [check for check in checks if check.state == "bad"]
    if as_json:
        console.say_json({"sound": not bad, "checks": checks})
    else:
        console.table(["check", "state", "what"], [[check.name, check.state, check.what] for check in checks])
        for check in checks:
            if check.mend:
                console.note(f"{check.name}: {check.mend}")
    return console.REFUSED if bad else console.DONE


def audit_verify(as_json: Json = False) -> int:
    """Follow the audit log's chain from the first entry to the last; exit 1 where it does not hold.

    blockdata audit verify
    """
    from serving.audit import verify_audit

    report = verify_audit(console.home())
    if as_json:
        console.say_json(report)
    elif report.intact:
        console.say(f"{report.entries:,} entries, the chain holds")
    else:
        console.say(f"broken at entry {report.broken_at}: {report.reason}")
    return console.DONE if report.intact else console.REFUSED
