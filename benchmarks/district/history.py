"""A lake with ten times the history: nine earlier days in which every record was another, then the first day itself.

A history has a file a batch, as loads write it. What loads tell about their batches is written at once, in merged
files: so a lake that is cared for has it, and six hundred commits of a few lines each are no part of what is measured.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl
from deltalake import write_deltalake

from schemas.home import Home
from transforms.lake.letters import letters_of
from transforms.lake.schema import conformed, declared_schema
from transforms.lake.store import ABOUT_BATCHES, BATCH, Lake
from transforms.lake.writing import CONFIGURATION, PER_BATCH

DAYS = 9


def fill(home: Home, pattern: Home) -> dict[str, Any]:
    """Writes into `home`, which has a library and nothing else, nine days like the first of `pattern`.

    Rows are those of the pattern's first batch of each feed under other hashes, so that the first day, loaded next,
    changes every one of them. What a load writes about its batch is there for each day too.
    """
    lake, model = Lake(home), Lake(pattern)
    rows = 0
    about: dict[str, list[pl.DataFrame]] = {table: [] for table in sorted(ABOUT_BATCHES)}
    listed: list[dict[str, Any]] = []
    for feed_id, batches in model.listed().group_by("feed_id", maintain_order=True):
        first = batches.row(0, named=True)
        history = f"record_history.{feed_id[0]}"
        told = {table: _of(model, table, first["batch_id"]) for table in about}
        records = _of(model, history, first["batch_id"])
        for number in range(DAYS):
            back = timedelta(DAYS - number)
            batch_id = letters_of(str(feed_id[0]), str(number))
            lake.write_batch(history, _a_day_earlier(records, back, number), str(feed_id[0]), batch_id)
            rows += records.height
            for table, frame in told.items():
                about[table].append(_a_day_earlier(frame, back, number).with_columns(batch_id=pl.lit(batch_id)))
            listed.append(
                {
                    **first,
                    "batch_id": batch_id,
                    "delivered_on": first["delivered_on"] - back,
                    "known_on": first["known_on"] - back,
                    "committed_at": first["committed_at"] - back,
                    "content_hash": letters_of(batch_id, length=32),
                }
            )
    for table, frames in about.items():
        _append(lake, table, pl.concat(frames))
    _append(lake, BATCH, pl.DataFrame(listed, schema=declared_schema(BATCH)))  # last: now the batches are there
    return {"rows": rows}


def _append(lake: Lake, table: str, rows: pl.DataFrame) -> None:
    """Rows of many batches in one commit, to a table no batch has been written to."""
    if rows.is_empty():
        return
    write_deltalake(lake.path(table), conformed(table, rows), configuration={**CONFIGURATION, **PER_BATCH})


def _of(lake: Lake, table: str, batch_id: str) -> pl.DataFrame:
    return lake.scan(table).filter(pl.col("batch_id") == batch_id).collect()


def _a_day_earlier(frame: pl.DataFrame, back: timedelta, number: int) -> pl.DataFrame:
    days = [name for name in ("delivered_on", "known_from", "keyed_on") if name in frame.columns]
    moved = frame.drop("batch_id").with_columns(pl.col(name) - back for name in days)
    if "row_hash" not in frame.columns:
        return moved
    turned = pl.concat_str(pl.col("row_hash").str.slice(number + 1), pl.col("row_hash").str.slice(0, number + 1))
    return moved.with_columns(turned.alias("row_hash"), operation=pl.lit("update" if number else "insert"))
