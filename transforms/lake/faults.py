"""What a disk can refuse, said to the person who can mend it."""

from __future__ import annotations

import errno
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import BlockdataError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class StorageFault(BlockdataError):
    """The disk is full or may not be written. Nothing half-written is visible: the same command may be run again."""


@contextmanager
def storage_faults(*places: Path) -> Iterator[None]:
    """Turns a full or closed disk, met by Python or inside a library, into a StorageFault naming the places.

    Polars and DuckDB do not always say what the system said: where a disk that one of `places` lies on takes no byte
    more, that is what went wrong.
    """
    try:
        yield
    except BlockdataError:
        raise
    except Exception as error:
        number = _error_number(error) or next(filter(None, map(_refused, places)), None)
        where = " or ".join(map(str, places))
        if number in _FULL:
            raise StorageFault(
                f"no space left under {where}", "free some space and run the same command again; nothing half is kept"
            ) from error
        if number in _CLOSED:
            raise StorageFault(
                f"{where} may not be written by this user", "give the user of this process write access, then run again"
            ) from error
        raise


def _refused(place: Path) -> int | None:
    """What the disk says to one block more; None when it takes it, or nothing of the path is there."""
    there = next((path for path in (place, *place.parents) if path.is_dir()), None)
    try:
        with tempfile.TemporaryFile(dir=there) as block:
            block.write(bytes(4096))
    except OSError as error:
        return error.errno if error.errno in _FULL else None
    return None


def _error_number(error: BaseException) -> int | None:
    """The operating system's number; the Delta writer carries it in its text alone (`os error 28`)."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    text = str(error)
    for number in _FULL | _CLOSED:
        if f"os error {number})" in text or f"os error {number}," in text:
            return number
    return None
