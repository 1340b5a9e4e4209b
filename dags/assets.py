"""What one DAG makes and another waits for: a feed's records, the release."""

from __future__ import annotations

from airflow.sdk import Asset

from schemas.contract import feeds_folder

RELEASE = Asset(name="release", uri="blockdata://release/current", group="release")


def feed_asset(feed_id: str) -> Asset:
    """The records of one feed: record.<feed id> and its history."""
    return Asset(name=feed_id, uri=f"blockdata://record/{feed_id}", group="feed")


def feed_ids() -> list[str]:
    """The feeds there are, by their contract files, which are not read."""
    return [f"{path.parent.name}__{path.stem}" for path in sorted(feeds_folder().glob("*/*.yaml"))]
