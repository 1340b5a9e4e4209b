"""What serves now: per feed the last delivery and the last good one, what was refused and why, and the release."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

    from schemas.contract import Contract
    from schemas.home import Home

IN_LAKE = ("loaded", "accepted")


def status(home: Home) -> dict[str, Any]:
    """`{"home", "release", "feeds": [...]}`; one entry a contract, those never delivered included."""
    from schemas.contract import load_contracts
    from serving.released import current

    batches = _batches(home)
    release = None
    if home.current_release is not None:
        released = current(home)
        release = {
            "name": released.name,
            "published_at": released.published_at,
            "tables": len(released.tables),
            "rows": sum(table.rows for table in released.tables.values()),
            "note": released.note,
        }
    feeds = [_feed(contract, batches) for contract in load_contracts().values()]
    return {"home": str(home.path), "release": release, "feeds": feeds}


def _batches(home: Home) -> list[dict[str, Any]]:
    """quality.batch as it stands, refused ones too, by day and time of loading. The one look into the lake."""
    from transforms.lake.store import Lake

    frame: pl.DataFrame = Lake(home).read("quality.batch")
    order = [name for name in ("day", "loaded_at") if name in frame.columns]
    return frame.sort(order, nulls_last=False).to_dicts() if order else frame.to_dicts()


def _feed(contract: Contract, batches: list[dict[str, Any]]) -> dict[str, Any]:
    mine = [batch for batch in batches if batch["feed_id"] == contract.feed_id]
    good = [batch for batch in mine if batch["status"] in IN_LAKE]
    last = mine[-1] if mine else None
    refused = last if last and last["status"] not in IN_LAKE else None
    return {
        "feed_id": contract.feed_id,
        "name": contract.name,
        "mode": contract.delivery.mode,
        "last_day": last["day"] if last else None,
        "last_status": last["status"] if last else "never delivered",
        "serves_day": good[-1]["day"] if good else None,
        "serves_batch": good[-1]["batch_id"] if good else None,
        "batches": len(good),
        "received": sum(batch.get("received") or 0 for batch in good),
        "quarantined": sum(batch.get("quarantined") or 0 for batch in good),
        "refused_batch": refused["batch_id"] if refused else None,
        "refused_rule": refused.get("rule") if refused else None,
        "refused_reason": refused.get("reason") if refused else None,
    }


def days_behind(entry: dict[str, Any], today: date) -> int | None:
    """Days since the delivery that serves."""
    day = entry["serves_day"]
    return (today - (day.date() if isinstance(day, datetime) else day)).days if day else None
