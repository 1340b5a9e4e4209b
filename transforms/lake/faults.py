"""What a disk can refuse, said to the person who can mend it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import BlockdataError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


class StorageFault(BlockdataError):
    """The disk is full or may not be written. Nothing half-written is visible: the same command may be run again."""


@contextmanager
def storage_faults(where: object) -> Iterator[None]:
    """Turns a full or closed disk, met by Python or inside the Delta writer, into a StorageFault naming `where`."""
    try:
        yield
    except BlockdataError:
        raise
    except Exception as error:
        number = _error_number(error)
        if number in _FULL:
            raise StorageFault(
                f"no space left under {where}", "free some space and run the same command again; nothing half is kept"
            ) from error
        if number in _CLOSED:
            raise StorageFault(
                f"{where} may not be written by this user", "give the user of this process write access, then run again"
            ) from error
        raise


def _error_number(error: BaseException) -> int | None:
    """The operating system's number; the Delta writer carries it in its text alone (`os error 28`)."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    text = str(error)
    for number in _FULL | _CLOSED:
        if f"os error {number})" in text or f"os error {number}," in text:
            return number
    return None
