"""Seconds of a contestant's steps, told on stdout as one JSON object. Standard library only: rivals import it too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Timing:
    """Wall and CPU seconds by step; `prepare` is what depends on the library alone, `match` the rest."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time the block as step `name`."""
        wall, cpu = time.perf_counter(), time.process_time()
        yield
        self.seconds[f"{name}_s"] = round(time.perf_counter() - wall, 3)
        self.seconds[f"{name}_cpu_s"] = round(time.process_time() - cpu, 3)

    def tell(self, **more: object) -> None:
        """Print the seconds, and what else is to be kept."""
        print(json.dumps({**self.seconds, **more}, ensure_ascii=False))
