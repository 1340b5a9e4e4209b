"""An analyst's own copy of a release's place profile: no persons, opens with DuckDB anywhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import UsageError
from serving import audit
from serving.released import current, opened

if TYPE_CHECKING:
    from schemas.home import Home


def checkout(release: str, folder: Path, home: Home, *, by: str = "") -> Path:
    """Copy the place profile of `release` (a name, or `current`) into `folder` and log it.

    Returns the folder.

    Raises UsageError for a release there is none of or a folder that holds something already.
    """
    from transforms.lake.release import check_empty
    from transforms.lake.release import checkout as copied

    if Path(release).name != release or release.startswith("."):
        raise UsageError(f"{release!r} is no release's name", "give a name, e.g. 2026-03-04.01, or: current")
    released = current(home) if release == "current" else opened(home.releases / release)
    check_empty(folder)
    # Before the copy: one killed in between would be a copy nobody knows of.
    audit.append(home, "checkout", by=by, release=released.name, profile="place")
    copied(released.path, folder)
    return folder.absolute()
