"""How much memory one question may take, and a limit that holds where DuckDB's own does not.

DuckDB counts its buffers, not what a single function makes of one number (`range(3000000000)`): the process would be
killed, and everybody's work in it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from transforms.machine_memory import machine_memory

MOST = 4 << 30  # bytes
THREAD_ARENA = 160 << 20  # address space, not memory, the C library reserves for each thread


@cache
def memory_for_queries() -> int:
    """Bytes DuckDB may use: a quarter of what this process may have, at most 4 GB."""
    return max(256 << 20, min(MOST, machine_memory() // 4))


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Let this process reserve no more than `more` bytes beyond what it has: an allocation then fails, and is told.

    Only in the main thread and on Linux; elsewhere nothing happens, for the limit is the whole process's.
    """
    statm = Path("/proc/self/statm")
    if threading.current_thread() is not threading.main_thread() or not statm.exists():
        yield
        return
    import resource

    now = int(statm.read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + more + THREAD_ARENA * (os.cpu_count() or 1)
    bounds = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (min([wanted, *bounds]), hard))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
