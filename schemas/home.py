"""Where the data is: the folders under BLOCKDATA_HOME."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "data" / "reference"


def state_file(variable: str, name: str) -> Path:
    """What a user keeps outside the repository: the file the environment variable names, else `blockdata/<name>` in the
    user's state folder.
    """
    given = os.environ.get(variable)
    if given:
        return Path(given).expanduser()
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "blockdata" / name


@dataclass(frozen=True)
class Home:
    """The folders of one lake. Nothing is made until it is needed."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        """BLOCKDATA_HOME, else `data/` of this checkout."""
        return cls(Path(os.environ.get("BLOCKDATA_HOME") or ROOT / "data").resolve())

    @property
    def landing(self) -> Path:
        """What departments drop: landing/<feed id>/<file>."""
        return self.path / "landing"

    @property
    def archive(self) -> Path:
        """Sealed originals, the only place a direct identifier may rest."""
        return self.path / "archive"

    @property
    def lake(self) -> Path:
        """Delta tables: lake/<schema>/<table>."""
        return self.path / "lake"

    @property
    def releases(self) -> Path:
        """Published releases; `current` names the one that serves."""
        return self.path / "releases"

    @property
    def index(self) -> Path:
        """The address library prepared for keying: made of the lake alone, and made again where it is missing."""
        return self.path / "index"

    @property
    def outbox(self) -> Path:
        """What leaves the house: extracts and verification lists."""
        return self.path / "outbox"

    @property
    def board(self) -> Path:
        """The page of how all feeds stand, written anew after each publish."""
        return self.path / "pages" / "board.html"

    @property
    def current_release(self) -> Path | None:
        """The folder of the release that serves now, or None before the first publish."""
        link = self.releases / "current"
        return link.resolve() if link.exists() else None
