"""The state of the house: what serves, whether it is sound, whether the audit log holds."""

from __future__ import annotations

import typer

from cli import console
from cli.console import Json

PANEL = "The house"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(status)
    app.command(rich_help_panel=PANEL)(doctor)
    group = typer.Typer(no_args_is_help=True, help="The audit log: every access, hash-chained.")
    group.command("verify")(audit_verify)
    app.add_typer(group, name="audit", rich_help_panel=PANEL)


def status(as_json: Json = False) -> int:
    """Show what each feed last delivered, what serves, what was refused and why, and the release.

    blockdata status --json
    """
    from serving.status import status as state

    found = state(console.home())
    if as_json:
        console.say_json(found)
        return console.DONE
    release = found["release"]
    if release:
        console.say(f"release {release['name']} · {release['tables']} tables · {release['rows']:,} rows")
    else:
        console.say("nothing is published yet")
    shown = ["feed_id", "last_day", "last_status", "loaded_day", "serves_day", "batches", "received", "quarantined"]
    console.table(shown, [[feed[name] for name in shown] for feed in found["feeds"]])
    for feed in found["feeds"]:
        for one in feed["refused"]:
            day, files = one["delivered_on"] or "no day", ", ".join(one["file_names"] or [])
            console.say(f"refused: {feed['feed_id']} {day} {files} (batch {one['batch_id']})")
            console.say(f"  {one['rule']}: {one['reason']}")
    return console.DONE


def doctor(as_json: Json = False) -> int:
    """Check that everything here works: Python, keys, disk, lake, release checksums, leftovers.

    Exit code 1 when something is bad.

      blockdata doctor
    """
    from serving.doctor import examine

    checks = examine(console.home())
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
