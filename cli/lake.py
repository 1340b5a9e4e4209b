"""The lake kept in order: care, vacuum, backup, restore. `dags/care.py` runs what needs nobody, at night."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import console, persons
from cli.console import Json

PANEL = "The house"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="The lake's files: what is no longer needed goes.")
    group.command("care")(care)
    group.command("compact")(compact)
    group.command("vacuum")(vacuum)
    group.command("pin")(pin)
    app.add_typer(group, name="lake", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(backup)
    app.command(rich_help_panel=PANEL)(restore)
    persons.register(app)


DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would go, remove nothing.")]


def care(dry_run: DryRun = False, as_json: Json = False) -> int:
    """Do all that needs nobody: expired originals, old releases and logs go, files nobody needs too; says the bytes.

    What is kept how long stands in schemas/care.yaml.

      blockdata lake care --dry-run
    """
    from transforms.caring.retention import care as run

    with console.working("care"):
        done = run(console.home(), dry_run=dry_run)
    if as_json:
        console.say_json(done)
        return console.DONE
    console.table(["what", "would go" if dry_run else "removed", "bytes"], [[o.what, o.removed, o.bytes] for o in done])
    return console.DONE


def compact(as_json: Json = False) -> int:
    """Merge the small files of tables about batches; their rows stay the same.

    blockdata lake compact
    """
    from transforms.caring.compact import compact as run

    with console.working("compact"):
        done = run(console.home())
    if as_json:
        console.say_json(done)
    else:
        console.table(["table", "files before", "after"], [[one.table, one.before, one.after] for one in done])
    return console.DONE


def pin(
    release: Annotated[str, typer.Argument(help="A release's name.")],
    reason: Annotated[str, typer.Option(help="Why it is kept.")] = "",
    lift: Annotated[bool, typer.Option("--lift", help="Keep it no longer than any.")] = False,
) -> int:
    """Keep a release beyond its time.

    blockdata lake pin 2026-03-04.01 --reason "年报口径"
    """
    from transforms.caring.retention import pin as run

    now = run(console.home(), release, reason, lift=lift)
    console.table(["release", "reason"], [[name, why] for name, why in sorted(now.items())])
    return console.DONE


def vacuum(
    grace_hours: Annotated[int, typer.Option(help="Files younger than this stay for whoever reads them.")] = 24,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> int:
    """Remove files of the lake that no version in use needs. Releases and running readers are unharmed.

    blockdata lake vacuum --dry-run
    """
    from transforms.caring.vacuum import vacuum as run

    with console.working("vacuum"):
        done = run(console.home(), grace_hours=grace_hours, dry_run=dry_run)
    if as_json:
        console.say_json(done)
        return console.DONE
    console.table(["table", "files", "bytes"], [[one.table, one.files, one.bytes] for one in done])
    verb = "would go" if dry_run else "removed"
    console.say(f"{sum(one.files for one in done):,} files {verb}, {sum(one.bytes for one in done):,} bytes freed")
    return console.DONE


def backup(
    destination: Annotated[Path, typer.Argument(help="A folder on another disk; holds every backup made into it.")],
    incremental: Annotated[
        bool, typer.Option("--incremental", help="Read only what is new since the last backup there.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Copy lake, archive, releases and audit log as of one moment, with checksums. The keys are not in it.

    blockdata backup /mnt/backup --incremental
    """
    from transforms.caring.backup import backup as run
    from transforms.lake.keys import keys_path

    with console.working("backup") as tell:
        done = run(console.home(), destination, incremental=incremental, tell=tell)
    if as_json:
        console.say_json(done)
    else:
        console.say(f"backup {done.name}: {done.files:,} files, {done.bytes:,} bytes, {done.copied:,} copied")
    console.note(f"the keys are NOT in it: keep {keys_path()} elsewhere, or nobody opens the archive again")
    return console.DONE


def restore(
    source: Annotated[Path, typer.Argument(help="The folder `blockdata backup` wrote into.")],
    name: Annotated[str | None, typer.Option("--backup", help="Which backup (default: the last).")] = None,
    as_json: Json = False,
) -> int:
    """Make BLOCKDATA_HOME again from a backup, every file checked. It must be empty: nothing is overwritten.

    BLOCKDATA_HOME=/srv/blockdata blockdata restore /mnt/backup
    """
    from transforms.caring.backup import restore as run
    from transforms.lake.keys import keys_path

    with console.working("restore") as tell:
        done = run(console.home(), source, name, tell=tell)
    if as_json:
        console.say_json(done)
    else:
        console.say(f"restored {done.name} into {console.home().path}: {done.files:,} files, {done.bytes:,} bytes")
    if not keys_path().exists():
        console.note(f"the keys were not in it: put the key file of this lake at {keys_path()}, then: blockdata doctor")
    return console.DONE
