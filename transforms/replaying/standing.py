"""How quarantined rows stand: open, replayed, expired. What a correction batch says counts, not a status once written.

A row is replayed when a correction batch let into the lake lists it in quality.replay; expired when its sealed original
is gone or past its retention; else open. Rows of a refused delivery are none of these: `load` and `accept` judge that
delivery anew, whole.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from schemas.contract import Contract, contract_of
from schemas.errors import BlockdataError
from schemas.home import Home
from transforms.batch import SHANGHAI
from transforms.lake import archive
from transforms.lake.store import LET_IN, Lake

PLACE = ["file_name", "row_number"]
OPEN, REPLAYED, EXPIRED = "open", "replayed", "expired"
STATES = (OPEN, REPLAYED, EXPIRED)
OUTCOMES = ("inserted", "updated", "unchanged", "duplicate", "superseded", "withdrawn", "ignored")


def today() -> date:
    """The day it is where the lake is."""
    return datetime.now(SHANGHAI).date()


def standing_lines(lake: Lake, feed_id: str | None = None, *, on: date | None = None) -> pl.DataFrame:
    """Lines of quality.quarantine of deliveries that were let in, with `state` and `outcome`, oldest day first.

    `outcome` and `replayed_by` are those of quality.replay, null while a row is open or expired.
    """
    let_in = lake.listed(feed_id).with_row_index("order").select("batch_id", "order", "archive_path")
    settled = lake.read("quality.replay", feed_id=feed_id).select(
        *PLACE, "outcome", batch_id="corrects", replayed_by="batch_id"
    )
    lines = (
        lake.read("quality.quarantine", feed_id=feed_id)
        .join(let_in, on="batch_id", how="inner")
        .join(settled, on=["batch_id", *PLACE], how="left")
    )
    gone = _expired(lake, lines.filter(pl.col("outcome").is_null()), on or today())
    return (
        lines.with_columns(
            state=pl.when(pl.col("outcome").is_not_null())
            .then(pl.lit(REPLAYED))
            .when(pl.col("batch_id").is_in(gone))
            .then(pl.lit(EXPIRED))
            .otherwise(pl.lit(OPEN))
        )
        .sort("feed_id", "delivered_on", "order", *PLACE, "column_name", "rule")
        .drop("order", "archive_path")
    )


def refused_lines(lake: Lake, feed_id: str | None = None) -> pl.DataFrame:
    """Lines of deliveries that were refused whole: not to be replayed, but to be sent again or accepted."""
    kept_out = lake.batch_rows(feed_id).filter(~pl.col("status").is_in(LET_IN))
    return lake.read("quality.quarantine", feed_id=feed_id).join(kept_out.select("batch_id"), on="batch_id", how="semi")


def open_until(home: Home, archive_path: str | None, contract: Contract) -> date | None:
    """The last day a quarantined row of a batch can be replayed; None when its sealed original is gone.

    That is the end of the archive's retention, or of the contract's `quarantine_days` where those are fewer.
    `archive_path`: the batch's, as quality.batch has it.
    """
    try:
        sealed = archive.outside(home.archive / archive_path) if archive_path else None
    except archive.ArchiveError:
        return None
    if sealed is None:
        return None
    limit = contract.meaning.quarantine_days
    if limit is None or sealed.day is None:
        return sealed.expires_on
    return min(sealed.expires_on, sealed.day + timedelta(days=limit))


def settle(lake: Lake, feed_id: str, reasons: dict[str, pl.DataFrame] | None = None) -> None:
    """Writes into quality.quarantine how its rows stand now. Run again it changes nothing.

    `reasons`: by batch the lines (QUARANTINE's columns) of rows that were judged anew and stay; each row's old lines
    give way to them. The caller holds the feed's lock.
    """
    lines = standing_lines(lake, feed_id)
    for batch_id, fresh in (reasons or {}).items():
        lines = _with_reasons(lines, batch_id, fresh)
    written = lake.read("quality.quarantine", feed_id=feed_id)
    columns = [name for name in written.columns if name not in ("feed_id", "status")]
    told = lines.select(*columns, status="state")
    grain = [name for name in columns if name != "delivered_on"]
    for (batch_id,), mine in told.group_by("batch_id", maintain_order=True):
        before = written.filter(pl.col("batch_id") == batch_id).select(told.columns)
        if not before.sort(grain).equals(mine.sort(grain)):
            lake.write_batch("quality.quarantine", mine, feed_id, str(batch_id))


def _with_reasons(lines: pl.DataFrame, batch_id: str, fresh: pl.DataFrame) -> pl.DataFrame:
    mine = pl.col("batch_id") == batch_id
    places = fresh.select(pl.col("file_name"), pl.col("row_number").cast(pl.Int64)).unique()
    stays = lines.filter(mine & (pl.col("state") == OPEN)).join(places, on=PLACE, how="semi")
    if stays.is_empty():
        return lines
    about = stays.select("batch_id", "feed_id", "delivered_on", "state").unique()
    renewed = (
        fresh.with_columns(pl.col("row_number").cast(pl.Int64))
        .rename({"column": "column_name"})
        .unique([*PLACE, "column_name", "rule"], keep="first", maintain_order=True)
        .join(stays.select(PLACE).unique(), on=PLACE, how="semi")
        .join(about, how="cross")
    )
    key = ["batch_id", *PLACE]
    return pl.concat([lines.join(stays.select(key), on=key, how="anti"), renewed], how="diagonal_relaxed")


def _expired(lake: Lake, lines: pl.DataFrame, on: date) -> list[str]:
    """Batches whose rows can no longer be read again."""
    gone: list[str] = []
    for (feed_id,), mine in lines.group_by("feed_id"):
        batches = mine.select("batch_id", "archive_path").unique()
        try:
            contract = contract_of(str(feed_id))
        except BlockdataError:  # a feed without a contract: nothing of it can be read
            gone += batches["batch_id"].to_list()
            continue
        for batch_id, path in batches.iter_rows():
            until = open_until(lake.home, path, contract)
            if until is None or until < on:
                gone.append(batch_id)
    return gone
