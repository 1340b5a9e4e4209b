"""One look at a lake's doors: which deliveries lie complete in landing, and what was let in but is in no release yet.

Cheap enough for every second: folders are listed, contracts read again only when their file changed, the lake only when
something was committed. Completeness is landing's; nothing is moved, opened or deleted.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from schemas.contract import Contract, contract_path, load_contract
from schemas.home import Home
from transforms.landing import find_deliveries

Seen = tuple[str, int, int]  # path under landing, size, time of change: another delivery is another tuple
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Look:
    """`complete`: files of complete deliveries by feed; `unpublished`: batches that no release holds."""

    complete: dict[str, frozenset[Seen]] = field(default_factory=dict)
    unpublished: frozenset[str] = frozenset()


def look(home: Home) -> Look:
    """What lies there now. A feed whose contract or folder cannot be read is left out: it must not stop the others."""
    found = {}
    for feed_id in sorted(_folders(home.landing)):
        with _own_fault():
            files = frozenset(seen for path in _complete(feed_id, home) for seen in _seen(path, home))
            if files:
                found[feed_id] = files
    return Look(found, unpublished(home))


def unpublished(home: Home) -> frozenset[str]:
    """Ids of batches that are let in and stand in no release."""
    with _own_fault():
        return _unpublished(home, _state(home.lake / "quality" / "batch" / "_delta_log"), _state(home.releases))
    return frozenset()


def _complete(feed_id: str, home: Home) -> list[Path]:
    path = contract_path(feed_id)
    contract = _contract(path, path.stat().st_mtime_ns)
    if contract.is_draft:  # nobody takes it yet (see `taking.take`)
        return []
    deliveries = [file for files in find_deliveries(feed_id, home, contract) for file in files]
    if not any((home.landing / feed_id).glob("*.xlsx")):
        return deliveries
    from transforms.replaying.dropped import dropped_sheets

    return [*deliveries, *dropped_sheets(feed_id, home)]


def _seen(path: Path, home: Home) -> Iterator[Seen]:
    state = path.stat()
    yield path.relative_to(home.landing).as_posix(), state.st_size, state.st_mtime_ns


@lru_cache(maxsize=512)
def _contract(path: Path, _changed: int) -> Contract:
    return load_contract(path)


@lru_cache(maxsize=1)
def _unpublished(home: Home, _commits: tuple[int, int], _releases: tuple[int, int]) -> frozenset[str]:
    from transforms.lake.release import newest
    from transforms.lake.store import Lake

    last = newest(home)
    return frozenset(Lake(home).listed()["batch_id"]) - frozenset(last.batches if last else ())


def _folders(folder: Path) -> list[str]:
    """Folders that hold something."""
    if not folder.is_dir():
        return []
    return [entry.name for entry in os.scandir(folder) if entry.is_dir() and any(os.scandir(entry.path))]


def _state(folder: Path) -> tuple[int, int]:
    """Another one whenever something was added to a folder or taken away; zeros where there is none."""
    return (folder.stat().st_mtime_ns, sum(1 for _ in folder.iterdir())) if folder.is_dir() else (0, 0)


@contextmanager
def _own_fault() -> Iterator[None]:
    """Leaves out what cannot be read just now; the load of that feed says why."""
    try:
        yield
    except Exception:  # whatever one feed's files or the lake do, the other feeds are looked at
        log.debug("left out of this look", exc_info=True)
