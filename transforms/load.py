"""Load: a received batch through read, compare, clean, key and gate into the lake. With `prepare`, the whole way.

Every step is a function of its inputs and every write is an overwrite of the batch's own rows, so a load may be killed
at any instant and run again. The row in quality.batch, written last, is what lets the batch in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Literal

import polars as pl

from expectations.metrics import POOLED_BATCHES, counted_columns, earlier
from schemas.contract import contract_of
from schemas.errors import BatchRefused, BlockdataError, UsageError
from schemas.home import Home
from transforms import landing, standing
from transforms.batch import Batch, batch_row, still_sealed, unsealed
from transforms.counts import Counts
from transforms.lake.faults import storage_faults
from transforms.lake.keys import check_keys
from transforms.lake.lock import feed_lock
from transforms.lake.store import LET_IN, Lake
from transforms.prepare import Prepared, prepare
from transforms.receive import receive
from transforms.refuse import reason_of, refuse
from transforms.remarks import remarks
from transforms.steps import Progress, Steps, the_steps

# What a person may overrule: the gate's judgement, never an unreadable or contradictory delivery.
GATE_RULES = frozenset({"quarantined_share", "row_drop", "null_jump", "match_drop", "column_vanished", "suite_error"})


@dataclass(frozen=True)
class LoadResult:
    """What became of a delivery. `counts` are those of quality.reconciliation; `reason` holds remarks when loaded."""

    batch_id: str
    feed_id: str
    day: date | None
    status: Literal["loaded", "accepted", "refused", "already_loaded"]
    rule: str = ""
    reason: str = ""
    mend: str = ""
    counts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Overrule:
    """Who answers for letting a batch in against the gate (a post, not a name), and why."""

    by: str
    reason: str


def load_files(
    feed_id: str,
    paths: Sequence[Path],
    day: date | None,
    home: Home,
    *,
    from_landing: bool = False,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> LoadResult:
    """Receive and load one delivery. The same content and day again loads nothing and says so.

    Raises UsageError (no contract, no such file, no library, keys of another lake) and other BlockdataErrors (disk
    full, lock held); a delivery kept out is no error but a result with status refused.
    """
    steps = steps or the_steps()
    contract_of(feed_id)
    check_keys(home)
    steps.open_library(home)  # before anything is sealed or refused: without a library nothing can be judged
    received = receive(feed_id, paths, day, home, from_landing=from_landing)
    if received.status != "new":
        return LoadResult(
            received.batch_id,
            feed_id,
            received.day,
            received.status,
            received.rule,
            received.reason,
            received.mend,
            _counts(Lake(home), received.batch_id),
        )
    return load_batch(received.batch_id, feed_id, home, progress=progress, steps=steps, sealed=received.batch)


def load_batch(
    batch_id: str,
    feed_id: str,
    home: Home,
    *,
    overrule: Overrule | None = None,
    progress: Progress | None = None,
    steps: Steps | None = None,
    sealed: Batch | None = None,
) -> LoadResult:
    """Load a sealed batch. One that is let in already stays as it is; a refused one is judged anew.

    `sealed`: the batch as it was sealed a moment ago; it is not opened again, unless something else is sealed by now.
    """
    contract = contract_of(feed_id)
    steps = steps or the_steps()
    library = steps.open_library(home)
    with feed_lock(home, feed_id):
        lake = Lake(home).pinned()  # under the lock nobody else adds batches of this feed
        batch = sealed if sealed and still_sealed(home, sealed) else unsealed(home, batch_id, contract)
        standing = lake.batch_row(batch_id)
        if standing is not None and standing["status"] in LET_IN:
            landing.remove_originals(home, contract, batch.files)
            return _already(lake, standing)
        with storage_faults(home.path, Path(gettempdir())):  # a library may put something aside while it works
            return _judged(lake, batch, library, steps, overrule=overrule, tell=progress or _silent)


def accept(
    batch_id: str,
    reason: str,
    by: str,
    home: Home,
    *,
    progress: Progress | None = None,
    steps: Steps | None = None,
) -> LoadResult:
    """Let a batch in that the gate kept out, for a real clean-up. `by` is a post; both are kept with the batch.

    Raises UsageError when there is no such batch or a word is missing, BlockdataError when its refusal is not the
    gate's: a file that cannot be read or contradicts itself is mended, not overruled.
    """
    if not reason.strip() or not by.strip():
        raise UsageError("an overruling needs a reason and who answers for it", "give --reason and --by (a post)")
    lake = Lake(home)
    standing = lake.batch_row(batch_id)
    if standing is None:
        raise UsageError(f"batch {batch_id} has not been judged", "`blockdata status` lists the batches there are")
    if standing["status"] in LET_IN:
        return _already(lake, standing)
    if standing["rule"] not in GATE_RULES:
        raise BlockdataError(
            f"batch {batch_id} was refused by {standing['rule']}, which nobody can overrule", standing["mend"] or ""
        )
    overrule = Overrule(by.strip(), reason.strip())
    return load_batch(batch_id, standing["feed_id"], home, overrule=overrule, progress=progress, steps=steps)


def _judged(
    lake: Lake, batch: Batch, library: Any, steps: Steps, *, overrule: Overrule | None, tell: Progress
) -> LoadResult:
    """Everything under the feed's lock: prepare in memory, ask the gate, then write."""

    try:
        ready = prepare(lake, batch, library, steps, tell)
    except BatchRefused as refusal:
        return _refused(batch, refusal, refuse(lake, batch, refusal))
    tell("gate", ready.sound.height)
    last = _last_good(lake, batch.feed_id, ready.day)
    told = replace(lake, batches=last).read("quality.validation")
    before = earlier(told, last, batch.feed_id, batch.batch_id, ready.day)
    metrics = steps.measure(
        ready.sound,
        ready.quarantined,
        ready.counts.as_dict(),
        ready.sound,
        before,
        same=ready.same,
        counted=counted_columns(batch.contract),
    )
    verdict = steps.judge(ready.sound, metrics, batch.contract, batch.batch_id, ready.day, same=ready.same)
    about = {
        "quality.validation": pl.concat(
            [verdict.results, remarks(ready.warnings, ready.repeats, ready.counts.received)], how="diagonal_relaxed"
        ),
        "quality.quarantine": ready.quarantine_lines(),
    }
    if not verdict.passed and overrule is None:
        kept_out = BatchRefused(verdict.rule, verdict.reason, verdict.mend)
        return _refused(batch, kept_out, refuse(lake, batch, kept_out, received=ready.counts.received, about=about))
    tell("write", ready.history.height)
    return _committed(
        lake,
        batch,
        ready,
        about,
        overrule=overrule,
        overruled=None if verdict.passed else verdict.rule,
        library_version=getattr(library, "version", None),
    )


def _last_good(lake: Lake, feed_id: str, day: date) -> pl.DataFrame:
    """The batches a new one is compared with, and no older ones: what is told of a year of batches is not read."""
    listed = lake.listed(feed_id).filter(pl.col("delivered_on") <= day).sort("delivered_on", "batch_id")
    delivered = listed["status"].is_in(["loaded", "accepted"])
    behind = delivered.reverse().cum_sum().reverse()  # deliveries from this one on
    return listed.filter(behind <= POOLED_BATCHES + 1)


def _committed(
    lake: Lake,
    batch: Batch,
    ready: Prepared,
    about: Mapping[str, pl.DataFrame],
    *,
    overrule: Overrule | None,
    overruled: str | None,
    library_version: str | None,
) -> LoadResult:
    status: Literal["loaded", "accepted"] = "accepted" if overrule else "loaded"
    frames = {
        f"record_history.{batch.feed_id}": ready.history,
        **{table: frame.with_columns(delivered_on=pl.lit(ready.day)) for table, frame in about.items()},
        "quality.match_rate": ready.match_rates.with_columns(delivered_on=pl.lit(ready.day)),
        "quality.reconciliation": ready.counts.as_row().with_columns(delivered_on=pl.lit(ready.day)),
    }
    for table, frame in frames.items():
        lake.write_batch(table, frame, batch.feed_id, batch.batch_id)
    lake.commit(
        batch_row(
            lake,
            batch,
            status=status,
            rule=overruled,
            received=ready.counts.received,
            loaded=ready.counts.loaded,
            known_on=ready.known_on,
            is_late=ready.is_late,
            library_version=library_version,
            accepted_by=overrule.by if overrule else None,
            accept_reason=overrule.reason if overrule else None,
        )
    )
    if ready.standing is not None:
        covers = (*(ready.standing.covers or ()), batch.batch_id)
        standing.save(lake, batch.contract, replace(ready.standing, covers=covers))
    landing.remove_originals(lake.home, batch.contract, batch.files)
    return LoadResult(
        batch.batch_id, batch.feed_id, ready.day, status, reason=ready.remark, counts=ready.counts.as_dict()
    )


def _refused(batch: Batch, refusal: BatchRefused, counts: Counts) -> LoadResult:
    return LoadResult(
        batch.batch_id,
        batch.feed_id,
        batch.day,
        "refused",
        refusal.rule,
        reason_of(refusal),
        refusal.mend,
        counts.as_dict(),
    )


def _already(lake: Lake, standing: Mapping[str, Any]) -> LoadResult:
    return LoadResult(
        standing["batch_id"],
        standing["feed_id"],
        standing["delivered_on"],
        "already_loaded",
        reason="the same content of this day is loaded already",
        counts=_counts(lake, standing["batch_id"]),
    )


def _counts(lake: Lake, batch_id: str) -> dict[str, int]:
    line = lake.read("quality.reconciliation").filter(pl.col("batch_id") == batch_id, pl.col("gate") == "load")
    return {name: line[name][0] for name in Counts().as_dict()} if line.height else {}


def _silent(step: str, rows: int) -> None:
    pass
