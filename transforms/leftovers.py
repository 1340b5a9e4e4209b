"""Flags and manifests a killed load left in landing: it removes the data first, so that nothing half looks complete.

Left lying, such a flag would call the same file complete while a department is still copying its correction.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from pathlib import Path

import polars as pl

from schemas.contract import Contract
from schemas.home import Home
from transforms.batch import SHANGHAI
from transforms.lake.faults import storage_faults
from transforms.lake.store import Lake
from transforms.landing import day_of, sidecar_of, split_sidecars


def remove_leftovers(home: Home, contract: Contract) -> list[Path]:
    """Removes the flags and manifests whose data was received and stands in quality.batch; returns them.

    One that is newer than what was received is of a delivery still to come, and stays.
    """
    folder = home.landing / contract.feed_id
    if not folder.is_dir():
        return []
    data, asides = split_sidecars([path for path in sorted(folder.iterdir()) if path.is_file()], contract)
    orphans = set(asides) - {sidecar_of(path, contract) for path in data}
    if not orphans:
        return []
    rows = Lake(home).batch_rows(contract.feed_id).filter(pl.col("received_at").is_not_null())
    received = {
        sidecar_of(folder / name, contract): row["received_at"]
        for row in rows.sort("received_at").iter_rows(named=True)
        for name in row["file_names"] or []
        if day_of(name, contract) == row["delivered_on"]
    }
    left = [path for path in sorted(orphans) if path in received and _was_there(path, received[path])]
    with storage_faults(folder):
        for path in left:
            path.unlink(missing_ok=True)
    return left


def _was_there(path: Path, received_at: datetime) -> bool:
    """True when a file lay there before a delivery was received (naive, Shanghai)."""
    with suppress(FileNotFoundError):
        return datetime.fromtimestamp(path.stat().st_mtime, SHANGHAI).replace(tzinfo=None) <= received_at
    return False
