"""The rivals' own environment, `.cache/rivals`: made on first use from `rivals.lock`, hashes checked."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.own_process import ROOT, TOLD, Failed

LOCK = Path(__file__).with_name("rivals.lock")
FOLDER = ROOT / ".cache" / "rivals"


def rivals_python(folder: Path = FOLDER, lock: Path = LOCK) -> Path:
    """The interpreter that has splink, cpca and jionlp. Raises `Failed` when they cannot be installed."""
    python, mark = folder / "bin" / "python", folder / "lock.sha256"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes",
         "-r", str(lock)],
    ):  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"the rivals could not be installed: {done.stderr[-TOLD:]}")
    mark.write_text(digest)
    return python
