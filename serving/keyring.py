"""The keys of a lake that already has them: a lost key file is told, never silently replaced by new keys.

New keys would make every token new: one person two, re-keyed columns of an agreement others than before, and an audit
chain nobody can follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from schemas.home import Home
    from transforms.cleaning.tokens import Keys


def keys_of(home: Home) -> Keys:
    """The keys, made at first need. Raises UsageError when this lake was made with keys that are not there now."""
    from transforms.lake.keys import keys_path, load_keys

    path = keys_path()
    if was_made_with_keys(home) and not path.exists():  # asked in this order: keys are older than what they made
        raise UsageError(
            f"the key file {path} is not there, and this lake was made with one",
            "restore it from your backup of keys, or point BLOCKDATA_KEYS to it",
        )
    return load_keys(path)


def was_made_with_keys(home: Home) -> bool:
    """True when something sealed, or an audit log, lies here."""
    return any((home.path / "audit").glob("*.json*")) or any(home.archive.glob("*/*/*.sealed"))
