"""What one DAG makes and another waits for: deliveries in landing, a feed's records, the lake, the release."""

from __future__ import annotations

from airflow.sdk import Asset, AssetWatcher

from dags.triggers import DeliveriesComplete, LakeSettled

RELEASE = Asset(name="release", uri="blockdata://release/current", group="release")
LAKE = Asset(
    name="lake",
    uri="blockdata://lake/unpublished",
    group="lake",
    watchers=[AssetWatcher(name="lake settled", trigger=LakeSettled())],
)


def landing_asset(feed_id: str) -> Asset:
    """The complete deliveries of one feed, as they lie in landing."""
    watcher = AssetWatcher(name=f"{feed_id} complete", trigger=DeliveriesComplete(feed_id))
    return Asset(name=f"landing.{feed_id}", uri=f"blockdata://landing/{feed_id}", group="landing", watchers=[watcher])


def feed_asset(feed_id: str) -> Asset:
    """The records of one feed: record.<feed id> and its history."""
    return Asset(name=feed_id, uri=f"blockdata://record/{feed_id}", group="feed")
