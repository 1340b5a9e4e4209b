"""`blockdata new-feed`: from a sample file to a contract that loads it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json
from cli.deliveries import parts_beside

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary
    from transforms.proposing.propose import Proposal
    from transforms.proposing.trial import Trial

PANEL = "Data in"
LARGEST = 2_000_000_000  # bytes of a sample read into memory


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command("new-feed", rich_help_panel=PANEL)(new_feed)


def new_feed(
    sample: Annotated[
        Path, typer.Argument(help="A file as the department sends it: csv, xlsx, xls, jsonl, dbf, gpkg, shp.")
    ],
    *,
    department: Annotated[str, typer.Option(help="The department's id, e.g. city_management.")],
    feed: Annotated[str, typer.Option(help="The feed's name; without it, made of the file's name.")] = "",
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: what only a person knows becomes TODO.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Propose and explain, write nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Draft the contract of a new department from one sample file, with a reason for each guess.

    The contract is tried on the sample: what it would quarantine and how much of it keys is told. Nothing is loaded.

      blockdata new-feed dog_licences_20260302.csv --department city_management

      blockdata new-feed 台账_20260302.xlsx --department fire --feed hydrants --yes --json
    """
    from transforms.proposing.writing import check_name, draft, write

    check_name(department, feed)
    library = _library()
    with console.working(f"reading {sample.name}"):
        proposal, files = _proposed(sample, department, feed, library)
    asks = sys.stdin.isatty() and not (yes or as_json or dry_run)
    answers = _asked(proposal) if asks else {}
    if answers.get("mode"):
        proposal.delivery["mode"] = answers.pop("mode")
    drafted = draft(proposal, answers, files, library)
    if as_json:
        written = [] if dry_run else write(drafted)
        console.say_json(_document(proposal, drafted, written))
        return console.DONE
    _explain(proposal, drafted.trial, drafted.refused)
    if dry_run:
        console.say("")
        console.say(drafted.text)
        return console.DONE
    for path in write(drafted):
        console.say(f"written: {path}")
    if drafted.todo:
        console.note(
            f"{drafted.todo} lines with TODO wait for the department: purpose, legal basis, catalogue number …"
        )
    day = "" if proposal.remarks["file_pattern"].why.startswith("the day") else f" --day {proposal.day}"
    console.note(f"next: blockdata load {proposal.feed_id} {sample}{day} --draft")
    return console.DONE


def _library() -> AddressLibrary | None:
    """The current library, or none: a proposal is possible without."""
    from transforms.addressing.library import AddressLibrary

    home = console.home()
    if not home.lake.exists():
        return None
    library = AddressLibrary.open(home)
    return None if library.is_empty else library


def _proposed(sample: Path, department: str, feed: str, library: AddressLibrary | None) -> tuple[Proposal, list[Any]]:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from schemas.codelist import load_codelists
    from schemas.errors import UsageError
    from transforms.proposing.ground import Ground
    from transforms.proposing.propose import propose
    from transforms.proposing.sample import open_sample
    from transforms.reading.source import SourceFile

    if not sample.is_file():
        raise UsageError(f"no file {sample}", "give the path of a sample file")
    if sample.stat().st_size > LARGEST:
        raise UsageError(
            f"{sample.name} has {sample.stat().st_size:,} bytes", "a sample of some thousand rows is enough"
        )
    beside = sorted(path for path in sample.parent.iterdir() if path.is_file() and path != sample)
    files = [SourceFile(path.name, path.read_bytes()) for path in (sample, *parts_beside(sample))]
    proposal = propose(
        open_sample(files),
        department,
        feed=feed,
        ground=Ground(library),
        codelists=load_codelists(),
        today=datetime.now(ZoneInfo("Asia/Shanghai")).date(),
        siblings=[path.name for path in beside],
    )
    return proposal, files


def _asked(proposal: Proposal) -> dict[str, str]:
    """What no file can tell; Enter leaves it for later, as TODO."""
    console.note(f"{proposal.feed_id}: some things a file cannot tell. Enter leaves a TODO or takes what stands in [].")
    answers = {
        name: typer.prompt(text, default="", show_default=False, err=True).strip()
        for name, text in (
            ("purpose", "数据用途 purpose"),
            ("legal_basis", "法律依据 legal basis (law and article)"),
            ("catalogue_number", "资源代码 catalogue number"),
            ("owner", "责任科室 owner"),
        )
    }
    choices = (
        (
            "sharing_type",
            "共享类型 sharing (unconditional, conditional, none)",
            ("unconditional", "conditional", "none"),
            "none",
        ),
        (
            "mode",
            "交付方式 each file is (snapshot, incremental, events)",
            ("snapshot", "incremental", "events"),
            proposal.delivery["mode"],
        ),
        ("cadence", "多久一次 due (daily, weekly, monthly)", ("daily", "weekly", "monthly"), "daily"),
    )
    for name, text, allowed, default in choices:
        answers[name] = _chosen(text, allowed, default)
    cron, fresh = {"daily": ("0 6 * * 1-5", "2"), "weekly": ("0 6 * * 1", "9"), "monthly": ("0 6 5 * *", "40")}[
        answers.pop("cadence")
    ]
    return answers | {"cron": cron, "freshness_days": fresh}


def _chosen(text: str, allowed: tuple[str, ...], default: str) -> str:
    while True:
        said = typer.prompt(text, default=default, err=True).strip()
        found = [word for word in allowed if said and word.startswith(said)]
        if len(found) == 1:
            return found[0]
        console.note(f"one of: {', '.join(allowed)}")


def _explain(proposal: Proposal, trial: Trial | None, refused: str) -> None:
    console.say(f"{proposal.feed_id}  {proposal.title}")
    for part, remark in proposal.remarks.items():
        console.say(f"  {part}: {remark.what} · {remark.why}")
    rows = [
        [
            guess.header,
            guess.name,
            guess.type,
            _meaning(guess),
            guess.why + (f" · look: {guess.doubt}" if guess.doubt else ""),
        ]
        for guess in proposal.columns
    ]
    console.table(["header", "column", "type", "means", "why"], rows)
    for doubt in proposal.doubts:
        console.note(f"look: {doubt}")
    if trial is None:
        console.note(f"look: the sample would be refused: {refused}")
        return
    console.say(
        f"tried: {trial.received:,} rows · {trial.sound:,} sound · {trial.quarantined:,} quarantined · "
        f"{trial.ignored:,} ignored"
        + (
            f" · {trial.keyed:.0%} keyed to a building or room"
            if trial.levels
            else " · no address library to key them to"
        )
    )
    for (column, rule), times in list(trial.rules.items())[:10]:
        console.note(f"look: {times:,} rows break {rule}" + (f" in {column}" if column else ""))


def _meaning(guess: Any) -> str:
    told = [guess.role.value if guess.role else "", guess.classification if guess.classification != "internal" else ""]
    told += ["key" if guess.key else "", f"list {guess.custom['code_list']}" if guess.custom.get("code_list") else ""]
    return ", ".join(filter(None, told))


def _document(proposal: Proposal, drafted: Any, written: list[Path]) -> dict[str, Any]:
    trial = drafted.trial
    return {
        "feed_id": proposal.feed_id,
        "written": [str(path) for path in written],
        "remarks": {part: {"what": remark.what, "why": remark.why} for part, remark in proposal.remarks.items()},
        "columns": [
            {
                "header": guess.header,
                "name": guess.name,
                "type": guess.type,
                "role": guess.role.value if guess.role else None,
                "classification": guess.classification,
                "key": guess.key,
                "code_list": guess.custom.get("code_list"),
                "why": guess.why,
                "doubt": guess.doubt,
            }
            for guess in proposal.columns
        ],
        "doubts": proposal.doubts,
        "trial": None
        if trial is None
        else {
            "received": trial.received,
            "sound": trial.sound,
            "quarantined": trial.quarantined,
            "ignored": trial.ignored,
            "rules": [{"column": column, "rule": rule, "rows": rows} for (column, rule), rows in trial.rules.items()],
            "levels": trial.levels,
        },
        "refused": drafted.refused,
        "todo": drafted.todo,
        "contract": drafted.document,
        "next": f"blockdata load {proposal.feed_id} FILE",
    }
