"""The three secret keys of a lake: tokens of identifiers, the sealed archive, the audit chain.

They live outside the repository and outside BLOCKDATA_HOME: in the file BLOCKDATA_KEYS names, else in the user's state
folder. Whoever has the archive without this file has nothing; whoever loses this file has lost the originals.
"""

from __future__ import annotations

import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

from schemas.errors import UsageError
from transforms.cleaning.tokens import Keys
from transforms.lake.faults import storage_faults

NAMES = ("token", "archive", "audit")
SIZE = 32  # bytes of each key


def keys_path() -> Path:
    """BLOCKDATA_KEYS, else `blockdata/keys.json` in the user's state folder."""
    given = os.environ.get("BLOCKDATA_KEYS")
    if given:
        return Path(given).expanduser()
    state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / "blockdata" / "keys.json"


def load_keys(path: Path | None = None) -> Keys:
    """The keys of this user, made once at first need (mode 0600). Of several processes making them, one wins.

    Raises UsageError when the file is damaged or readable by others.
    """
    path = path or keys_path()
    if not path.exists():
        _make(path)
    with storage_faults(path):
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_text(encoding="ascii")
    if mode & 0o077:
        raise UsageError(f"the key file {path} can be read by other users", f"chmod 600 {path}")
    try:
        document = json.loads(text)
        keys = {name: bytes.fromhex(document[name]) for name in NAMES}
    except (ValueError, KeyError, TypeError):
        raise UsageError(f"the key file {path} is damaged", "restore it from your backup of keys") from None
    if any(len(key) != SIZE for key in keys.values()):
        raise UsageError(f"the key file {path} holds a key of the wrong length", "restore it from your backup of keys")
    return Keys(**keys)


def _make(path: Path) -> None:
    """Writes the whole file aside, then links it into place: a link fails when the file exists, so none is replaced."""
    with storage_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump({name: secrets.token_hex(SIZE) for name in NAMES}, file)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
