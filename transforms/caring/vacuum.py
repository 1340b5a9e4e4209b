"""vacuum: files of the lake that no version in use needs are removed, and leftovers of what was killed.

In use are: the version of a table that serves; of the address tables also the versions the journal and the editions of
the library name, while some feed's keys stand on them (`rekey` compares with those). Everything younger than the grace
period stays, so that a reader who has listed files, and a load in the middle of a write, find them. Releases hold their
own names (hard links) or copies of their files: taking the lake's name away leaves them whole. Of the kept indexes of
the address library the current one stays: who reads another has it open, and whoever wants one makes it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.contract import load_contracts
from schemas.errors import UsageError
from schemas.home import Home
from transforms.addressing.library_kept import forget_indexes, index_key
from transforms.lake import edition
from transforms.lake.faults import storage_faults
from transforms.lake.journal import JOURNAL, standing_of
from transforms.lake.lock import care_lock, house_lock, index_lock, lake_lock
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest
from transforms.lake.store import Lake
from transforms.rekey import stood_on

GRACE_HOURS = 24  # longer than any load, publish or question lasts
LOAD_HOURS = 6  # no load lasts as long


@dataclass(frozen=True)
class Vacuumed:
    """What was (or would be) removed of one table. `bytes` are those freed: a release may hold a file on."""

    table: str
    files: int
    bytes: int


def vacuum(home: Home, *, grace_hours: int = GRACE_HOURS, dry_run: bool = False) -> list[Vacuumed]:
    """Removes what nobody needs, older than the grace period; one entry a table where there is anything.

    With a grace period shorter than a load may last it waits for all loads and holds new ones back: what they have
    written and not yet committed would be taken for a leftover.

    Raises ReleaseDamaged, before anything is removed, when a file of a release is missing: then the lake's own may be
    the last copy of it.
    """
    if grace_hours < 0:
        raise UsageError("the grace period is at least 0 hours", "give --grace-hours 24")
    alone = lake_lock(home) if dry_run or grace_hours >= LOAD_HOURS else house_lock(home, load_contracts())
    with care_lock(home), alone, storage_faults(home.lake):
        lake = Lake(home)
        check_releases(home)
        kept = versions_in_use(lake)
        done = [swept(lake, table, kept.get(table, []), grace_hours, dry_run=dry_run) for table in lake.tables()]
        if not dry_run:
            _forget(lake, editions_in_use(lake), grace_hours)
            with index_lock(home):
                forget_indexes(home, index_key(home))
    return [one for one in done if one.files]


def check_releases(home: Home) -> None:
    """ReleaseDamaged when a release lacks a file its manifest names, or has it in another length."""
    for path in sorted(home.releases.glob("*/manifest.json")):
        if path.parent.is_symlink() or path.parent.name.startswith("."):
            continue
        manifest = read_manifest(path.parent)
        for entry in manifest.tables.values():
            for file in entry.all_files:
                found = path.parent / file.path
                if not found.is_file() or found.stat().st_size != file.bytes:
                    raise ReleaseDamaged(
                        f"release {manifest.release}: {file.path} is missing or cut",
                        "restore it from a backup before anything is removed (blockdata doctor --deep names more)",
                    )


def versions_in_use(lake: Lake) -> dict[str, list[int]]:
    """Delta versions by table, beside the one that serves, whose files stay."""
    kept: dict[str, set[int]] = {}
    tables = set(lake.tables())
    named: list[Mapping[str, int]] = [lake.standing().versions or {}]
    for path in editions_in_use(lake):
        with suppress(OSError, ValueError):
            versions = json.loads(path.read_text(encoding="utf-8"))
            named.append(versions)
            if JOURNAL in versions:
                named.append(_told_by_journal(lake, versions[JOURNAL]))
    for versions in named:
        for table, version in versions.items():
            if table in tables:
                kept.setdefault(table, set()).add(version)
    return {table: sorted(versions) for table, versions in kept.items()}


def editions_in_use(lake: Lake) -> list[Path]:
    """The notes of library versions that keys of some feed stand on."""
    listed = lake.listed()
    used = {version for (_,), mine in listed.group_by("feed_id", maintain_order=True) for version in stood_on(mine)}
    return [path for path in edition.noted(lake) if path.stem in used]


def swept(lake: Lake, table: str, versions: list[int], grace_hours: int, *, dry_run: bool) -> Vacuumed:
    """One table without the files that neither its version nor `versions` need. The caller holds the lake's lock."""
    from deltalake import DeltaTable

    opened = DeltaTable(lake.path(table))
    keep = [version for version in versions if version != opened.version()]
    rest: dict[str, Any] = {
        "retention_hours": grace_hours,
        "enforce_retention_duration": False,
        "full": True,
        "keep_versions": keep,
    }
    # The log goes on naming what an earlier vacuum took away.
    names = [name for name in opened.vacuum(dry_run=True, **rest) if (lake.path(table) / name).exists()]
    sizes = [_freed(lake.path(table) / name) for name in names]
    if names and not dry_run:
        opened.vacuum(dry_run=False, **rest)
    return Vacuumed(table, len(names), sum(sizes))


def _told_by_journal(lake: Lake, version: int) -> Mapping[str, int]:
    """The versions of the address tables a version of the journal begins from; none when it is gone already."""
    try:
        return standing_of(lake.files(JOURNAL, version)).versions or {}
    except Exception:  # Delta and Polars have an error of their own each for a file or version that is not there
        return {}


def _forget(lake: Lake, used: list[Path], grace_hours: int) -> None:
    """Notes of library versions nobody's keys stand on: their files may be gone now. The newest stays."""
    young = time.time() - grace_hours * 3600
    for path in sorted(edition.noted(lake), key=lambda path: path.stat().st_mtime)[:-1]:
        if path not in used and path.stat().st_mtime <= young:
            path.unlink(missing_ok=True)


def _freed(path: Path) -> int:
    with suppress(OSError):
        about = path.stat()
        return about.st_size if about.st_nlink == 1 else 0
    return 0
