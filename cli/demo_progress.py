"""How the demo shows that it moves: a bar on a terminal, a line a step elsewhere."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


class Steps:
    """Tell it a step begins; `expect` says how many there will be."""

    def __init__(self, console: Console) -> None:
        self._bar = Progress(
            TextColumn("{task.description:<52}"), BarColumn(30), TimeElapsedColumn(), console=console, transient=True
        )
        self._task = self._bar.add_task("starting", total=None)
        self._console = console
        self._began = time.monotonic()
        self._counting = False

    def __call__(self, what: str, done: int = 0, of: int = 0) -> None:
        """A step begins; with `of`, it is one of so many of its own kind."""
        self._bar.update(self._task, description=what)
        if of:
            self._bar.update(self._task, completed=done, total=of)
        elif self._counting:
            self._bar.advance(self._task)
        if not self._console.is_terminal:
            self._console.print(f"{time.monotonic() - self._began:6.1f}s  {what}", highlight=False)

    def expect(self, steps: int) -> None:
        """From here on every step moves the bar by one of so many."""
        self._bar.update(self._task, completed=0, total=steps + 2)
        self._counting = True

    def start(self) -> None:
        """Draw, where there is a terminal to draw on."""
        if self._console.is_terminal:
            self._bar.start()

    def stop(self) -> None:
        """Take the bar away."""
        self._bar.stop()


@contextmanager
def steps() -> Iterator[Steps]:
    """Progress on what is stderr now, whatever stderr becomes meanwhile."""
    with os.fdopen(os.dup(2), "w", encoding="utf-8") as stream:
        shown = Steps(Console(file=stream, highlight=False))
        shown.start()
        try:
            yield shown
        finally:
            shown.stop()
