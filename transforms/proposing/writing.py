"""A proposal becomes files: tried on its sample, checked as every contract is, and never written over another."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.codelist import Codelist, codelist_folders
from schemas.contract import contract_path, load_contract
from schemas.contract_shape import Contract
from schemas.declaration import declare
from schemas.errors import BatchRefused, BlockdataError, UsageError
from transforms.addressing.library import AddressLibrary
from transforms.proposing.document import TODO, codelist_text, contract_document, contract_text
from transforms.proposing.propose import Proposal
from transforms.proposing.trial import Trial, tried_out, without_lists
from transforms.reading.source import SourceFile

_ID = r"^[a-z][a-z0-9_]*$"


@dataclass(frozen=True)
class Draft:
    """A contract ready to be written. `lists`: code list → text of its file. `trial` None: refused, `refused` why."""

    feed_id: str
    document: dict[str, Any]
    text: str = field(repr=False)
    lists: dict[str, str]
    trial: Trial | None
    refused: str = ""

    @property
    def todo(self) -> int:
        """How many lines wait for the department."""
        return sum(TODO in line for line in self.text.splitlines() if not line.startswith("#"))


def check_name(department: str, feed: str) -> None:
    """UsageError where one of the two cannot be part of a feed's id."""
    for what, name in (("department", department), ("feed", feed)):
        if (name or what == "department") and (not re.match(_ID, name) or "__" in name):
            raise UsageError(f"{name!r} cannot name a {what}", "use lower case letters, digits and _, a letter first")


def draft(
    proposal: Proposal, answers: Mapping[str, str], files: Sequence[SourceFile], library: AddressLibrary | None
) -> Draft:
    """The contract's document and text, and how the sample fares under it: limits get headroom from that."""
    document = contract_document(proposal, answers)
    contract = Contract.model_validate(without_lists(document, list(proposal.drafted)))
    try:
        trial, refused = tried_out(files, contract, proposal.day, library), ""
    except BatchRefused as refusal:
        trial, refused = None, refusal.message
    if trial is not None and trial.received:
        share = trial.quarantined / trial.received
        if share > 0.03:  # the default limit is 5 %: a first load must not fail by what the sample shows already
            limits = {"property": "limits", "value": {"quarantined_share": min(0.5, round(share * 1.5 + 0.01, 2))}}
            document["customProperties"].append(limits)
    titles = {guess.custom.get("code_list"): guess.title or guess.header for guess in proposal.columns}
    lists = {
        name: codelist_text(f"{titles[name]}（{proposal.title}）", codes) for name, codes in proposal.drafted.items()
    }
    return Draft(proposal.feed_id, document, contract_text(document, proposal), lists, trial, refused)


def write(drafted: Draft) -> list[Path]:
    """The files written: code lists, then the contract, which is checked; what does not pass is taken away again.

    Raises UsageError where a contract stands already, ContractError naming key and mend where it does not pass.
    """
    path = contract_path(drafted.feed_id)
    if path.exists():
        raise UsageError(f"{path} stands already", "give another name with --feed, or take that file away first")
    folder = codelist_folders()[0]
    taken = [name for name in drafted.lists if (folder / f"{name}.yaml").exists()]
    if taken:
        raise UsageError(f"code list {taken[0]} stands already", "give another name with --feed")
    written: list[Path] = []
    try:
        for name, text in drafted.lists.items():
            written.append(_written(folder / f"{name}.yaml", text))
            declare(written[-1], Codelist)
        written.append(_written(path, drafted.text))
        load_contract(path)
    except (BlockdataError, OSError):
        for each in written:
            each.unlink(missing_ok=True)
        raise
    return written


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".yaml.part")
    part.write_text(text, encoding="utf-8")
    part.rename(path)
    return path
