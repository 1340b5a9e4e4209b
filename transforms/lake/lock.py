"""Who may write what, across processes: a lock for the care of the whole house, a lock a feed for pulling and one for
loading, one for the lake, one a table around a write, one around the index of the library.

The locks are advisory file locks: the system lets go of them when a process dies, so a killed load leaves none behind.
Order, so that none waits in a circle: care, then pull, then feed (several: by name), then lake, then table or index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from filelock import FileLock, Timeout

from schemas.errors import BlockdataError
from schemas.home import Home
from transforms.lake.faults import storage_faults

LONG = 3600.0  # seconds a load waits for another load of its feed
SHORT = 300.0  # seconds a write waits for another write of its table


class Busy(BlockdataError):
    """Another process holds the lock and did not let go in time."""


@contextmanager
def care_lock(home: Home, timeout: float = SHORT) -> Iterator[None]:
    """One vacuum, backup, retention or erasure at a time: what one lists another does not take away."""
    with _held(home, "care", timeout, "another vacuum, backup, retention or erasure is running"):
        yield


@contextmanager
def house_lock(home: Home, feeds: Iterable[str], timeout: float = LONG) -> Iterator[None]:
    """Nobody loads, publishes or changes the library: the feeds' locks in the order of their names, then the lake's."""
    with ExitStack() as held:
        for feed_id in sorted(feeds):
            held.enter_context(feed_lock(home, feed_id, timeout))
        held.enter_context(lake_lock(home, timeout))
        yield


@contextmanager
def feed_lock(home: Home, feed_id: str, timeout: float = LONG) -> Iterator[None]:
    """One load at a time for a feed."""
    with _held(home, f"feed.{feed_id}", timeout, f"another load of {feed_id} is running"):
        yield


@contextmanager
def pull_lock(home: Home, feed_id: str, timeout: float = SHORT) -> Iterator[None]:
    """One pull at a time for a feed. Held for as long as the source takes; loads of the feed go on meanwhile."""
    with _held(home, f"pull.{feed_id}", timeout, f"another pull of {feed_id} is running"):
        yield


@contextmanager
def lake_lock(home: Home, timeout: float = LONG) -> Iterator[None]:
    """One minting, import or publish at a time for the lake."""
    with _held(home, "lake", timeout, "another publish or change of the address library is running"):
        yield


@contextmanager
def table_lock(home: Home, table: str, timeout: float = SHORT) -> Iterator[None]:
    """One write at a time for a table: held for milliseconds, so feeds that share a quality table do not conflict."""
    with _held(home, f"table.{table}", timeout, f"{table} is being written for an unusually long time"):
        yield


@contextmanager
def index_lock(home: Home, timeout: float = SHORT) -> Iterator[None]:
    """One process at a time prepares the index of the address library. It takes no other lock meanwhile."""
    with _held(home, "index", timeout, "another process prepares the index of the address library"):
        yield


@contextmanager
def _held(home: Home, name: str, timeout: float, busy: str) -> Iterator[None]:
    folder = home.lake / ".locks"
    with storage_faults(home.lake):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / f"{name}.lock", timeout=timeout)
        try:
            lock.acquire()
        except Timeout:
            raise Busy(busy, f"wait for it to end, then run again (waited {timeout:.0f} s)") from None
    try:
        yield
    finally:
        lock.release()
