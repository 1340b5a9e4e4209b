"""Since when a batch serves: the first of the unbroken line of releases that hold it, back from the current one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from schemas.home import Home
    from transforms.lake.release_manifest import Manifest


@dataclass(frozen=True)
class Since:
    """A release and when it was published (Asia/Shanghai)."""

    release: str
    published_at: datetime


def serving_since(home: Home, batches: Iterable[str]) -> dict[str, Since]:
    """By batch; batches of no current release are left out. Releases whose retention ended are not looked into."""
    left, found = set(batches), dict[str, Since]()
    for folder, manifest in _line(home):
        left &= set(manifest.batches)
        if not left:
            break
        since = Since(manifest.release, published_at(folder))
        found |= dict.fromkeys(left, since)
    return found


def published_at(folder: Path) -> datetime:
    """When a release was written: the time of its manifest, which is never written again."""
    from transforms.batch import SHANGHAI
    from transforms.lake.release_manifest import MANIFEST

    written = datetime.fromtimestamp((folder / MANIFEST).stat().st_mtime, SHANGHAI)
    return written.replace(tzinfo=None, microsecond=0)


def _line(home: Home) -> Iterator[tuple[Path, Manifest]]:
    """The current release and those before it that are still kept, newest first."""
    from transforms.lake.release_manifest import MANIFEST, read_manifest

    folder = home.current_release
    while folder is not None and (folder / MANIFEST).is_file():
        manifest = read_manifest(folder)
        yield folder, manifest
        folder = home.releases / manifest.previous if manifest.previous else None
