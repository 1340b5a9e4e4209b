"""What a person may ask for: that their data are stored and no more (restrict), that they are gone (erase)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import console
from cli.console import Json
from schemas.errors import UsageError

PANEL = "The house"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command(rich_help_panel=PANEL)(restrict)
    app.command(rich_help_panel=PANEL)(erase)


Source = Annotated[
    Path | None,
    typer.Argument(help="A file with one identity number a line; - for stdin; without it you are asked, unseen."),
]
By = Annotated[str, typer.Option(help="The post that answers for it.")]


def restrict(
    by: By,
    reason: Annotated[str, typer.Option(help="Why; kept and logged. No identity number.")],
    source: Source = None,
    lift: Annotated[bool, typer.Option("--lift", help="End the restriction.")] = False,
    as_json: Json = False,
) -> int:
    """Keep persons' data in storage and nothing but storage: the default answer to a claim for deletion.

    Readers, releases, extracts and later loads no longer see them. The identity number is never given on the command
    line: it would stand in the shell's history.

      blockdata restrict --by 数据安全科 --reason "删除申请 2026-17"
    """
    from serving.caring import restrict as run

    done = []
    with console.working("restrict") as tell:
        for number in _numbers(source):
            done.append(run(console.home(), number, by=by, reason=reason, lift=lift, say=tell))
    if as_json:
        console.say_json(done)
    else:
        for one in done:
            console.say(f"{one.mark}: {one.rows:,} rows kept back in all; release {one.release or 'none'} serves")
    return console.DONE


def erase(
    decision: Annotated[str, typer.Option(help="Number of the decision; kept and logged.")],
    by: By,
    source: Source = None,
    as_json: Json = False,
) -> int:
    """Take persons out of lake, archive and releases, for good, and prove it. Needs the number of a decision.

    Exit code 1 when something of a person is still found: the report says where; run the same again after mending it.

      blockdata erase --decision 深宝数〔2026〕17号 --by 数据安全科 claims.txt
    """
    from serving.caring import erase as run

    done = []
    with console.working("erase") as tell:
        for number in _numbers(source):
            done.append(run(console.home(), number, decision=decision, by=by, say=tell))
    if as_json:
        console.say_json([one.document() for one in done])
    else:
        for one in done:
            console.say(
                f"{one.mark}: {sum(one.rows.values()):,} rows of {len(one.rows)} tables, {one.archive_rows:,} of "
                f"{one.archive_files:,} sealed deliveries; {len(one.withdrawn)} releases withdrawn, "
                f"{one.release or 'none'} serves"
            )
            console.say(
                f"  proof: {sum(one.proof.files.values()):,} files searched, {len(one.proof.findings)} findings, "
                f"{len(one.proof.unread)} unread"
            )
            if not (sum(one.rows.values()) or one.archive_rows):
                console.note(
                    "  nothing of this person was there to erase: compare the number with the document once more"
                )
            for name in [*one.proof.findings, *one.proof.unread]:
                console.say(f"  still there: {name}")
            for batch in one.dropped_files:
                console.say(f"  a whole file had to go: batch {batch}")
            for extract in one.told:
                console.say(f"  tell {extract['department']}: {extract['agreement']} of {extract['release']}")
    console.note("backups hold the persons still: make a new one and destroy the older")
    return console.DONE if all(one.holds for one in done) else console.REFUSED


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError("the list of identity numbers is no text in UTF-8", "save it as plain text") from None


def _numbers(source: Path | None) -> list[str]:
    """One identity number a line, from a file, stdin or an unseen prompt."""
    if source is None:
        text = typer.prompt("identity number", hide_input=True, err=True)
    elif str(source) == "-":
        text = _decoded(sys.stdin.buffer.read())
    elif source.is_file():
        text = _decoded(source.read_bytes())
    else:
        # What was given is not repeated: it may be the number itself.
        raise UsageError("there is no such file", "give a file, or - for stdin; never the number on the command line")
    numbers = [line.strip() for line in text.splitlines() if line.strip()]
    if not numbers:
        raise UsageError("no identity number was given", "one a line")
    return numbers
