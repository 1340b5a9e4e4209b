"""What serves now: per feed the last delivery and the last good one, what was refused and why, and the release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        manifest = current(home).manifest
        release = {
            "name": manifest.release,
            "day": manifest.day,
            "note": manifest.note,
            "tables": len(manifest.tables),
            "rows": sum(table.rows for table in manifest.tables.values()),
            "library_version": manifest.library_version,
            "batches": len(manifest.batches),
        }
    published = set(current(home).manifest.batches) if release else set()
    feeds = [_feed(contract, batches, published) for contract in load_contracts().values()]
    return {"home": str(home.path), "release": release, "feeds": feeds}


def _batches(home: Home) -> list[dict[str, Any]]:
    """Every batch in the order committed, refused ones too, with its open rows. The one look into the lake."""
    import polars as pl

    from transforms.lake.store import NO_DELIVERY, Lake

    lake = Lake(home)
    kept = lake.read("quality.reconciliation").filter(pl.col("gate") == "load").select("batch_id", "quarantined")
    left = lake.read("quality.replay", ["corrects"]).group_by(batch_id="corrects").len("left")
    kept = kept.join(left, on="batch_id", how="left").with_columns(pl.col("quarantined") - pl.col("left").fill_null(0))
    rows = lake.batch_rows().filter(~pl.col("status").is_in(NO_DELIVERY)).join(kept, on="batch_id", how="left")
    return rows.sort("committed_at", "batch_id").to_dicts()


def _feed(contract: Contract, batches: list[dict[str, Any]], published: set[str]) -> dict[str, Any]:
    mine = [batch for batch in batches if batch["feed_id"] == contract.feed_id]
    good = [batch for batch in mine if batch["status"] in IN_LAKE]
    serving = [batch for batch in good if batch["batch_id"] in published]
    last = mine[-1] if mine else None
    return {
        "feed_id": contract.feed_id,
        "name": contract.name,
        "mode": contract.delivery.mode,
        "last_day": last["delivered_on"] if last else None,
        "last_status": last["status"] if last else "never delivered",
        "loaded_day": max((batch["delivered_on"] for batch in good), default=None),
        "serves_day": max((batch["delivered_on"] for batch in serving), default=None),
        "batches": len(good),
        "received": sum(batch["received"] or 0 for batch in good),
        "quarantined": sum(batch["quarantined"] or 0 for batch in good),
        "refused": [_refusal(batch) for batch in mine if batch["status"] not in IN_LAKE],
    }


def _refusal(batch: dict[str, Any]) -> dict[str, Any]:
    return {
        name: batch[name] for name in ("batch_id", "delivered_on", "file_names", "rule", "reason", "mend", "received")
    }
