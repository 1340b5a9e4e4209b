"""`blockdata contract`: what a changed contract breaks, and whether contracts are sound."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import console
from cli.console import Json

if TYPE_CHECKING:
    from schemas.contract_shape import Contract

PANEL = "Data in"


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    group = typer.Typer(no_args_is_help=True, help="Contracts: what a change breaks downstream, and lint.")
    group.command("diff")(contract_diff)
    group.command("lint")(contract_lint)
    app.add_typer(group, name="contract", rich_help_panel=PANEL)


def contract_diff(
    old: Annotated[str, typer.Argument(help="The contract as it was, or a feed's id: then that feed's as it stands.")],
    new: Annotated[Path | None, typer.Argument(help="The contract as it will be.")] = None,
    against: Annotated[
        str, typer.Option(help="For a feed: a revision of git, or a file, the feed's contract is compared with.")
    ] = "HEAD",
    as_json: Json = False,
) -> int:
    """Say what a changed contract breaks: columns, keys, code lists, and who reads them; 1 when something breaks.

    blockdata contract diff old.yaml schemas/feeds/police/residents.yaml

    blockdata contract diff police__residents --against main~1 --json
    """
    from schemas.agreement import load_agreements
    from schemas.codelist import load_codelists
    from schemas.contract_diff import contract_diff as differences
    from schemas.contract_readers import readers_of
    from schemas.measure import load_measures

    before, after = _pair(old, new, against)
    readers = readers_of(before.feed_id, load_measures(), load_agreements(), _alerts())
    diff = differences(before, after, readers, load_codelists())
    if as_json:
        console.say_json({"feed_id": diff.feed_id, "level": diff.level, "changes": diff.changes})
    elif not diff.changes:
        console.say(f"{diff.feed_id}: no difference")
    else:
        console.say(f"{diff.feed_id}: {diff.level}")
        for change in diff.changes:
            console.say(f"  {change.level}: {change.where}: {change.what}")
            if change.readers:
                console.say(f"    read by {', '.join(change.readers)}")
    return console.REFUSED if diff.level == "breaks" else console.DONE


def contract_lint(
    files: Annotated[list[Path] | None, typer.Argument(help="Contracts; without any, all there are.")] = None,
    as_json: Json = False,
) -> int:
    """Check contracts: form, code lists, what must fit together; an active one has no TODO left. 1 when one fails.

    blockdata contract lint

    blockdata contract lint schemas/feeds/city_management/dog_licences.yaml
    """
    from schemas.contract import feeds_folder, load_contract
    from schemas.errors import ContractError, UsageError

    paths = files or sorted(feeds_folder().glob("*/*.yaml"))
    said: list[dict[str, Any]] = []
    for path in paths:
        if not path.is_file():
            raise UsageError(f"no file {path}", "give the path of a contract")
        told: dict[str, Any] = {"file": str(path), "status": "sound", "todo": _todos(path), "problem": "", "mend": ""}
        try:
            contract = load_contract(path)
            if contract.status == "active" and told["todo"]:
                told |= {"status": "wrong", "problem": f"active, and {told['todo']} lines with TODO are left"}
                told["mend"] = "write what they ask for, or set status: draft"
        except ContractError as error:
            told |= {"status": "wrong", "problem": error.message.removeprefix(f"{error.file}: "), "mend": error.mend}
        said.append(told)
    wrong = [told for told in said if told["status"] == "wrong"]
    if as_json:
        console.say_json({"contracts": said, "wrong": len(wrong)})
        return console.REFUSED if wrong else console.DONE
    for told in said:
        if told["status"] == "wrong":
            console.say(f"{told['file']}: {told['problem']}\n  mend: {told['mend']}")
        elif told["todo"]:
            console.note(f"{told['file']}: sound, a draft: {told['todo']} lines with TODO wait for the department")
    console.say(f"{len(said) - len(wrong)} of {len(said)} contracts are sound")
    return console.REFUSED if wrong else console.DONE


def _todos(path: Path) -> int:
    from transforms.proposing.document import TODO

    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return sum(TODO in line for line in lines if not line.lstrip().startswith("#"))


def _pair(old: str, new: Path | None, against: str) -> tuple[Contract, Contract]:
    """The two contracts the arguments mean."""
    from schemas.contract import contract_of, contract_path
    from schemas.errors import UsageError

    if new is not None:
        return _read(Path(old)), _read(new)
    if Path(old).is_file() or old.endswith((".yaml", ".yml")):
        raise UsageError("one contract alone differs from nothing", "give OLD NEW, or a feed's id with --against")
    after = contract_of(old)
    if Path(against).is_file():
        return _read(Path(against)), after
    return _of_revision(contract_path(old).resolve(), against), after


def _read(path: Path) -> Contract:
    """A contract wherever its file lies: its form is checked, not its place."""
    from schemas.contract_shape import Contract
    from schemas.declaration import declare

    return declare(path, Contract)


def _of_revision(path: Path, revision: str) -> Contract:
    from schemas.errors import UsageError

    if revision.startswith("-"):
        raise UsageError(f"{revision} is no revision", "give a revision of git, such as HEAD or main~1, or a file")
    environment = {**os.environ, "LC_ALL": "C"}
    command = ["git", "-C", str(path.parent), "show", f"{revision}:./{path.name}"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=60, env=environment)
    except (OSError, subprocess.TimeoutExpired):
        raise UsageError("git does not answer here", "give the older contract as a file: --against FILE") from None
    if done.returncode:
        raise UsageError(
            f"{path.name} does not stand in revision {revision}",
            "give another with --against, or the older contract as a file",
        )
    with tempfile.TemporaryDirectory() as folder:
        older = Path(folder) / path.name
        older.write_bytes(done.stdout)
        return _read(older)


def _alerts() -> dict[str, str]:
    """id → SQL of the alerts there are."""
    import yaml

    from schemas.measure import MEASURES_FOLDER

    found: dict[str, str] = {}
    for path in sorted((MEASURES_FOLDER.parent / "alerts").glob("**/*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if isinstance(document, dict) and isinstance(document.get("sql"), str):
            found[path.stem] = document["sql"]
    return found
