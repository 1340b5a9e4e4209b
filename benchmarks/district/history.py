"""A lake with ten times the history: nine earlier days in which every record was another, then the first day itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import polars as pl

from schemas.home import Home
from transforms.lake.letters import letters_of
from transforms.lake.store import ABOUT_BATCHES, Lake

DAYS = 9


def fill(home: Home, pattern: Home) -> dict[str, Any]:
    """Writes into `home`, which has a library and nothing else, nine days like the first of `pattern`.

    Rows are those of the pattern's first batch of each feed under other hashes, so that the first day, loaded next,
    changes every one of them. What a load writes about its batch is there for each day too.
    """
    lake, model = Lake(home), Lake(pattern)
    rows = 0
    for feed_id, batches in model.listed().group_by("feed_id", maintain_order=True):
        first = batches.row(0, named=True)
        tables = {
            table: _of(model, table, first["batch_id"])
            for table in (f"record_history.{feed_id[0]}", *sorted(ABOUT_BATCHES))
        }
        for number in range(DAYS):
            back = timedelta(DAYS - number)
            batch_id = letters_of(str(feed_id[0]), str(number))
            for table, frame in tables.items():
                day = _a_day_earlier(frame, back, number)
                lake.write_batch(table, day, str(feed_id[0]), batch_id)
                rows += day.height if table.startswith("record_history.") else 0
            lake.commit(
                {
                    **first,
                    "batch_id": batch_id,
                    "delivered_on": first["delivered_on"] - back,
                    "known_on": first["known_on"] - back,
                    "committed_at": first["committed_at"] - back,
                    "content_hash": letters_of(batch_id, length=32),
                }
            )
    return {"rows": rows}


def _of(lake: Lake, table: str, batch_id: str) -> pl.DataFrame:
    return lake.scan(table).filter(pl.col("batch_id") == batch_id).collect()


def _a_day_earlier(frame: pl.DataFrame, back: timedelta, number: int) -> pl.DataFrame:
    days = [name for name in ("delivered_on", "known_from", "keyed_on") if name in frame.columns]
    moved = frame.drop("batch_id").with_columns(pl.col(name) - back for name in days)
    if "row_hash" not in frame.columns:
        return moved
    turned = pl.concat_str(pl.col("row_hash").str.slice(number + 1), pl.col("row_hash").str.slice(0, number + 1))
    return moved.with_columns(turned.alias("row_hash"), operation=pl.lit("update" if number else "insert"))
