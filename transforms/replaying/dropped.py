"""Return sheets among what lies in a landing folder: known by their mark, not by their name."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from schemas.contract import contract_of
from schemas.home import Home
from transforms.lake.keys import was_made_with_keys
from transforms.landing import unchanged_for
from transforms.replaying.sheet import is_sheet
from transforms.replaying.sheet_secrets import ENCRYPTED
from transforms.replaying.taking import opened

STABLE = 2.0  # seconds a sheet lies unchanged before it is taken: people drop it by hand, without flag or manifest
LARGEST = 1 << 28  # bytes; no sheet comes near, and a delivery that large is not opened to see
_ZIP = b"PK\x03\x04"


def dropped_sheets(feed_id: str, home: Home) -> list[Path]:
    """Return sheets in landing/<feed id> that nobody is writing any more."""
    folder = home.landing / feed_id
    if not folder.is_dir():
        return []
    present = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    return [path for path in sheets_among(present, feed_id, home) if unchanged_for(path) >= STABLE]


def sheets_among(paths: Sequence[Path], feed_id: str, home: Home) -> list[Path]:
    """Those of the files that are return sheets, plain or under the password of the feed's department."""
    found = []
    for path in paths:
        try:
            told = path.stat()
        except FileNotFoundError:  # another load has just taken it
            continue
        if told.st_size <= LARGEST and _is_one(path, told.st_mtime_ns, told.st_size, feed_id, home):
            found.append(path)
    return found


@lru_cache(maxsize=1024)
def _is_one(path: Path, changed: int, size: int, feed_id: str, home: Home) -> bool:
    """Asked once a file: to try a password takes a third of a second."""
    try:
        with path.open("rb") as file:
            start = file.read(8)
            if not start.startswith((_ZIP, ENCRYPTED)):
                return False
            content = start + file.read()
    except OSError:
        return False
    if start.startswith(_ZIP):
        return is_sheet(content)
    if "EncryptedPackage".encode("utf-16-le") not in content or not was_made_with_keys(home):
        return False
    return opened(content, home, contract_of(feed_id).department) is not None
