"""A return sheet that came back: which rows were mended, and what became of each. (Who may bring one: `serving`.)

Rows are known by their line ids alone. Only rows still open are taken up; a row nobody ever quarantined is refused by
itself, and the others of the sheet go on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl

from schemas.contract import Contract, load_contracts
from schemas.errors import BatchRefused
from schemas.home import Home
from schemas.rule import load_rules
from transforms.batch import unsealed
from transforms.cleaning.tokens import Keys
from transforms.lake.keys import keys_of
from transforms.lake.store import Lake
from transforms.reading.headers import known_headers
from transforms.replaying.delivered import Cell, Grid, Mended, OwnRow, Place, grids, own_rows
from transforms.replaying.replay import Replayed, correct
from transforms.replaying.sheet import (
    DONE,
    WITHDRAW,
    ReturnedRow,
    ReturnedSheet,
    headers_of,
    is_sheet,
    read_sheet,
    says_the_same,
)
from transforms.replaying.sheet_secrets import ENCRYPTED, SheetRefused, decrypted, line_ids, password_of
from transforms.replaying.standing import EXPIRED, OPEN, PLACE, REPLAYED, standing_lines, today
from transforms.steps import Progress, Steps

SETTLED = "it was settled before"


@dataclass(frozen=True)
class TakenRow:
    """What became of one row of a sheet. `status` let_in: it left quarantine; open: it was mended and is still broken,
    or was not touched; refused: it is not taken up at all, `reason` says why. `at` is its row in the worksheet."""

    worksheet: str
    at: int
    status: Literal["let_in", "open", "refused"]
    is_mended: bool = False
    reason: str = ""
    mend: str = ""
    feed_id: str = ""
    batch_id: str = ""
    file_name: str = ""
    row_number: int = 0


@dataclass(frozen=True)
class Taken:
    """What became of a sheet: its rows, and the corrections they made."""

    sheet_id: str
    department: str
    rows: list[TakenRow]
    corrections: list[Replayed]

    def count(self, status: str) -> int:
        """Rows that ended so."""
        return sum(row.status == status for row in self.rows)


def departments() -> list[str]:
    """Every department with a contract."""
    return sorted({contract.department for contract in load_contracts().values()})


def opened(content: bytes, home: Home, department: str | None = None) -> tuple[bytes, str] | None:
    """A return sheet in plain, and the department whose password opened it (empty where it came plain); None for a
    file that is none. With `department` no other's password is tried."""
    if content.startswith(ENCRYPTED):
        keys = keys_of(home)
        for name in [department] if department else departments():
            plain = decrypted(content, password_of(name, keys))
            if plain is not None:
                return (plain, name) if is_sheet(plain) else None
        return None
    return (content, "") if is_sheet(content) else None


def take(
    content: bytes,
    home: Home,
    came_back: date | None = None,
    *,
    department: str | None = None,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> Taken:
    """Takes a return sheet back, plain or under its department's password; `came_back` defaults to today.

    Raises SheetRefused: no return sheet, another lake's or a changed one, another department's, expired, taken back
    already, or nothing in it was mended.
    """
    found = opened(content, home, department)
    if found is None:
        raise SheetRefused(
            "this is no return sheet that a department's password of this lake opens",
            "bring the workbook of `blockdata return make`, saved as XLSX, with its own password or none",
        )
    keys, came_back = keys_of(home), came_back or today()
    sheet = read_sheet(found[0], keys)
    if (found[1] or department or sheet.department) != sheet.department:
        raise SheetRefused("this return sheet is another department's", "bring it to the department it was made for")
    if sheet.valid_until < came_back:
        raise SheetRefused(
            f"this return sheet could be sent back until {sheet.valid_until}",
            "its originals are gone: have the rows delivered again",
        )
    matched = _matched(sheet, Lake(home), keys)
    _refuse_repeated(matched)
    rows, asked = _compared(matched, home)
    if not any(row.is_mended for row in rows):
        why = {(row.reason, row.mend) for row in rows if row.status == "refused" and row.reason != SETTLED}
        reason, mend = next(iter(why)) if len(why) == 1 else ("no row of this return sheet was mended", "")
        raise SheetRefused(
            reason, mend or f"mend the coloured cells, or mark a row {DONE} or {WITHDRAW}, then send it back"
        )
    corrections = [
        done
        for feed_id, mended in asked.items()
        for done in correct(home, feed_id, mended, came_back, progress=progress, steps=steps)
    ]
    return Taken(sheet.sheet_id, sheet.department, _ended(rows, Lake(home), corrections), corrections)


def places_of(lake: Lake, department: str, keys: Keys) -> pl.DataFrame:
    """feed_id, batch_id, file_name, row_number, state, line_id of every row of a department that was quarantined."""
    feeds = [feed for feed, contract in load_contracts().items() if contract.department == department]
    key = ["feed_id", "batch_id", *PLACE, "state"]
    lines = standing_lines(lake).filter(pl.col("feed_id").is_in(feeds)).select(key).unique(maintain_order=True)
    return lines.with_columns(line_ids(lines, keys))


_Matched = list[tuple[TakenRow, ReturnedRow]]


def _matched(sheet: ReturnedSheet, lake: Lake, keys: Keys) -> _Matched:
    """Every row of the sheet with its place, or refused with the reason."""
    places = places_of(lake, sheet.department, keys)
    by_id = {row["line_id"]: row for row in places.iter_rows(named=True)}
    times = Counter(row.line_id for row in sheet.rows)
    matched = []
    for row in sheet.rows:
        told, known = TakenRow(row.worksheet, row.at, "open"), by_id.get(row.line_id)
        if known is None:
            why = "it has no id of a quarantined row; a record never delivered goes into the next delivery"
            mend = "leave the column 【编号】 as it is"
            matched.append((replace(told, status="refused", reason=why, mend=mend), row))
            continue
        told = replace(told, **{name: known[name] for name in ("feed_id", "batch_id", *PLACE)})
        if times[row.line_id] > 1:
            why = "its id stands in the sheet more than once"
            told = replace(told, status="refused", reason=why, mend="keep one of the rows with that 【编号】")
        elif known["state"] == REPLAYED:
            told = replace(told, status="refused", reason=SETTLED)
        elif known["state"] == EXPIRED:
            told = replace(told, status="refused", reason="its original is gone", mend="have it delivered again")
        elif row.action not in ("", DONE, WITHDRAW):
            why = f"the only words there are {DONE} and {WITHDRAW}"
            told = replace(told, status="refused", reason=why, mend="write one of them, or leave the cell empty")
        matched.append((told, row))
    return matched


def _refuse_repeated(rows: _Matched) -> None:
    known = [told for told, _ in rows if told.batch_id]
    if known and all(told.reason == SETTLED for told in known):
        raise SheetRefused("every row of this return sheet was settled before", "nothing is left to do")
    if not known:
        raise SheetRefused(
            "no row of this return sheet is one that was quarantined", "leave the column 【编号】 as it is"
        )


def _compared(rows: _Matched, home: Home) -> tuple[list[TakenRow], dict[str, dict[str, Mended]]]:
    """Which rows were mended, and what is to be judged anew, by feed and delivery."""
    by_batch: dict[tuple[str, str], list[int]] = defaultdict(list)
    for at, (told, _) in enumerate(rows):
        if told.status == "open":
            by_batch[told.feed_id, told.batch_id].append(at)
    done = [told for told, _ in rows]
    asked: dict[str, dict[str, Mended]] = defaultdict(dict)
    contracts = load_contracts()
    for (feed_id, batch_id), mine in by_batch.items():
        contract = contracts[feed_id]
        try:
            opened_grids = grids(unsealed(home, batch_id, contract))
        except BatchRefused as refusal:
            for at in mine:
                why = f"{refusal.rule}: its delivery cannot be read"
                done[at] = replace(done[at], status="refused", reason=why, mend=refusal.mend)
            continue
        originals = _originals(opened_grids, contract, [done[at] for at in mine])
        cells: dict[Place, Mapping[int, Cell]] = {}
        withdrawn: set[Place] = set()
        for at in mine:
            told, row = rows[at]
            place = (told.file_name, told.row_number)
            try:
                changed = _changes(opened_grids[told.file_name], originals[place], row, contract)
            except SheetRefused as refusal:
                done[at] = replace(told, status="refused", reason=refusal.message, mend=refusal.mend)
                continue
            if row.action == WITHDRAW:
                withdrawn.add(place)
            elif changed or row.action == DONE:
                cells[place] = changed
            done[at] = replace(told, is_mended=place in withdrawn or place in cells)
        held = frozenset((done[at].file_name, done[at].row_number) for at in mine if done[at].status == "open")
        if cells or withdrawn:
            asked[feed_id][batch_id] = Mended(held, cells, frozenset(withdrawn))
    return done, asked


def _originals(opened_grids: Mapping[str, Grid], contract: Contract, rows: Sequence[TakenRow]) -> dict[Place, OwnRow]:
    by_file: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        by_file[row.file_name].append(row.row_number)
    return {
        (name, number): row
        for name, numbers in by_file.items()
        if name in opened_grids
        for number, row in own_rows(opened_grids[name], contract, numbers).items()
    }


def _changes(grid: Grid, original: OwnRow, row: ReturnedRow, contract: Contract) -> dict[int, Cell]:
    """The cells that say something else than was delivered, by their position in the delivered file."""
    known = known_headers(contract)
    changed = {}
    for position, (header, delivered) in enumerate(zip(headers_of(grid.header), original.cells, strict=True)):
        returned = row.cells.get(header)
        if returned is None:
            if header[0] in known:
                column = grid.header[position]
                raise SheetRefused(
                    f"the column {column} was taken out of the sheet",
                    f"put the column back under its name {column}, with its cells; or mend the sheet as it was made: "
                    "`blockdata return make` makes it again",
                )
            continue
        if not says_the_same(delivered, returned.text):
            changed[position] = returned
    return changed


def _ended(rows: list[TakenRow], lake: Lake, corrections: Sequence[Replayed]) -> list[TakenRow]:
    """Every row with how it stands now, and why where it is open still."""
    rules = load_rules()
    lines: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    states: dict[tuple[str, str, int], str] = {}
    for line in standing_lines(lake).iter_rows(named=True):
        key = (line["batch_id"], line["file_name"], line["row_number"])
        states[key] = line["state"]
        title = rules[line["rule"]].title if line["rule"] in rules else line["rule"]
        lines[key].append(f"{line['rule']} {title} {line['column_name'] or ''}".strip())
    gate = {done.corrects: f"{done.rule}: {done.reason}" for done in corrections if done.status == "refused"}
    ended = []
    for row in rows:
        key = (row.batch_id, row.file_name, row.row_number)
        if row.status != "open":
            ended.append(row)
        elif states.get(key) == REPLAYED:
            ended.append(replace(row, status="let_in"))
        else:
            why = gate.get(row.batch_id) or "; ".join(lines.get(key, []))
            ended.append(replace(row, reason=why if states.get(key) == OPEN else "its original is gone"))
    return ended
