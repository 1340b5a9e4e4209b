"""What the lake remembers of deliveries, read once for all feeds: batches, what was set aside, what was observed.

Of observations only the last few deliveries of each feed are read; everything else is one row a batch.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from schemas.home import Home
    from transforms.lake.store import Lake

TREND = 12  # deliveries of each feed whose observations are read
USUAL = 7  # deliveries whose median is the usual number of rows
LEAST = 3  # under so many there is no usual number
KEYED = "keyed_building_share"


@dataclass(frozen=True)
class Delivery:
    """One delivery: its row of quality.batch with `quarantined`, the share keyed, the checks that did not hold."""

    row: dict[str, Any]
    keyed_share: float | None = None
    failed: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_in_lake(self) -> bool:
        """True unless it was kept out."""
        from transforms.lake.store import DELIVERED

        return self.row["status"] in DELIVERED


@dataclass(frozen=True)
class History:
    """Deliveries by feed in the order they were committed, and the first day the lake holds."""

    by_feed: dict[str, list[Delivery]]
    begun: date | None
    aside: dict[str, tuple[int, int, int]]

    def deliveries(self, feed_id: str) -> list[Delivery]:
        """Every delivery of a feed, refused ones too."""
        return self.by_feed.get(feed_id, [])

    def set_aside(self, feed_id: str) -> tuple[int, int, int]:
        """Quarantined rows of deliveries in the lake: open, replayed, expired."""
        return self.aside.get(feed_id, (0, 0, 0))

    @staticmethod
    def usual_rows(good: list[Delivery], last: dict[str, Any] | None) -> int | None:
        """The median of the rows received in the last good deliveries before the last one.

        None without any; of changes and events also under three, for the first of them holds everything there was.
        """
        before = [
            one.row["received"]
            for one in good
            if one.row["received"] is not None and (last is None or one.row["batch_id"] != last["batch_id"])
        ]
        least = 1 if good and good[-1].row["mode"] == "snapshot" else LEAST
        return round(median(before[-USUAL:])) if len(before) >= least else None


def history_of(home: Home) -> History:
    """The one look into the lake, pinned, so that all of it is of one moment."""
    import polars as pl

    from transforms.lake.store import DELIVERED, NO_DELIVERY, Lake

    lake = Lake(home).pinned()
    kept = lake.read("quality.reconciliation").filter(pl.col("gate") == "load").select("batch_id", "quarantined")
    left = lake.read("quality.replay", ["corrects"]).group_by(batch_id="corrects").len("left")
    kept = kept.join(left, on="batch_id", how="left").with_columns(pl.col("quarantined") - pl.col("left").fill_null(0))
    rows = lake.batch_rows().filter(~pl.col("status").is_in(NO_DELIVERY)).join(kept, on="batch_id", how="left")
    rows = rows.sort("committed_at", "batch_id")
    shares, failed = _observed(lake, rows)
    by_feed: dict[str, list[Delivery]] = defaultdict(list)
    for row in rows.to_dicts():
        one = Delivery(row, shares.get(row["batch_id"]), failed.get(row["batch_id"], []))
        by_feed[row["feed_id"]].append(one)
    begun = rows.filter(pl.col("status").is_in(DELIVERED))["delivered_on"].min()
    return History(dict(by_feed), begun if isinstance(begun, date) else None, _aside(lake))


def _observed(lake: Lake, rows: pl.DataFrame) -> tuple[dict[str, float], dict[str, list[dict[str, Any]]]]:
    """By batch the share keyed at building or better, and the checks that did not hold, of the last few."""
    import polars as pl

    late = rows.group_by("feed_id", maintain_order=True).tail(TREND)
    lines = (
        replace(lake, batches=lake.batch_rows().join(late.select("batch_id"), on="batch_id", how="semi"))
        .scan("quality.validation")
        .filter(((pl.col("suite") == "metrics") & (pl.col("column_name") == KEYED)) | ~pl.col("is_success"))
        .collect()
    )
    keyed = lines.filter(pl.col("column_name") == KEYED, pl.col("suite") == "metrics")
    shares = dict(keyed.select("batch_id", pl.col("observed").cast(pl.Float64, strict=False)).drop_nulls().iter_rows())
    failed: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines.filter(~pl.col("is_success")).sort("suite", "column_name", "expectation").to_dicts():
        failed[line["batch_id"]].append(line)
    return shares, dict(failed)


def _aside(lake: Lake) -> dict[str, tuple[int, int, int]]:
    import polars as pl

    from transforms.replaying.standing import STATES, standing_lines

    rows = standing_lines(lake).unique(["batch_id", "file_name", "row_number"])
    counts = rows.group_by("feed_id").agg((pl.col("state") == state).sum().alias(state) for state in STATES)
    return {
        feed_id: (int(opened), int(replayed), int(expired)) for feed_id, opened, replayed, expired in counts.iter_rows()
    }
