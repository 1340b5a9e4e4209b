"""Receive: a complete delivery becomes a batch, its originals sealed. The same again changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import polars as pl

from schemas.contract import Contract, contract_of
from schemas.errors import BatchRefused, BlockdataError, UsageError
from schemas.home import Home
from transforms import landing
from transforms.batch import SHANGHAI, Batch, batch_of, earlier_of, last_of_day, sealed_as
from transforms.lake import archive
from transforms.lake.letters import letters_of
from transforms.lake.lock import feed_lock
from transforms.lake.store import LET_IN, Lake
from transforms.landing import find_deliveries
from transforms.reading.source import SourceFile
from transforms.refuse import reason_of, refuse

DELIVERED = ("loaded", "accepted", "refused")  # statuses of deliveries, not of what was corrected afterwards

__all__ = ["Received", "find_deliveries", "receive"]


@dataclass(frozen=True)
class Received:
    """`status` new: sealed, to be loaded; already_loaded: nothing to do; refused: stands so in quality.batch. `batch`:
    of a new one, as it was sealed."""

    batch_id: str
    feed_id: str
    day: date | None
    status: Literal["new", "already_loaded", "refused"]
    rule: str = ""
    reason: str = ""
    mend: str = ""
    batch: Batch | None = field(default=None, repr=False, compare=False)


def receive(
    feed_id: str, paths: Sequence[Path], day: date | None, home: Home, *, from_landing: bool = False
) -> Received:
    """Seals one delivery and says what became of it.

    `paths` may name the flag or manifest too. Without `day` the file names tell it. From landing the contract's way of
    completeness is required; files named by a command are taken as complete, but a manifest beside them must agree.
    Raises UsageError for a feed without contract or a path that is no file.
    """
    contract = contract_of(feed_id)
    data, sidecars = landing.split_sidecars(landing.existing(paths), contract)
    if not data:
        raise UsageError(f"no data among the {len(sidecars)} files named", "name the data file too")
    whole = [landing.read_file(path) for path in data]
    fault = next((fault for _, fault in whole if fault is not None), None)
    try:
        day = day or _common_day(data, contract)
        if from_landing:
            landing.check_complete(data, contract)
        else:
            asides = _sidecars(data, sidecars, contract)
            listing = [aside.content for aside in asides] if contract.delivery.complete.manifest else []
            landing.check_whole([path.name for path in data], contract, listing)
    except BatchRefused as refusal:
        fault = fault or refusal
    files = [file for file, _ in whole]
    batch = batch_of(contract, day, files, _sidecars(data, sidecars, contract))
    return _received(batch, fault, home)


def _received(batch: Batch, fault: BatchRefused | None, home: Home) -> Received:
    feed_id, day = batch.feed_id, batch.day
    with feed_lock(home, feed_id):
        lake = Lake(home)
        batch = _sent_again(lake, batch)
        standing = lake.batch_row(batch.batch_id)
        if standing is not None and standing["status"] in LET_IN:
            landing.remove_originals(home, batch.contract, batch.files)
            return Received(
                batch.batch_id, feed_id, day, "already_loaded", reason="the same content of this day is loaded already"
            )
        if (whole := _whole_of(lake, batch)) is not None:
            landing.remove_originals(home, batch.contract, batch.files)
            if whole["status"] == "refused":
                told = whole["rule"] or "", whole["reason"] or "", whole["mend"] or ""
                return Received(whole["batch_id"], feed_id, day, "refused", *told)
            reason = "files of a delivery that is loaded already"
            return Received(whole["batch_id"], feed_id, day, "already_loaded", reason=reason)
        seal = archive.seal(
            home,
            batch.batch_id,
            feed_id,
            day,
            [*batch.files, *batch.sidecars],
            received_on=datetime.now(SHANGHAI).date(),
            retention_days=batch.contract.meaning.retention_days,
        )
        batch = sealed_as(home, batch, seal)
        try:
            if fault is not None:
                raise fault
            landing.check_manifests(batch.files, batch.sidecars, batch.contract)
            check_repeated(lake, batch)
        except BatchRefused as refusal:
            refuse(lake, batch, refusal)
            return Received(batch.batch_id, feed_id, day, "refused", refusal.rule, reason_of(refusal), refusal.mend)
    return Received(batch.batch_id, feed_id, day, "new", batch=batch)


def _sent_again(lake: Lake, batch: Batch) -> Batch:
    """The batch, by an id of its own where it takes its day back: a snapshot that is let in already, sent once more
    after another of the same day stood in its place. Of a day's snapshots the last that was sent is what holds.
    """
    standing = lake.batch_row(batch.batch_id)
    if standing is None or standing["status"] not in LET_IN or batch.contract.delivery.mode != "snapshot":
        return batch
    last = last_of_day(lake, batch.feed_id, standing["delivered_on"])
    if last is None or last["batch_id"] == batch.batch_id:
        return batch
    is_same = last["content_hash"] == batch.content_hash
    return replace(batch, batch_id=last["batch_id"] if is_same else letters_of(batch.batch_id, last["batch_id"]))


def _whole_of(lake: Lake, batch: Batch) -> dict[str, Any] | None:
    """The row of a delivery of this day that held these very files beside others; None when there is none.

    A load killed while it cleared landing leaves such files: taken for a snapshot they would delete all the others.
    """
    if batch.day is None:
        return None
    names = {file.base_name for file in batch.files}
    digests = {file.sha256 for file in batch.files}
    same_day = lake.batch_rows(batch.feed_id).filter(pl.col("delivered_on") == batch.day)
    for row in same_day.iter_rows(named=True):
        if row["status"] in DELIVERED and names < set(row["file_names"] or []):
            with suppress(BlockdataError):  # its seal has expired, or is damaged: then nothing can be told
                originals = archive.unseal(lake.home, row["batch_id"], batch.feed_id)
                if digests <= {file.sha256 for file in originals}:
                    return row
    return None


def check_repeated(lake: Lake, batch: Batch) -> date | None:
    """The earlier day a snapshot repeats, None when it is new; for changes and events a repeat is refused."""
    earlier = earlier_of(lake, batch)
    if earlier is not None and batch.contract.delivery.mode != "snapshot":
        is_read_alike = earlier["contract_version"] == batch.contract.version and earlier["status"] in DELIVERED
        raise BatchRefused(
            "repeated_content",
            f"the delivery of {earlier['delivered_on']} came again",
            "ask the department for the file of this day",
            received=(earlier["received"] if is_read_alike else None) or 0,  # 0: the files must be counted
        )
    return earlier["delivered_on"] if earlier is not None else None


def _common_day(data: Sequence[Path], contract: Contract) -> date:
    days = {landing.day_of(path.name, contract) for path in data}
    if len(days) > 1:
        told = ", ".join(sorted(str(day or "no day") for day in days))
        raise UsageError(f"files of several days: {told}", "load one day at a time, or give --day")
    day = days.pop()
    if day is None:
        raise landing.no_day([path.name for path in data], contract)
    return day


def _sidecars(data: Sequence[Path], given: Sequence[Path], contract: Contract) -> list[SourceFile]:
    """Flags and manifests given by name, and those lying beside the data."""
    beside = [aside for path in data if (aside := landing.sidecar_of(path, contract)) and aside.is_file()]
    return [landing.read_file(path)[0] for path in sorted({*given, *beside})]
