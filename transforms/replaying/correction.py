"""A correction: what the gate says of a delivery with it, its id, and its rows in the lake."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import polars as pl

from transforms.batch import Batch, batch_row, known_on
from transforms.counts import Counts
from transforms.keying import match_rates
from transforms.lake import archive
from transforms.lake.fold import current_state
from transforms.lake.letters import letters_of
from transforms.lake.store import REPLAYED, Lake
from transforms.reading.source import SourceFile
from transforms.replaying.delivered import Mended
from transforms.replaying.judge import Case, Judged
from transforms.replaying.opening import corrections_of
from transforms.replaying.standing import OPEN, PLACE
from transforms.steps import Steps

GATE = "replay"
SHEET, ARCHIVE = "return_sheet", "archive"


def gate_says(lake: Lake, case: Case, judged: Judged, lines: pl.DataFrame, steps: Steps) -> Any:
    """The delivery as it would stand with its corrections, judged whole; None where nothing new goes in."""
    from expectations.metrics import earlier

    if judged.coded.is_empty():
        return None
    batch, contract = case.batch, case.batch.contract
    history = lake.scan(f"record_history.{batch.feed_id}")
    own = [batch.batch_id, *corrections_of(lake, batch)]
    if contract.delivery.mode != "snapshot":
        history = history.filter(pl.col("batch_id").is_in(own))
    stands = current_state(history, case.day).filter(~pl.col("record_id").is_in(judged.coded["record_id"].implode()))
    same = stands.select(name for name in judged.coded.columns if name in stands.collect_schema()).collect()
    sound = pl.concat([judged.coded, same], how="diagonal_relaxed")
    settled = judged.settled.select(pl.col("file_name"), pl.col("row_number").cast(pl.Int64))
    left = (
        lines.filter(pl.col("state") == OPEN)
        .join(settled, on=PLACE, how="anti")
        .select(*PLACE, "rule", "masked_value", column="column_name")
    )
    line = lake.read("quality.reconciliation", feed_id=batch.feed_id).filter(
        pl.col("batch_id") == batch.batch_id, pl.col("gate") == "load"
    )
    counts = {name: int(line[name][0] or 0) for name in Counts().as_dict() if line.height}
    before = earlier(
        lake.read("quality.validation", feed_id=batch.feed_id), lake.listed(), batch.feed_id, batch.batch_id, case.day
    )
    metrics = steps.measure(sound, left, counts, sound, before)
    return steps.judge(sound, metrics, contract, batch.batch_id, case.day)


def was_overruled(lake: Lake, batch_id: str, rule: str) -> bool:
    """A post that answered for letting the delivery in against this rule answers for its corrections too."""
    row = lake.batch_row(batch_id) or {}
    return row.get("status") == "accepted" and row.get("rule") == rule


def correction_id(case: Case, judged: Judged, library: Any) -> str:
    """batch_id of a correction: the same rows, settled the same way from the same words, are the same correction."""
    settled = ["|".join(map(str, row)) for row in judged.settled.sort(PLACE).iter_rows()]
    fixed = (case.batch.feed_id, GATE, case.batch.batch_id, case.batch.contract.fingerprint)
    return letters_of(*fixed, str(getattr(library, "version", "")), *settled, *sorted(judged.row_hashes))


def write(
    lake: Lake,
    case: Case,
    judged: Judged,
    correction: str,
    *,
    asked: Mended,
    verdict: Any,
    library: Any,
    came_back: date | None,
) -> None:
    """Seals what a department said, writes the correction's rows of every table, and quality.batch last."""
    batch, feed_id, day = case.batch, case.batch.feed_id, case.day
    known = known_on(lake.listed(feed_id), day)
    known = max(known, came_back) if came_back is not None else known
    places = lake.read("address.building", ["building_code", "street_code", "usage"])
    sheet = asked.cells or asked.withdrawn
    settled = judged.settled.with_columns(corrects=pl.lit(batch.batch_id), source=pl.lit(SHEET if sheet else ARCHIVE))
    frames = {
        f"record_history.{feed_id}": _known_from(judged, known).with_columns(
            batch_id=pl.lit(correction), is_late=pl.lit(judged.is_late)
        ),
        "quality.replay": settled.with_columns(delivered_on=pl.lit(day)),
        "quality.match_rate": match_rates(judged.coded, places).with_columns(delivered_on=pl.lit(day)),
        "quality.reconciliation": judged.counts.as_row(GATE).with_columns(delivered_on=pl.lit(day)),
    }
    if verdict is not None:
        # its metrics are those of a delivery counted already, and would count it twice
        about = verdict.results.filter(pl.col("suite") != "metrics")
        frames["quality.validation"] = about.with_columns(delivered_on=pl.lit(day))
    path = _sealed(lake, case, correction, asked, known) if sheet else ""
    for table, frame in frames.items():
        lake.write_batch(table, frame, feed_id, correction)
    lake.commit(
        batch_row(
            lake,
            Batch(correction, batch.contract, day, letters_of(correction, length=32), [], [], path),
            status=REPLAYED,
            mode=GATE,
            corrects=batch.batch_id,
            reason=f"{settled.height} rows of batch {batch.batch_id} left quarantine",
            received=judged.counts.received,
            loaded=judged.counts.loaded,
            known_on=known,
            is_late=judged.is_late,
            library_version=getattr(library, "version", None),
        )
    )


def _known_from(judged: Judged, known: date) -> pl.DataFrame:
    """Rows said now are known from now; rows said again keep the day they were known, but for deletes."""
    names = [name for name in ("known_from", "keyed_on") if name in judged.history.columns]
    missing = [name for name in ("known_from", "keyed_on") if name not in names]
    return judged.history.with_columns(
        *(pl.col(name).fill_null(known) for name in names), *(pl.lit(known).alias(name) for name in missing)
    )


def _sealed(lake: Lake, case: Case, correction: str, asked: Mended, known: date) -> str:
    """What the department said, sealed under the correction: without it no original would say where its cells are
    from."""
    batch = case.batch
    open_places = set(case.reading.rows.select(PLACE).iter_rows()) | set(case.withdrawn.iter_rows())
    said = [
        {"batch_id": batch.batch_id, "file": name, "row": number, "withdrawn": (name, number) in asked.withdrawn,
         "cells": {str(at): cell.text for at, cell in asked.cells.get((name, number), {}).items()}}
        for name, number in sorted(set(asked.cells) | asked.withdrawn) if (name, number) in open_places
    ]  # fmt: skip
    content = "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in said).encode()
    sealed = archive.seal(
        lake.home,
        correction,
        batch.feed_id,
        case.day,
        [SourceFile("corrections.jsonl", content)],
        received_on=known,
        retention_days=batch.contract.meaning.retention_days,
    )
    return sealed.path.relative_to(lake.home.archive).as_posix()
