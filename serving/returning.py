"""Return sheets (退回单): for each department its quarantined rows in its own columns, sealed for it alone.

A sheet holds real identifiers, so it never rests unsealed: it is made in memory, encrypted with the department's
password, and written whole, for this user alone, into outbox/<department>/. Every making, every password shown and
every sheet taken back is an entry of the audit log.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import UsageError
from serving import audit
from transforms.replaying.sheet_secrets import SheetRefused

if TYPE_CHECKING:
    from schemas.contract import Contract
    from schemas.home import Home
    from serving.return_workbook import FeedSheet
    from transforms.replaying.replay import Replayed
    from transforms.replaying.taking import Taken

WHY = ".reason.txt"
MAKE, TAKE, PASSWORD = "return make", "return take", "return password"


@dataclass(frozen=True)
class MadeSheet:
    """One sealed workbook. `left_out`: open rows it has no room for."""

    sheet_id: str
    department: str
    feeds: dict[str, int]
    rows: int
    left_out: int
    valid_until: date
    path: Path


def make(home: Home, department: str = "", feed: str = "", *, by: str = "") -> list[MadeSheet]:
    """One sheet for each department with open rows (of `department`, of `feed` only), the last one replaced.

    Of a feed of snapshots only the newest delivery's rows: it says everything again. Raises UsageError for a department
    or feed without contract.
    """
    from schemas.contract import contract_of, load_contracts
    from transforms.replaying.taking import departments

    if department and department not in departments():
        raise UsageError(f"no feed is of department {department}", f"one of {', '.join(departments())}")
    if feed and department not in ("", contract_of(feed).department):
        raise UsageError(f"{feed} is not a feed of {department}", "leave one of the two out")
    contracts = [contract for name, contract in load_contracts().items() if feed in ("", name)]
    by_department: dict[str, list[Contract]] = {}
    for contract in contracts:
        if department in ("", contract.department):
            by_department.setdefault(contract.department, []).append(contract)
    made = [_made(home, name, mine, by=by) for name, mine in sorted(by_department.items())]
    return [sheet for sheet in made if sheet is not None]


def made_sheets(home: Home, department: str = "") -> list[dict[str, Any]]:
    """What the audit log tells of sheets, newest first: department, sheet, made and taken back when, rows, file."""
    taken: dict[str, list[dict[str, Any]]] = {}
    listed = []
    for entry in audit.entries(home):
        if entry["action"] == TAKE:
            taken.setdefault(str(entry["sheet"]), []).append(entry)
        elif entry["action"] == MAKE and department in ("", entry["department"]):
            listed.append(entry)
    return [
        {
            "department": entry["department"],
            "sheet": entry["sheet"],
            "made_at": entry["at"],
            "rows": entry["rows"],
            "let_in": sum(back["let_in"] for back in taken.get(entry["sheet"], [])),
            "taken_back_at": taken[entry["sheet"]][-1]["at"] if entry["sheet"] in taken else None,
            "valid_until": entry["valid_until"],
            "file": entry["file"],
            "is_there": (home.outbox / entry["department"] / entry["file"]).is_file(),
        }
        for entry in reversed(listed)
    ]


def password(home: Home, department: str, *, by: str = "") -> str:
    """The password of a department's sheets, for whoever hands it over; asking is an entry of the audit log."""
    from transforms.lake.keys import keys_of
    from transforms.replaying.sheet_secrets import password_of
    from transforms.replaying.taking import departments

    if department not in departments():
        raise UsageError(f"no feed is of department {department}", f"one of {', '.join(departments())}")
    keys = keys_of(home)
    audit.append(home, PASSWORD, by=by, department=department)
    return password_of(department, keys)


def take(
    home: Home,
    content: bytes,
    came_back: date | None = None,
    *,
    department: str | None = None,
    by: str = "",
    **how: Any,
) -> Taken:
    """Takes a sheet back (see `transforms.replaying.taking.take`), with an entry in the audit log."""
    from transforms.replaying.taking import take as take_back

    taken = take_back(content, home, came_back, department=department, **how)
    audit.append(
        home,
        TAKE,
        by=by,
        department=taken.department,
        sheet=taken.sheet_id,
        let_in=taken.count("let_in"),
        open=taken.count("open"),
        refused=taken.count("refused"),
        corrections=[done.batch_id for done in taken.corrections if done.batch_id],
    )
    return taken


def take_dropped(home: Home, feed_id: str, *, refused: list[str] | None = None, **how: Any) -> list[Taken]:
    """Takes back the return sheets lying in landing/<feed id>, and removes them from there.

    One that is refused is set aside in landing/<feed id>/refused, with the reason in a file beside it and in the audit
    log, so that it stops nothing; `refused` is given the reasons.
    """
    from schemas.contract import contract_of
    from transforms.replaying.dropped import dropped_sheets

    done = []
    for path in dropped_sheets(feed_id, home):
        content = path.read_bytes()
        try:
            done.append(take(home, content, department=contract_of(feed_id).department, **how))
        except SheetRefused as refusal:
            _set_aside(home, feed_id, path, refusal)
            if refused is not None:
                refused.append(f"return sheet refused: {refusal.message}; {refusal.mend}")
        else:
            path.unlink(missing_ok=True)
    return done


def corrections_of(sheets: Sequence[Taken]) -> list[Replayed]:
    """The corrections that sheets have let in."""
    return [done for sheet in sheets for done in sheet.corrections if done.status == "replayed"]


def refused_sheets(home: Home, feed_id: str) -> list[str]:
    """Why the sheets that lie in landing/<feed id>/refused were refused."""
    return [path.read_text(encoding="utf-8") for path in sorted(_aside(home, feed_id).glob(f"*{WHY}"))]


def _aside(home: Home, feed_id: str) -> Path:
    return home.landing / feed_id / "refused"


def _set_aside(home: Home, feed_id: str, path: Path, refusal: SheetRefused) -> None:
    folder = _aside(home, feed_id)
    folder.mkdir(exist_ok=True, mode=0o700)
    audit.append(home, "return refused", feed=feed_id, reason=refusal.message, mend=refusal.mend)
    (folder / (path.name + WHY)).write_text(
        f"return sheet refused: {refusal.message}; {refusal.mend}", encoding="utf-8"
    )
    path.replace(folder / path.name)


def _made(home: Home, department: str, contracts: Sequence[Contract], *, by: str) -> MadeSheet | None:
    import polars as pl

    from serving.return_rows import feed_sheet, rows_to_return
    from serving.return_workbook import return_workbook
    from transforms.lake.keys import keys_of
    from transforms.lake.letters import letters_of
    from transforms.lake.store import Lake
    from transforms.replaying.sheet_secrets import encrypted, password_of, signed
    from transforms.replaying.standing import open_until, today

    lake = Lake(home).pinned()
    sheets: dict[str, FeedSheet] = {}
    untils: list[date] = []
    for contract in contracts:
        lines = rows_to_return(lake, contract)
        if lines.is_empty():
            continue
        sheet = feed_sheet(home, contract, lines)
        if sheet.rows:
            sheets[contract.feed_id] = sheet
            paths = lake.batch_rows(contract.feed_id).filter(pl.col("batch_id").is_in(lines["batch_id"].implode()))
            untils += [day for path in paths["archive_path"] if (day := open_until(home, path, contract)) is not None]
    if not sheets:
        return None
    keys, made_on = keys_of(home), today()
    ids = sorted(row.line_id for sheet in sheets.values() for row in sheet.rows)
    sheet_id, until = letters_of(department, made_on.isoformat(), *ids), max(untils, default=made_on + timedelta(30))
    document = {"sheet": sheet_id, "department": department, "made_on": str(made_on), "valid_until": str(until)}
    team = contracts[0].team.name
    workbook = return_workbook(team, list(sheets.values()), signed(document, keys), made_on, until)
    sealed = encrypted(workbook, password_of(department, keys))
    path = home.outbox / department / f"退回单_{department}_{made_on:%Y%m%d}_{sheet_id[:6]}.xlsx"
    made = MadeSheet(
        sheet_id,
        department,
        {feed_id: len(sheet.rows) for feed_id, sheet in sheets.items()},
        len(ids),
        sum(sheet.left_out for sheet in sheets.values()),
        until,
        path,
    )
    audit.append(
        home, MAKE, by=by, department=department, sheet=sheet_id, feeds=made.feeds, rows=made.rows, file=path.name,
        valid_until=str(until),
    )  # fmt: skip
    _put(path, sealed)
    if len(contracts) > 1 or len(_contracts_of(department)) == 1:  # the department's whole: earlier ones say less
        for other in path.parent.glob(f"退回单_{department}_*.xlsx"):
            if other != path:
                other.unlink(missing_ok=True)
    return made


def _contracts_of(department: str) -> list[Contract]:
    from schemas.contract import load_contracts

    return [contract for contract in load_contracts().values() if contract.department == department]


def _put(path: Path, content: bytes) -> None:
    """Written aside, then renamed: whole or not there, and for this user alone."""
    from transforms.lake.faults import storage_faults

    with storage_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{secrets.token_hex(6)}.part")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
