"""How the tasks share the machine: one pool with a slot a core, and who goes first when more want one.

A release goes before loads, because it holds up readers; loads before extracts and pages, which only follow.
"""

from __future__ import annotations

import os
from typing import Any

CORES = "cores"
RELEASE_FIRST, LOAD_FIRST, LAST = 100, 10, 1


def pools() -> dict[str, dict[str, Any]]:
    """The pools, as `airflow pools import` reads them."""
    return {
        CORES: {"slots": cores(), "description": "one a core: loads, releases, extracts", "include_deferred": False}
    }


def cores() -> int:
    """BLOCKDATA_CORES, else the cores there are; at least two, so that no load waits for a long publish."""
    return max(2, int(os.environ.get("BLOCKDATA_CORES") or os.cpu_count() or 2))
