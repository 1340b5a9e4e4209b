"""restrict and erase: what is done with a person's data when the person asks for their deletion (PIPL art. 47).

`restrict` is the default answer while a statutory retention runs: the data stay stored and nobody sees them. `erase`
needs the number of a decision: lake, archive and releases are made anew without the person, and a later delivery does
not bring them back. Both may be killed at any instant and run again with the same identity number.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from schemas.contract import load_contracts
from schemas.errors import UsageError
from schemas.home import Home
from transforms.caring.cut import cut
from transforms.caring.rows import show_no_more, take_out
from transforms.caring.search import Searched, in_folder, search
from transforms.caring.subject import Entry, Subject, drop, entries, put, today
from transforms.caring.vacuum import swept, versions_in_use
from transforms.lake import archive
from transforms.lake.faults import storage_faults
from transforms.lake.lock import care_lock, house_lock
from transforms.lake.release import releases
from transforms.lake.store import Lake
from transforms.publish import publish

Said = Callable[[str], None]
WITHDRAWN = ".withdrawn-"


@dataclass(frozen=True)
class Restricted:
    """`rows` of the lake kept back (of everybody restricted), `release` that serves without them."""

    mark: str
    rows: int
    release: str | None


@dataclass(frozen=True)
class Erased:
    """What an erasure did. `told`: extracts that had gone out and may hold the person, to be told to the recipients.
    `proof`: what was searched afterwards; the erasure holds when it has no findings and nothing unread."""

    mark: str
    decision: str
    rows: dict[str, int]
    archive_files: int
    archive_rows: int
    dropped_files: list[str]
    withdrawn: list[str]
    release: str | None
    told: list[dict[str, str]]
    proof: Searched = field(default_factory=Searched)

    @property
    def holds(self) -> bool:
        """True when nothing was found and everything could be read."""
        return not self.proof.findings and not self.proof.unread

    def document(self) -> dict[str, Any]:
        """As it is kept and signed."""
        return {**asdict(self), "holds": self.holds}


def restrict(home: Home, subject: Subject, *, by: str, reason: str, say: Said = lambda step: None) -> Restricted:
    """From here on nobody but the lake's storage has the person: no reader, no release, no extract, no later load."""
    _answered(by, reason)
    if (known := entries(home).get(subject.mark)) is not None and known.state == "erased":
        raise UsageError("this person was erased", "nothing is left to restrict")
    put(home, Entry(subject.mark, "restricted", reason, by, known.on if known else today()))
    return _republished(home, subject, say)


def lift(home: Home, subject: Subject, say: Said = lambda step: None) -> Restricted:
    """Ends a restriction; later deliveries and the next release hold the person again."""
    known = entries(home).get(subject.mark)
    if known is None or known.state != "restricted":
        raise UsageError("this person is not restricted", "nothing is to be lifted")
    drop(home, subject.mark)
    return _republished(home, subject, say)


def _republished(home: Home, subject: Subject, say: Said) -> Restricted:
    with care_lock(home):
        say("tables")
        with house_lock(home, load_contracts()):
            rows = show_no_more(home)
        say("publish")
        return Restricted(subject.mark, rows, _successor(home))


def erase(home: Home, subject: Subject, *, decision: str, by: str, say: Said = lambda step: None) -> Erased:
    """Takes the person out of everything under the home, and proves it.

    The entry stands first (a load begun meanwhile already sets the rows aside) and is done last. Raises UsageError
    without decision and who answers for it. The result says whether the proof `holds`.
    """
    _answered(by, decision)
    known = entries(home).get(subject.mark)
    on = known.on if known is not None and known.state == "erased" else today()
    begun = Entry(subject.mark, "erased", decision, by, on, "begun")
    put(home, begun)
    before = _kept(home, begun)
    with care_lock(home):
        feeds = load_contracts()
        say("tables and archive")
        with house_lock(home, feeds):
            rows = take_out(home, subject.person_key)
            show_no_more(home)
            resealed = _resealed(home, subject)
        say("publish")
        release = _successor(home)
        say("releases")
        told = _extracts(home, sheets=bool(resealed[1]))
        withdrawn = _withdrawn(home, subject)
        with house_lock(home, feeds):
            lake = Lake(home)
            kept = versions_in_use(lake)
            for table in lake.tables():
                swept(lake, table, kept.get(table, []), 0, dry_run=False)
        say("proof")
        proof = search(home, subject)
    made = Erased(
        mark=subject.mark,
        decision=decision,
        rows=_sum(before.get("rows", {}), rows),
        archive_files=before.get("archive_files", 0) + resealed[0],
        archive_rows=before.get("archive_rows", 0) + resealed[1],
        dropped_files=sorted({*before.get("dropped_files", []), *resealed[2]}),
        withdrawn=sorted({*before.get("withdrawn", []), *withdrawn}),
        release=release,
        told=[*before.get("told", []), *[one for one in told if one not in before.get("told", [])]],
        proof=proof,
    )
    _keep(home, made)
    if made.holds:
        put(home, Entry(subject.mark, "erased", decision, by, on))
    return made


def report_path(home: Home, mark: str) -> Path:
    """Where the report of an erasure is kept."""
    return home.path / "subjects" / f"{mark}.report"


def _answered(by: str, reason: str) -> None:
    if not by.strip() or not reason.strip():
        raise UsageError(
            "who answers for it, and by what decision or reason", "give --by (a post) and --decision or --reason"
        )


def _successor(home: Home) -> str | None:
    """The release without the person; None where nothing was ever published."""
    if not releases(home):
        return None
    return publish(home).name


def _resealed(home: Home, subject: Subject) -> tuple[int, int, list[str]]:
    """Sealed originals that hold the person, sealed anew without the rows under a key of their own: files, rows, and
    the batches of which a file had to go whole."""
    files, rows, dropped = 0, 0, []
    for one in archive.sealed(home):
        originals = archive.unseal(home, one.batch_id, one.feed_id)
        cuts = [cut(file, subject) for file in originals]
        if not any(each.rows for each in cuts):
            continue
        archive.seal_anew(home, one, [each.file for each in cuts])
        files += 1
        rows += sum(each.rows for each in cuts)
        if any(each.is_dropped for each in cuts):
            dropped.append(one.batch_id)
    return files, rows, dropped


def _withdrawn(home: Home, subject: Subject) -> list[str]:
    """Releases that hold the person, deleted; never the one that serves."""
    gone = []
    with storage_faults(home.releases):
        for left in home.releases.glob(f"{WITHDRAWN}*"):
            shutil.rmtree(left)
        serves = home.current_release
        for name in releases(home):
            folder = home.releases / name
            if serves is not None and folder.resolve() == serves:
                continue
            if in_folder(folder, subject):
                aside = home.releases / f"{WITHDRAWN}{name}"
                folder.rename(aside)  # a reader sees it whole or not at all
                shutil.rmtree(aside)
                gone.append(name)
    return gone


def _extracts(home: Home, *, sheets: bool) -> list[dict[str, str]]:
    """Extracts in the outbox that list persons of a release there was before and, where originals held the person,
    return sheets: they are removed, and whoever has fetched them is to be told."""
    serves = home.current_release
    told = []
    for path in sorted(home.outbox.glob("*/*/*/manifest.json")):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        names = {str(column["name"]) for column in manifest.get("columns", [])}
        is_new = serves is not None and manifest.get("release") == serves.name
        if is_new or not (names & {"person_key", "record_id"}):
            continue
        told.append({key: str(manifest.get(key, "")) for key in ("department", "agreement", "release")})
        shutil.rmtree(path.parent)
    for path in sorted(home.outbox.glob("*/*.xlsx")) if sheets else []:
        told.append({"department": path.parent.name, "agreement": "return sheet", "release": path.name})
        path.unlink()
    return told


def _kept(home: Home, begun: Entry) -> dict[str, Any]:
    """What an earlier, interrupted run of this erasure has done."""
    path = report_path(home, begun.mark)
    if not path.is_file():
        return {}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found if found.get("decision") == begun.decision else {}


def _keep(home: Home, made: Erased) -> None:
    path = report_path(home, made.mark)
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps(made.document(), ensure_ascii=False, sort_keys=True, indent=1), encoding="utf-8")
    aside.replace(path)


def _sum(left: dict[str, int], right: dict[str, int]) -> dict[str, int]:
    return {name: left.get(name, 0) + right.get(name, 0) for name in sorted({*left, *right})}
