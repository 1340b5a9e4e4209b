"""A command in a process of its own: its seconds, its memory, and the JSON it ends with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TOLD = 600  # characters of a failed command's last words that are repeated


class Failed(Exception):
    """A command that ended badly, with its last words."""


@dataclass(frozen=True)
class Finished:
    """What a process cost, and the JSON it printed last."""

    seconds: float
    cpu_s: float
    peak_gb: float
    told: Any


def run_module(module: str, *arguments: str, python: Path | str = sys.executable) -> Finished:
    """`python -m module arguments` from the repository's root. Raises `Failed`."""
    return run_command([str(python), "-m", module, *arguments])


def run_command(command: Sequence[str], more: Mapping[str, str] | None = None) -> Finished:
    """Run `command` to its end. Raises `Failed` when it exits with anything but 0 or tells no JSON.

    The peak is the child's alone as long as this process is small: Linux counts what the parent held when it started.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", **(more or {})}
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err, stdin=subprocess.DEVNULL)
        try:
            _, status, usage = os.wait4(child.pid, 0)
        except BaseException:
            child.kill()
            child.wait()
            raise
        seconds = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        said, complained = out.read().decode("utf-8", "replace"), err.read().decode("utf-8", "replace")
    if child.returncode:
        raise Failed(f"{' '.join(command[1:])}: exit {child.returncode}\n{(complained or said)[-TOLD:]}")
    return Finished(
        seconds=round(seconds, 2),
        cpu_s=round(usage.ru_utime + usage.ru_stime, 2),
        peak_gb=round(usage.ru_maxrss / 2**20, 2),
        told=last_json(said),
    )


def last_json(said: str) -> Any:
    """The JSON object or list that begins at the start of a line and ends the text. Raises `Failed` without one."""
    for start in reversed([found.start() for found in re.finditer(r"^[\[{]", said, re.MULTILINE)]):
        try:
            return json.loads(said[start:])
        except json.JSONDecodeError:
            continue
    raise Failed(f"no JSON at the end of: {said[-TOLD:]}")
