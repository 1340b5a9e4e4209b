"""A batch: a delivery once received, told from its sealed originals; and its row in quality.batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from schemas.contract import Contract
from schemas.home import Home
from transforms import landing
from transforms.file_names import with_shown_names
from transforms.lake import archive
from transforms.lake.letters import letters_of
from transforms.lake.store import DELIVERED, Lake
from transforms.reading.source import SourceFile

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Batch:
    """`files` hold the data, `sidecars` the flags and manifests that came with them."""

    batch_id: str
    contract: Contract
    day: date | None
    content_hash: str
    files: list[SourceFile]
    sidecars: list[SourceFile]
    archive_path: str = ""
    received_at: datetime | None = None

    @property
    def feed_id(self) -> str:
        """The feed it belongs to."""
        return self.contract.feed_id

    def let_go(self) -> None:
        """Gives back the memory of the files: they are read, and what is asked of them still is size and checksum."""
        self.files[:] = [file.without_content() for file in self.files]


def batch_of(
    contract: Contract, day: date | None, files: Sequence[SourceFile], sidecars: Sequence[SourceFile]
) -> Batch:
    """`batch_id` is a hash of feed, day and content; names and order of files do not matter."""
    digests = sorted(file.sha256 for file in files)
    return Batch(
        batch_id=letters_of(contract.feed_id, day.isoformat() if day else "", *digests),
        contract=contract,
        day=day,
        content_hash=letters_of(*digests, length=32),
        files=with_shown_names(files, contract, day),
        sidecars=list(sidecars),
    )


def sealed_as(home: Home, batch: Batch, seal: archive.Sealed) -> Batch:
    """A batch just sealed: the same as unsealing it, without opening it."""
    return replace(batch, archive_path=_place(home, seal), received_at=_received_at(seal))


def still_sealed(home: Home, batch: Batch) -> bool:
    """True while the seal is the one this batch was sealed with: nothing was erased from it or sealed anew."""
    seal = archive.outside(home.archive / batch.archive_path) if batch.archive_path else None
    return seal is not None and _received_at(seal) == batch.received_at


def unsealed(home: Home, batch_id: str, contract: Contract) -> Batch:
    """The batch as it was sealed, or UsageError / ArchiveError."""
    seal = archive.find(home, batch_id, contract.feed_id)
    originals = archive.unseal(home, batch_id, contract.feed_id)
    files, sidecars = landing.split_originals(originals, contract)
    found = batch_of(contract, seal.day, files, sidecars)
    return Batch(
        batch_id,
        contract,
        seal.day,
        found.content_hash,
        found.files,
        found.sidecars,
        _place(home, seal),
        _received_at(seal),
    )


def earlier_of(lake: Lake, batch: Batch) -> dict[str, Any] | None:
    """The row of the latest other day on which the same content was let in, None when it is new."""
    same = lake.listed(batch.feed_id).filter(
        (pl.col("content_hash") == batch.content_hash) & (pl.col("delivered_on") != batch.day)
    )
    return same.sort("delivered_on", maintain_order=True).row(-1, named=True) if same.height else None


def last_of_day(lake: Lake, feed_id: str, day: date) -> dict[str, Any] | None:
    """The row of the delivery let in last for a day, None when there is none."""
    of_day = (pl.col("delivered_on") == day) & pl.col("status").is_in(DELIVERED)
    let_in = lake.listed(feed_id).filter(of_day)
    return let_in.row(-1, named=True) if let_in.height else None


def known_on(listed: pl.DataFrame, day: date) -> date:
    """The day a delivery is known from: its own, or for a late one the latest known so far (`listed`: of its feed)."""
    latest = listed["known_on"].max()
    return max(day, latest) if isinstance(latest, date) else day


def is_late(listed: pl.DataFrame, day: date) -> bool:
    """True when a later day of the feed was let in before."""
    return listed.filter(pl.col("delivered_on") > day).height > 0


def batch_row(lake: Lake, batch: Batch, **facts: Any) -> dict[str, Any]:
    """The row of quality.batch, with `facts` (status, rule, reason, mend, received, loaded …) added.

    `committed_at` never stands still within a feed: it tells in which order batches were let in.
    """
    standing = lake.batch_rows(batch.feed_id)["committed_at"].max()
    now = _shanghai(datetime.now(SHANGHAI))
    if isinstance(standing, datetime) and standing >= now:
        now = standing + timedelta(microseconds=1)
    return {
        "batch_id": batch.batch_id,
        "feed_id": batch.feed_id,
        "delivered_on": batch.day,
        "file_names": [file.base_name for file in batch.files],
        "content_hash": batch.content_hash,
        "bytes": sum(file.size for file in batch.files),
        "mode": batch.contract.delivery.mode,
        "contract_version": batch.contract.version,
        "archive_path": batch.archive_path,
        "received_at": batch.received_at,
        "committed_at": now,
        "watermark": landing.watermark_of(batch.files, batch.sidecars, batch.contract),
        **facts,
    }


def _place(home: Home, seal: archive.Sealed) -> str:
    return seal.path.relative_to(home.archive).as_posix()


def _received_at(seal: archive.Sealed) -> datetime:
    return _shanghai(datetime.fromtimestamp(seal.path.stat().st_mtime, SHANGHAI))


def _shanghai(moment: datetime) -> datetime:
    return moment.astimezone(SHANGHAI).replace(tzinfo=None)
