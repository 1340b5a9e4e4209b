"""Whether a publish can go on from the release before, and the news it would go on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from schemas.contract import Contract
from transforms.lake.release import STATE
from transforms.lake.release_manifest import Manifest
from transforms.lake.store import REKEYED, Lake
from transforms.resolving.place import weighed_on

OF_STATE = ("answers", "doubts", "ever_lacking", "first_known", "outcomes", "torn")


@dataclass(frozen=True)
class News:
    """What batches let in since say of one feed: rows of its record_history, in the order they were let in.

    `is_in_order` is False where a day came after a later one: what was believed meanwhile is then told by the whole
    history of a record alone.
    """

    rows: pl.DataFrame
    is_in_order: bool

    @property
    def records(self) -> pl.DataFrame:
        """record_id, once each."""
        return self.rows.select("record_id").unique()


@dataclass(frozen=True)
class Since:
    """The release before (`folder`, its manifest) and what came since, by feed; feeds without news are left out."""

    folder: Path
    manifest: Manifest
    news: Mapping[str, News]

    @property
    def day(self) -> date:
        """As of which the release before was made."""
        return date.fromisoformat(self.manifest.day)

    def state(self, name: str) -> pl.DataFrame:
        """State the release before kept."""
        return pl.read_parquet(self.folder / STATE / f"{name}.parquet")


def since(
    folder: Path, last: Manifest | None, lake: Lake, contracts: Mapping[str, Contract], form: str
) -> Since | None:
    """The news since release `last` in `folder`; None when everything has to be made anew.

    That is: no release, other rules (`form`), a batch withdrawn, batches in another order, an earlier day, or another
    month (a claim's weight counts whole months).
    """
    listed = lake.listed()
    as_of = listed["delivered_on"].max()
    if last is None or last.form != form or not isinstance(as_of, date):
        return None
    if not all((folder / STATE / f"{name}.parquet").is_file() for name in OF_STATE):
        return None
    before = date.fromisoformat(last.day)
    if as_of < before or weighed_on(as_of) != weighed_on(before):
        return None
    known = set(last.batches)
    if not known <= set(listed["batch_id"]):
        return None
    news = {}
    for (feed,), batches in listed.group_by("feed_id", maintain_order=True):
        if feed not in contracts:
            continue
        is_new = ~batches["batch_id"].is_in(list(known))
        if not is_new.any():
            continue
        if is_new.arg_max() != (~is_new).sum():
            return None  # one let in earlier than a known one
        told = _news(lake, str(feed), batches.filter(is_new), batches.filter(~is_new))
        if told.rows.height:
            news[str(feed)] = told
    return Since(folder, last, news)


def _news(lake: Lake, feed: str, new: pl.DataFrame, known: pl.DataFrame) -> News:
    rows = lake.scan_batches(f"record_history.{feed}", new["batch_id"].to_list()).collect()
    # Keys corrected are of the same day as what they correct; what is told otherwise must be of the latest day.
    again = new.filter(pl.col("status") == REKEYED)["batch_id"].implode()
    told = rows.filter(~pl.col("batch_id").is_in(again))
    days = told.group_by("batch_id", maintain_order=True).agg(
        pl.col("delivered_on").min().alias("first"), pl.col("delivered_on").max().alias("last")
    )
    latest = known["delivered_on"].max()
    is_in_order = True
    for first, last in days.select("first", "last").iter_rows():
        is_in_order &= first == last and (latest is None or first >= latest)
        latest = last
    return News(rows, is_in_order)
