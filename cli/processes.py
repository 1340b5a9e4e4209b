"""Processes a command started, and all those they started: kept alive while it runs, all ended when it ends.

Each part gets a session of its own, by which its family is found again even after its head was killed.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS, ORPHAN_SECONDS = 15.0, 1.0  # without their head, workers have nothing to finish for
PARENT_DIED = 1  # PR_SET_PDEATHSIG of prctl(2)
SESSION = 3  # place of the session in /proc/<pid>/stat after the name: state, parent, group, session


@dataclass
class Part:
    """One program that runs as long as its command does; what it says goes to `log`."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        """Starts it in a session of its own; it is told to end when this process dies, however it dies."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                list(self.command),
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_end_with_parent,  # noqa: PLW1509  one call of the kernel, no lock is taken
            )

    def has_ended(self) -> int | None:
        """Its exit code, None while it runs."""
        return None if self.process is None else self.process.poll()

    def start_again(self, now: float) -> None:
        """Ends what is left of it and starts it anew; `restarts` keeps when."""
        stop([self], ORPHAN_SECONDS)
        self.restarts.append(now)
        self.start()


def stop(parts: Iterable[Part], patience: float | None = None) -> None:
    """Ends parts and their families: asked first, forced after `patience` (default STOP_SECONDS)."""
    heads = {part.process.pid: part for part in parts if part.process is not None}
    for sign in (signal.SIGTERM, signal.SIGKILL):
        for pid in family(heads):
            _send(pid, sign)
        end = time.monotonic() + (STOP_SECONDS if patience is None else patience)
        while time.monotonic() < end:
            for part in heads.values():
                part.has_ended()  # collects it
            if not any(family(heads)):
                return
            time.sleep(0.1)


def family(heads: Iterable[int]) -> set[int]:
    """The living processes of the sessions these processes lead, by /proc; only the heads where there is none."""
    wanted = set(heads)
    if not Path("/proc/self/stat").is_file():
        return {pid for pid in wanted if _lives(pid)}
    return {pid for pid, session in _sessions() if session in wanted}


def _sessions() -> Iterator[tuple[int, int]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            yield int(stat.parent.name), int(fields[SESSION])


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _send(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return


def _end_with_parent() -> None:
    """In the child, before its program starts. Only Linux knows how."""
    try:
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGTERM)
    except (AttributeError, OSError):
        return
