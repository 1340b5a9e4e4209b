"""Releases: immutable folders under releases/, the one that serves named by the link `current`.

A release is built under a temporary name and becomes visible by one rename, current by another: a reader sees the old
or the new, a process killed at any instant leaves at most a temporary folder, which the next publish removes.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from dataclasses import replace as changed_in
from pathlib import Path

import polars as pl

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import Table
from transforms.lake import baseboard
from transforms.lake.faults import storage_faults
from transforms.lake.layers import Counted
from transforms.lake.release_change import change
from transforms.lake.release_files import (
    ReleaseFile,
    described,
    known_files,
    link,
    link_table,
    write_part,
)
from transforms.lake.release_geometry import GEOMETRY, write_geometry
from transforms.lake.release_manifest import (
    Manifest,
    TableEntry,
    damaged,
    is_published,
    read_manifest,
    verify_release,
)

__all__ = ["Release", "build", "checkout", "newest", "release_name", "switch", "verify_release"]

UNFINISHED = ".building-"
CURRENT = "current"
CATALOGUE, CHANGES = "release.table", "release.change"
STATE = "state"  # files of a release no reader opens: what the next publish begins from
WALL_CLOCK = "quality.batch"  # holds the only wall-clock times: its size tells nothing of what it says


@dataclass(frozen=True)
class Written:
    """What a publish has put into a draft itself: tables, the files of its own state, and per table what changed since
    the release before, where that is known without comparing."""

    tables: Mapping[str, TableEntry] = field(default_factory=dict)
    counted: Mapping[str, Counted] = field(default_factory=dict)
    state: list[ReleaseFile] = field(default_factory=list)
    is_continued: bool = False  # from the release before, under the same declarations


@dataclass(frozen=True)
class Release:
    """A published release. `changed` is False when a publish found nothing new and this one already served.

    `differs`: after a full publish of what the release before was made from, the tables that came out otherwise; None
    where there was nothing to compare.
    """

    name: str
    path: Path
    changed: bool
    differs: tuple[str, ...] | None = None


def releases(home: Home) -> list[str]:
    """Names of all finished releases, oldest first."""
    if not home.releases.is_dir():
        return []
    names = [
        path.name
        for path in home.releases.iterdir()
        if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")
    ]
    return sorted(names, key=_order)


def newest(home: Home) -> Manifest | None:
    """The manifest of the last release built, current or not."""
    names = releases(home)
    return read_manifest(home.releases / names[-1]) if names else None


def release_name(day: str, existing: Sequence[str]) -> str:
    """`<day of the last delivery>.<counter>`, e.g. 2026-03-04.01. Never earlier than a release that is there.

    A day withdrawn from the lake must not make the new release sort before the one it follows.
    """
    last_day, last_count = max((_order(name) for name in existing), default=("", 0))
    return f"{last_day}.{last_count + 1:02d}" if last_day >= day else f"{day}.01"


def draft(home: Home, name: str) -> Path:
    """An empty folder to build release `name` in, seen by no reader; what an interrupted publish left is removed.

    The caller holds the lake's lock.
    """
    with storage_faults(home.releases):
        _sweep(home)
        folder = home.releases / f"{UNFINISHED}{name}"
        folder.mkdir(parents=True)
        return folder


def build(
    home: Home,
    manifest: Manifest,
    declared: Mapping[str, Table],
    sources: Mapping[str, Sequence[Path]],
    added: Mapping[str, pl.DataFrame],
    *,
    written: Written | None = None,
) -> Path:
    """Makes the release's folder and returns it; nothing is visible before it is whole.

    `sources` are the lake's files per table; `added` are rows that stand in no file of the lake, or not yet; `written`
    is what already lies in its `draft`.
    """
    final = home.releases / manifest.release
    folder = home.releases / f"{UNFINISHED}{manifest.release}"
    with storage_faults(home.releases):
        if written is None:
            written = Written()
            draft(home, manifest.release)
        before = home.releases / manifest.previous if manifest.previous else None
        previous = read_manifest(before) if before else None
        known = known_files(before, previous)
        tables = dict(written.tables)
        for name, table in declared.items():
            if name not in (CATALOGUE, CHANGES) and name not in tables:
                files = link_table(table, sources.get(name, []), folder, added.get(name), known)
                tables[name] = TableEntry(table.profile, files)
        tables = {name: tables[name] for name in declared if name in tables}
        tables |= _own_tables(tables, declared, folder, previous, before, counted=written.counted)
        manifest = changed_in(manifest, tables=tables)
        since = before if written.is_continued else None
        place = [_geometry(manifest, folder, previous, before), *_scripts(manifest, declared, folder, final, since)]
        person = [file for file in place if file.path == baseboard.PERSON_SQL]
        place = [file for file in place if file.path != baseboard.PERSON_SQL]
        others = {"place": place, "person": person, **({STATE: written.state} if written.state else {})}
        changed_in(manifest, other_files=others).write(folder)
        folder.rename(final)
    return final


def switch(home: Home, name: str) -> bool:
    """Makes `name` the release that serves, by one atomic rename; True when another (or none) served before."""
    link_path = home.releases / CURRENT
    if link_path.is_symlink() and str(link_path.readlink()) == name:
        return False
    with storage_faults(home.releases):
        fresh = home.releases / f".{CURRENT}-next"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(name)
        fresh.replace(link_path)
    return True


def checkout(release: Path, target: Path) -> Manifest:
    """Copies the place profile of a release to `target` (new or empty), for an analyst to keep.

    The scripts name the new place, so the copy works where it lies. Raises UsageError when `target` holds something,
    ReleaseDamaged when a file is not as it was published: nothing is handed out then.
    """
    manifest = read_manifest(release).of_profile("place")
    target = target.absolute()
    check_empty(target)
    folder = target.with_name(f"{UNFINISHED}{target.name}")
    with storage_faults(target.parent):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        files = [file for entry in manifest.tables.values() for file in entry.all_files] + manifest.other_files["place"]
        for file in files:
            (folder / file.path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(release / file.path, folder / file.path)
            if not is_published(folder / file.path, release, file):
                shutil.rmtree(folder)
                raise damaged(manifest.release, file.path)
        script = folder / baseboard.PLACE_SQL
        script.write_text(baseboard.moved(script.read_text(encoding="utf-8"), target), encoding="utf-8")
        others = [file for file in manifest.other_files["place"] if file.path != baseboard.PLACE_SQL]
        manifest = changed_in(manifest, other_files={"place": [*others, described(script, folder)]})
        manifest.write(folder)
        if target.exists():
            target.rmdir()
        folder.rename(target)
    return manifest


def check_empty(target: Path) -> None:
    """Raises UsageError unless `target` is new or an empty folder."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UsageError(f"{target} is not empty", "name a new folder for the copy")


def _own_tables(
    tables: Mapping[str, TableEntry],
    declared: Mapping[str, Table],
    folder: Path,
    previous: Manifest | None,
    before: Path | None,
    *,
    counted: Mapping[str, Counted],
) -> dict[str, TableEntry]:
    """release.change and release.table: the last can say of itself only that it is there."""
    since = {"previous_release": previous.release if previous else None}
    changes = [
        {"table_name": name, **asdict(counted[name]), **since}
        if name in counted
        else change(declared[name], entry, folder, previous, before)
        for name, entry in tables.items()
    ]
    own = {CHANGES: TableEntry("place", [write_part(declared[CHANGES], pl.DataFrame(changes), folder)])}
    known = {**tables, **own}
    catalogue = [
        {
            "table_name": name,
            "chinese": table.chinese,
            "description": table.description,
            "grain": ", ".join(table.grain),
            "profile": table.profile,
            "rows": known[name].rows if name in known else len(declared),
            "files": len(known[name].all_files) if name in known else 1,
            "bytes": sum(file.bytes for file in known[name].all_files)
            if name in known and name != WALL_CLOCK
            else None,
        }
        for name, table in sorted(declared.items())
    ]
    own[CATALOGUE] = TableEntry("place", [write_part(declared[CATALOGUE], pl.DataFrame(catalogue), folder)])
    return own


def _geometry(manifest: Manifest, folder: Path, previous: Manifest | None, before: Path | None) -> ReleaseFile:
    """The footprints, linked from the release before when the buildings are the same: writing them is slow."""
    buildings = manifest.tables["address.building"].files
    path = folder / GEOMETRY
    if previous is not None and before is not None:
        same = [file.sha256 for file in previous.tables["address.building"].files] == [
            file.sha256 for file in buildings
        ]
        old = [file for file in previous.other_files["place"] if file.path == GEOMETRY]
        if same and old:
            path.parent.mkdir(parents=True)
            link(before / GEOMETRY, path)
            return described(path, folder, old[0].rows)
    return described(path, folder, write_geometry([folder / file.path for file in buildings], path))


def _scripts(
    manifest: Manifest, declared: Mapping[str, Table], folder: Path, final: Path, since: Path | None
) -> list[ReleaseFile]:
    for name, profile in ((baseboard.PLACE_SQL, "place"), (baseboard.PERSON_SQL, "person")):
        (folder / name).write_text(baseboard.views_sql(manifest, declared, final, profile), encoding="utf-8")
    baseboard.write_database(manifest, declared, folder, folder / baseboard.DATABASE, since)
    return [
        described(folder / name, folder) for name in (baseboard.PLACE_SQL, baseboard.PERSON_SQL, baseboard.DATABASE)
    ]


def _sweep(home: Home) -> None:
    """Removes what a killed publish left; safe under the lake's lock, for no other publish runs."""
    home.releases.mkdir(parents=True, exist_ok=True)
    for left in home.releases.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)


def _order(name: str) -> tuple[str, int]:
    day, _, count = name.rpartition(".")
    return day, int(count) if count.isdigit() else 0
