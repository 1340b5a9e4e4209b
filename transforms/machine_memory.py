"""How much memory this process may have: the machine's, or its container's limit."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

LIMIT = Path("/sys/fs/cgroup/memory.max")  # of a container


def machine_memory() -> int:
    """Bytes."""
    whole = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    with suppress(OSError, ValueError):  # no container, or one without a limit
        whole = min(whole, int(LIMIT.read_text(encoding="ascii")))
    return whole
