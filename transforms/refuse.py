"""A batch kept out: it stands in quality.batch with rule, reason and mend, and every one of its rows is counted."""

from __future__ import annotations

from typing import Any

import polars as pl

from schemas.errors import BatchRefused
from transforms import landing
from transforms.batch import Batch, batch_row, is_late, known_on
from transforms.counts import Counts
from transforms.lake.store import ABOUT_BATCHES, Lake


def refuse(
    lake: Lake,
    batch: Batch,
    refusal: BatchRefused,
    *,
    received: int | None = None,
    about: dict[str, pl.DataFrame] | None = None,
) -> Counts:
    """Writes the refusal, quality.batch last. `about`: rows of quality tables that explain it.

    `received` defaults to what the refusal counted, else to what reading the files counts.
    """
    rows = received if received is not None else refusal.received or _rows_of(batch)
    counts = Counts(received=rows, refused=rows)
    frames = {"quality.reconciliation": counts.as_row(), **(about or {})}
    for table in (f"record_history.{batch.feed_id}", *sorted(ABOUT_BATCHES)):
        frame = frames.get(table, pl.DataFrame())
        if not frame.is_empty():
            frame = frame.with_columns(delivered_on=pl.lit(batch.day, dtype=pl.Date))
        lake.write_batch(table, frame, batch.feed_id, batch.batch_id)
    lake.commit(
        batch_row(
            lake,
            batch,
            status="refused",
            rule=refusal.rule,
            reason=reason_of(refusal),
            mend=refusal.mend,
            received=rows,
            loaded=0,
            **_standing_in_time(lake, batch),
        )
    )
    landing.remove_originals(lake.home, batch.contract, batch.files)
    return counts


def _standing_in_time(lake: Lake, batch: Batch) -> dict[str, Any]:
    """known_on and is_late as of the first refusal: refusing the same again, days later, changes nothing."""
    before = lake.batch_row(batch.batch_id)
    if before is not None:
        return {"known_on": before["known_on"], "is_late": before["is_late"]}
    if batch.day is None:
        return {}
    listed = lake.listed(batch.feed_id)
    return {"known_on": known_on(listed, batch.day), "is_late": is_late(listed, batch.day)}


def reason_of(refusal: BatchRefused) -> str:
    """Where and what, without the rule's id, which has its own column."""
    return refusal.message.replace(f"{refusal.rule}: ", "", 1)


def _rows_of(batch: Batch) -> int:
    """The rows of files nobody read yet; of a file that cannot be read, as many as can be told."""
    from transforms.reading.read import read

    try:
        return read(batch.files, batch.contract).received
    except BatchRefused as refusal:
        return refusal.received
