"""backup and restore: a home copied whole into a store of contents named by their checksum, and made again from it.

DEST/contents/<ab>/<sha256> holds every content once, however many backups, releases and lake files share it.
DEST/backups/<name>.json lists one backup: path → checksum, bytes. It is written last, by one rename: a backup that was
killed is no backup, and what it copied is found again by the next. The keys are not in it, and landing, outbox, pages
and Airflow's home are not: what departments drop is taken again, the rest is made again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from schemas.contract import load_contracts
from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from transforms.batch import SHANGHAI
from transforms.caring.moved import scripts_name_this_folder
from transforms.lake.faults import storage_faults
from transforms.lake.keys import check_keys
from transforms.lake.lock import care_lock, house_lock
from transforms.lake.release_files import sha256_of
from transforms.lake.store import Lake

CONTENTS, BACKUPS = "contents", "backups"
LEFT_OUT = frozenset({"landing", "outbox", "docs", "docs.new", "airflow", "index"})
NEVER_CHANGED = (".parquet", ".sealed", ".duckdb")  # copied after the locks are let go
Tell = Callable[[str, int], None]


class BackupDamaged(BlockdataError):
    """A content of a backup is missing or is not what its name says."""


@dataclass(frozen=True)
class BackedUp:
    """`bytes` of the home; `copied` of them were not in the store before."""

    name: str
    files: int
    bytes: int
    copied: int


@dataclass(frozen=True)
class Listed:
    """One file of a home as a backup lists it. `link`: where it is a link, what it names."""

    path: str
    bytes: int
    modified: int
    sha256: str = ""
    link: str = ""


def backup(home: Home, store: Path, *, incremental: bool = False, tell: Tell = lambda step, done: None) -> BackedUp:
    """Copies the home as of one moment into `store` (made when new). Nobody waits longer than listing it takes.

    `incremental` believes a file to be what the last backup in the store has where path, length and time agree; without
    it every file is read. Raises UsageError when the store lies in the home, StorageFault when its disk is full.
    """
    store = store.absolute()
    if store == home.path or home.path in store.parents:
        raise UsageError(f"{store} lies in the home it is to save", "name a folder on another disk")
    if not Lake(home).tables():
        raise UsageError(f"there is no lake in {home.path}", "point BLOCKDATA_HOME to the home to save")
    check_keys(home)
    known = _known(store) if incremental else {}
    with care_lock(home), storage_faults(store):
        tell("list", 0)
        with house_lock(home, load_contracts()):
            files = list(_walked(home))
            early = {
                one.path: (home.path / one.path).read_bytes()
                for one in files
                if not one.link and not one.path.endswith(NEVER_CHANGED)
            }
        entries, copied = [], 0
        for number, one in enumerate(files):
            tell("copy", number)
            if one.link:
                entries.append(one)
                continue
            entry, new = _kept(store, home.path / one.path, one, early.get(one.path), known.get(one.path))
            entries.append(entry)
            copied += new
        name = _name(store)
        _write(store / BACKUPS / f"{name}.json", _document(name, entries))
    return BackedUp(name, len(entries), sum(one.bytes for one in entries), copied)


def backups(store: Path) -> list[str]:
    """Names of the backups in a store, oldest first."""
    return sorted(path.stem for path in (store / BACKUPS).glob("*.json"))


def restore(home: Home, store: Path, name: str | None = None, *, tell: Tell = lambda step, done: None) -> BackedUp:
    """Makes the home again from a backup (default: the last), each file checked against its checksum.

    The home appears by one rename. Raises UsageError when something is there already or there is no such backup,
    BackupDamaged naming what is not as it was saved: then no home was made.
    """
    name, entries = _read(store, name)
    if home.path.exists() and any(home.path.iterdir()):
        raise UsageError(f"{home.path} is not empty", "set BLOCKDATA_HOME to a new folder; nothing is overwritten")
    aside = home.path.with_name(f".{home.path.name}.restoring")
    made: dict[str, Path] = {}
    with storage_faults(home.path.parent):
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for number, one in enumerate(entries):
            tell("restore", number)
            target = aside / one.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if one.link:
                target.symlink_to(one.link)
            elif one.sha256 in made and one.path.endswith(".parquet"):
                _linked(made[one.sha256], target)
            else:
                _fetched(store, one, target)
                made[one.sha256] = target
            if not one.link and not target.samefile(made.get(one.sha256, target)):
                os.utime(target, ns=(one.modified, one.modified))
        # Before the rename: once the home stands there, the same command run again leaves it as it is.
        scripts_name_this_folder(Home(aside), soon=home)
        if home.path.exists():
            home.path.rmdir()
        aside.rename(home.path)
    return BackedUp(name, len(entries), sum(one.bytes for one in entries), sum(one.bytes for one in entries))


def _walked(home: Home) -> Iterator[Listed]:
    for folder, folders, names in os.walk(home.path):
        here = Path(folder).relative_to(home.path)
        folders[:] = sorted(name for name in folders if _is_kept(here / name))
        for name in sorted([*names, *(one for one in folders if (home.path / here / one).is_symlink())]):
            path = here / name
            if not _is_kept(path):
                continue
            about = (home.path / path).lstat()
            link = str((home.path / path).readlink()) if (home.path / path).is_symlink() else ""
            yield Listed(path.as_posix(), 0 if link else about.st_size, about.st_mtime_ns, link=link)


def _is_kept(path: Path) -> bool:
    """Not what is made again, nor locks and what a killed process left half."""
    if path.parts[0] in LEFT_OUT or path.suffix in (".lock", ".draft"):
        return False
    return path.name != ".locks" and not path.name.startswith((".building-", ".current-next"))


def _kept(store: Path, source: Path, one: Listed, content: bytes | None, before: Listed | None) -> tuple[Listed, int]:
    """The file in the store, and how many bytes that took."""
    if content is not None:
        digest = hashlib.sha256(content).hexdigest()
    elif before is not None and (before.bytes, before.modified) == (one.bytes, one.modified):
        digest = before.sha256
    else:
        digest = sha256_of(source)
    target = _content(store, digest)
    size = len(content) if content is not None else one.bytes
    kept = Listed(one.path, size, one.modified, digest)
    if target.is_file() and target.stat().st_size == size:
        return kept, 0
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        if content is not None:
            aside.write_bytes(content)
        else:
            shutil.copyfile(source, aside)
        if sha256_of(aside) != digest:
            raise BlockdataError(f"{one.path} changed while it was copied", "run the same command again")
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)
    return kept, size


def _fetched(store: Path, one: Listed, target: Path) -> None:
    source = _content(store, one.sha256)
    if not source.is_file():
        raise BackupDamaged(f"{one.path} is not in the store any more", "restore another backup, or another copy of it")
    shutil.copyfile(source, target)
    if target.stat().st_size != one.bytes or sha256_of(target) != one.sha256:
        raise BackupDamaged(
            f"{one.path} is not as it was saved", "restore another backup, or another copy of the store"
        )


def _linked(first: Path, target: Path) -> None:
    from transforms.lake.release_files import link

    link(first, target)


def _content(store: Path, digest: str) -> Path:
    return store / CONTENTS / digest[:2] / digest


def _known(store: Path) -> dict[str, Listed]:
    """The last backup's files by path."""
    if not backups(store):
        return {}
    return {one.path: one for one in _read(store, None)[1]}


def _read(store: Path, name: str | None) -> tuple[str, list[Listed]]:
    there = backups(store)
    if not there or (name is not None and name not in there):
        told = f"{store} holds no backup" + (f" {name}" if name else "")
        raise UsageError(
            told, f"there are: {', '.join(there)}" if there else "name the folder `blockdata backup` wrote"
        )
    name = name or there[-1]
    try:
        document = json.loads((store / BACKUPS / f"{name}.json").read_text(encoding="utf-8"))
        seal = document.pop("seal")
        entries = [Listed(**one) for one in document["files"]]
    except (ValueError, KeyError, TypeError):
        raise BackupDamaged(f"the list of backup {name} cannot be read", "restore another backup") from None
    if seal != _seal(document):
        raise BackupDamaged(f"the list of backup {name} is not as it was written", "restore another backup")
    return name, entries


def _document(name: str, entries: list[Listed]) -> bytes:
    document: dict[str, Any] = {"name": name, "files": [one.__dict__ for one in entries], "keys": "not in here"}
    return json.dumps({**document, "seal": _seal(document)}, ensure_ascii=False, indent=1).encode()


def _seal(document: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(document, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_suffix(f".{os.getpid()}.new")
    with aside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def _name(store: Path) -> str:
    """The moment, and never one that sorts before a backup that is there: a clock may be set back."""
    name = f"{datetime.now(SHANGHAI):%Y-%m-%d.%H%M%S}"
    last = max(backups(store), default="")
    if name > last:
        return name
    base, _, count = last.partition("_")
    return f"{base}_{int(count or 0) + 1:04d}"
