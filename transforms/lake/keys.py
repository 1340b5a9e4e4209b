"""The three secret keys of a lake: tokens of identifiers, the sealed archive, the audit chain.

They live outside the repository and outside BLOCKDATA_HOME: in the file BLOCKDATA_KEYS names, else in the user's state
folder. Whoever has the archive without this file has nothing; whoever loses this file has lost the originals.

A home is bound to its keys: keys.check in it tells whether a key file is the one it was made with, and nothing of the
keys. Other keys would make every token new, so every person two.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import UsageError
from schemas.home import state_file
from transforms.cleaning.tokens import Keys
from transforms.lake.faults import storage_faults
from transforms.lake.letters import as_letters

if TYPE_CHECKING:
    from schemas.home import Home

NAMES = ("token", "archive", "audit")
SIZE = 32  # bytes of each key
CHECK = "keys.check"  # in the home
_TOLD = b"blockdata keys.check 1"
_MEND = "point BLOCKDATA_KEYS to the key file of this lake, or restore it from your backup of keys"


def keys_path() -> Path:
    """BLOCKDATA_KEYS, else `blockdata/keys.json` in the user's state folder."""
    return state_file("BLOCKDATA_KEYS", "keys.json")


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


def keys_of(home: Home) -> Keys:
    """The keys of a lake; its first use of them binds it to them.

    Raises UsageError when the key file is another one, or is missing though the lake was made with one: none is made
    then.
    """
    check_keys(home)
    keys = load_keys()
    _put(home.path / CHECK, _check_of(keys), 0o644)
    check_keys(home)  # another process may have bound the home in the meantime
    return keys


def check_keys(home: Home) -> None:
    """UsageError unless the key file is the one this lake was made with; a lake not bound yet takes any or none."""
    path, check = keys_path(), home.path / CHECK
    if not path.exists():
        # asked again: another process may be making them at this very moment
        if was_made_with_keys(home) and not path.exists():
            raise UsageError(f"the key file {path} is not there, and this lake was made with one", _MEND)
        return
    if check.is_file():
        with storage_faults(check):
            text = check.read_text(encoding="ascii", errors="replace")
        if not hmac.compare_digest(text.encode(), _check_of(load_keys(path)).encode()):
            raise UsageError(f"the keys in {path} are others than this lake was made with", _MEND)


def was_made_with_keys(home: Home) -> bool:
    """True when this home is bound to keys, or holds something sealed or an audit log, which only keys can make."""
    made = (home.archive.glob("*/*/*.sealed"), (home.path / "audit").glob("*.json*"))
    return (home.path / CHECK).is_file() or any(any(files) for files in made)


def _check_of(keys: Keys) -> str:
    """A line a key: its name and a keyed hash of a constant, from which no key can be told."""
    told = ((name, hmac.new(getattr(keys, name), _TOLD, hashlib.sha256).digest()) for name in NAMES)
    return "".join(f"{name} {as_letters(digest, 32)}\n" for name, digest in told)


def _make(path: Path) -> None:
    _put(path, json.dumps({name: secrets.token_hex(SIZE) for name in NAMES}), 0o600)


def _put(path: Path, text: str, mode: int) -> None:
    """Writes the whole file aside, then links it into place: a link fails when the file exists, so none is replaced."""
    if path.exists():
        return
    with storage_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(aside, path)
        finally:
            aside.unlink(missing_ok=True)
