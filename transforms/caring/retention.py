"""What has been kept long enough goes: sealed originals by their contract, releases, Airflow's logs (see care.yaml).

An original goes after the day its header names; rows of it still in quarantine are then expired, and say so. The audit
log is never shortened: records of sharing are kept three years.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from dataclasses import dataclass
from datetime import date

from schemas.agreement import load_agreements
from schemas.care import Care, load_care
from schemas.errors import UsageError
from schemas.home import Home
from transforms.caring.compact import compact
from transforms.caring.erase import WITHDRAWN
from transforms.caring.moved import named_elsewhere, scripts_name_this_folder
from transforms.caring.vacuum import check_releases, vacuum
from transforms.lake import archive
from transforms.lake.faults import storage_faults
from transforms.lake.lock import care_lock, feed_lock, lake_lock
from transforms.lake.release import releases
from transforms.lake.store import Lake
from transforms.replaying.standing import OPEN, settle, today

PINS = "pins.json"


@dataclass(frozen=True)
class Cared:
    """What went (or would go): how many, and how many bytes that frees."""

    what: str
    removed: int
    bytes: int


def care(home: Home, *, dry_run: bool = False, on: date | None = None, rules: Care | None = None) -> list[Cared]:
    """Everything that needs nobody: retention, compact, vacuum, the scripts of a moved home. Run again nothing goes.

    Raises ReleaseDamaged, before anything is removed, when a release lacks a file.
    """
    rules = rules or load_care()
    check_releases(home)
    with care_lock(home), storage_faults(home.path):
        done = [
            expired_originals(home, on or today(), dry_run=dry_run),
            old_releases(home, rules.releases_kept, on or today(), dry_run=dry_run),
            old_logs(home, rules.log_days, dry_run=dry_run),
        ]
    merged = [] if dry_run else compact(home)
    done.append(Cared("small files merged", sum(one.before - one.after for one in merged), 0))
    swept = vacuum(home, grace_hours=rules.grace_hours, dry_run=dry_run)
    done.append(Cared("files of the lake", sum(one.files for one in swept), sum(one.bytes for one in swept)))
    with care_lock(home):
        moved = named_elsewhere(home) if dry_run else scripts_name_this_folder(home)
    return [*done, Cared("scripts that named another folder", len(moved), 0)]


def expired_originals(home: Home, on: date, *, dry_run: bool = False) -> Cared:
    """Sealed deliveries past the day their retention ends.

    Settled is also what stands open: of a run that was killed the originals are gone, and nobody has said so yet.
    """
    gone = [one for one in archive.sealed(home) if one.expires_on < on]
    size = sum(one.path.stat().st_size for one in gone)
    stands = Lake(home).read("quality.quarantine", ["feed_id", "status"])
    still_open = stands.filter(stands["status"] == OPEN)["feed_id"].unique()
    for feed_id in sorted({*still_open, *(one.feed_id for one in gone)}) if not dry_run else []:
        with feed_lock(home, feed_id):
            for one in gone:
                if one.feed_id == feed_id:
                    one.path.unlink(missing_ok=True)
            settle(Lake(home), feed_id)
    return Cared("sealed originals", len(gone), size)


def old_releases(home: Home, kept: int, on: date, *, dry_run: bool = False) -> Cared:
    """Releases beyond the newest `kept` that nobody needs."""
    with lake_lock(home):
        for left in home.releases.glob(f"{WITHDRAWN}*") if not dry_run else []:
            shutil.rmtree(left)
        names = releases(home)
        needed = {*names[-kept:], *pins(home), *_of_agreements(home, on)}
        if home.current_release is not None:
            needed.add(home.current_release.name)
        gone = [name for name in names if name not in needed]
        size = _alone(home, gone)
        for name in gone if not dry_run else []:
            aside = home.releases / f"{WITHDRAWN}{name}"
            (home.releases / name).rename(aside)
            shutil.rmtree(aside)
    return Cared("releases", len(gone), size)


def old_logs(home: Home, days: int, *, dry_run: bool = False) -> Cared:
    """Airflow's logs nobody has written for so long."""
    before, count, size = time.time() - days * 86400, 0, 0
    for path in sorted((home.path / "airflow" / "logs").rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            if not dry_run and not any(path.iterdir()):
                path.rmdir()
        elif path.lstat().st_mtime < before:
            count, size = count + 1, size + path.lstat().st_size
            if not dry_run:
                path.unlink()
    return Cared("logs", count, size)


def pins(home: Home) -> dict[str, str]:
    """Releases somebody wants kept, with the reason."""
    path = home.path / PINS
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found


def pin(home: Home, release: str, reason: str, *, lift: bool = False) -> dict[str, str]:
    """Keeps a release beyond its time, or no longer. UsageError for one there is not, or without a reason."""
    if release not in releases(home) or not (reason.strip() or lift):
        raise UsageError(f"{release}: there is no such release, or no reason is given", "name one of `ls releases`")
    with care_lock(home), storage_faults(home.path):
        now = {name: why for name, why in pins(home).items() if name != release}
        if not lift:
            now[release] = reason.strip()
        aside = home.path / f".{PINS}.{os.getpid()}"
        aside.write_text(json.dumps(now, ensure_ascii=False, sort_keys=True), encoding="utf-8")
        aside.replace(home.path / PINS)
    return now


def _of_agreements(home: Home, on: date) -> set[str]:
    """The last release each agreement in force was served from: the next delivery of changes begins there."""
    found = set()
    for one in load_agreements().values():
        served = sorted(path.parent.name for path in (home.outbox / one.department / one.id).glob("*/manifest.json"))
        if served and not one.is_expired(on):
            found.add(served[-1])
    return found


def _alone(home: Home, names: list[str]) -> int:
    """Bytes no other name holds on to: what removing these releases frees, links among them counted."""
    links: dict[tuple[int, int], tuple[int, int, int]] = {}
    for name in names:
        for path in (path for path in (home.releases / name).rglob("*") if path.is_file()):
            about = path.stat()
            node = (about.st_dev, about.st_ino)
            seen = links.get(node, (0, 0, 0))[0]
            links[node] = (seen + 1, about.st_nlink, about.st_size)
    return sum(size for seen, all_of_them, size in links.values() if seen >= all_of_them)
