"""replay: rows in quarantine are judged anew, and what is sound now enters the lake as a correction of its own.

A correction (status `replayed`) belongs to one delivery: its rows keep their day, file and row number, are known from
the day they could be read, and stand in quality.replay with what became of each. quality.batch is written last, so a
replay may be killed at any instant and run again; what stands in quality.replay is never taken up a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

import polars as pl

from schemas.contract import Contract, contract_of, load_contracts
from schemas.errors import BatchRefused, UsageError
from schemas.home import Home
from transforms.batch import unsealed
from transforms.lake.keys import check_keys
from transforms.lake.lock import feed_lock
from transforms.lake.store import Lake
from transforms.replaying.correction import correction_id, gate_says, was_overruled, write
from transforms.replaying.delivered import Mended
from transforms.replaying.judge import judge_again
from transforms.replaying.opening import KeptOut, case_of
from transforms.replaying.standing import EXPIRED, OPEN, PLACE, settle, standing_lines
from transforms.steps import Progress, Steps, the_steps


@dataclass(frozen=True)
class Replayed:
    """What became of the chosen rows of one delivery. `batch_id`: the correction, empty where nothing was let in.

    `status` replayed; open: no row is sound yet; expired: the originals are gone; refused: the gate, or the files
    cannot be read under the contract as it is. `taken_up` rows were judged, `open_rows` stay. With a dry run nothing
    was written.
    """

    feed_id: str
    day: date
    corrects: str
    status: Literal["replayed", "open", "expired", "refused"]
    taken_up: int
    open_rows: int
    batch_id: str = ""
    rule: str = ""
    reason: str = ""
    mend: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def replay(
    home: Home,
    feed_id: str | None = None,
    *,
    batch: str | None = None,
    rule: str | None = None,
    day: date | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> list[Replayed]:
    """Judges open rows anew under the contracts, code lists and library as they are now; one entry a delivery.

    Empty when nothing is open. Raises UsageError for a feed without contract, a batch that is no delivery in the lake
    (a refused one is for `load` and `accept`), and without an address library.
    """
    if feed_id is not None:
        contract_of(feed_id)
    check_keys(home)
    lake = Lake(home)
    if batch is not None:
        feed_id = _feed_of(lake, batch, feed_id)
    lines = standing_lines(lake, feed_id)
    if not dry_run:
        _catch_up(home, lines)
    for column, wanted in (("batch_id", batch), ("rule", rule), ("delivered_on", day)):
        if wanted is not None:
            lines = lines.filter(pl.col(column) == wanted)
    lines = lines.filter(pl.col("state").is_in([OPEN, EXPIRED]))
    if lines.is_empty():
        return []
    steps = steps or the_steps()
    library, done = steps.open_library(home), []
    for feed, contract in load_contracts().items():
        mine = lines.filter(pl.col("feed_id") == feed)
        if mine.is_empty():
            continue
        chosen = {
            str(batch_id): Mended(frozenset(rows.select(PLACE).iter_rows()))
            for (batch_id,), rows in mine.group_by("batch_id", maintain_order=True)
        }
        kept_out = KeptOut(home, contract, steps)
        run = _Run(contract, library, steps, kept_out, progress or _silent, dry_run=dry_run)
        done += _ran(home, chosen, run)
    return done


def correct(
    home: Home,
    feed_id: str,
    mended: Mapping[str, Mended],
    came_back: date,
    *,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> list[Replayed]:
    """The same for rows a department sent back (`mended` by delivery), known from the day they came back."""
    check_keys(home)
    steps = steps or the_steps()
    library = steps.open_library(home)
    contract = contract_of(feed_id)
    run = _Run(contract, library, steps, KeptOut(home, contract, steps), progress or _silent, came_back)
    return _ran(home, mended, run)


def _catch_up(home: Home, lines: pl.DataFrame) -> None:
    """Statuses that a killed replay, or time, has left behind what is so."""
    for feed_id in lines.filter(pl.col("status") != pl.col("state"))["feed_id"].unique().sort():
        with feed_lock(home, feed_id):
            settle(Lake(home), feed_id)


def _feed_of(lake: Lake, batch_id: str, feed_id: str | None) -> str:
    row = lake.batch_row(batch_id)
    if row is None or (feed_id is not None and row["feed_id"] != feed_id):
        raise UsageError(f"there is no batch {batch_id}", "`blockdata quarantine list` names those with open rows")
    if row["status"] == "refused":
        raise UsageError(
            f"batch {batch_id} was refused as a whole, so none of its rows is open",
            "load the mended delivery, or `blockdata accept` where only the gate kept it out",
        )
    return str(row["feed_id"])


@dataclass(frozen=True)
class _Run:
    """What all deliveries of one feed share in a run."""

    contract: Contract
    library: Any
    steps: Steps
    kept_out: KeptOut
    tell: Progress
    came_back: date | None = None
    dry_run: bool = False


def _ran(home: Home, chosen: Mapping[str, Mended], run: _Run) -> list[Replayed]:
    """Under the feed's lock, oldest day first: what an older day says is there when a later one is judged."""
    feed_id = run.contract.feed_id
    with feed_lock(home, feed_id):
        lines = standing_lines(Lake(home), feed_id)
        done, reasons = [], {}
        for (batch_id,), mine in lines.group_by("batch_id", maintain_order=True):
            if str(batch_id) not in chosen:
                continue
            told = _one(Lake(home).pinned(), str(batch_id), mine, chosen[str(batch_id)], run)
            if told is not None:
                done.append(told[0])
                if told[1] is not None:
                    reasons[str(batch_id)] = told[1]
        if not run.dry_run:
            settle(Lake(home), feed_id, reasons)
    return done


def _one(
    lake: Lake, batch_id: str, lines: pl.DataFrame, asked: Mended, run: _Run
) -> tuple[Replayed, pl.DataFrame | None] | None:
    """One delivery: judged, asked of the gate, written. Returns the lines of rows that stay too."""
    wanted = pl.DataFrame(sorted(asked.rows), schema={"file_name": pl.String, "row_number": pl.Int64}, orient="row")
    places = lines.select(*PLACE, "state").unique().join(wanted, on=PLACE, how="semi")
    places, gone = places.filter(pl.col("state") == OPEN), places.filter(pl.col("state") == EXPIRED)
    told = Replayed(run.contract.feed_id, lines["delivered_on"][0], batch_id, "open", places.height, places.height)
    if places.is_empty():
        if gone.is_empty():
            return None
        reason = "the sealed originals are gone or past their retention"
        return replace(told, status="expired", reason=reason, mend="have the rows delivered again"), None
    run.tell("unseal", places.height)
    batch = unsealed(lake.home, batch_id, run.contract)
    try:
        case = case_of(lake, batch, lines, places, asked=asked, steps=run.steps)
    except BatchRefused as refusal:
        return _refused(told, refusal.rule, refusal.message, refusal.mend), None
    run.tell("judge", places.height)
    judged = judge_again(lake, case, run.library, run.steps, run.kept_out.of)
    stay = places.height - judged.settled.height
    if judged.settled.is_empty():
        return replace(told, reason="no row is sound yet"), judged.stays
    verdict = gate_says(lake, case, judged, lines, run.steps)
    if verdict is not None and not verdict.passed and not was_overruled(lake, batch_id, verdict.rule):
        return _refused(told, verdict.rule, verdict.reason, verdict.mend), None
    correction = correction_id(case, judged, run.library)
    if not run.dry_run:
        run.tell("write", judged.history.height)
        write(lake, case, judged, correction, asked=asked, verdict=verdict, library=run.library,
              came_back=run.came_back)  # fmt: skip
    counts = judged.counts.as_dict()
    return replace(told, status="replayed", batch_id=correction, open_rows=stay, counts=counts), judged.stays


def _refused(told: Replayed, rule: str, reason: str, mend: str) -> Replayed:
    return replace(told, status="refused", rule=rule, reason=reason, mend=mend)


def _silent(step: str, rows: int) -> None:
    pass
