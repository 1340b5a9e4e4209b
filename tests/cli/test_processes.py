"""Parts of a command: ended with all they started, found again after their head was killed, told when we die."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.processes import Part, family, stop
from schemas.home import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").is_file(), reason="sessions are read from /proc")
# A head with a child of its own that takes no notice of being asked to end.
FAMILY = """
import os, signal, time
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("up", flush=True)
while True:
    time.sleep(0.05)
"""


def started(folder: Path) -> Part:
    part = Part("one", [sys.executable, "-c", FAMILY], folder / "one.log", os.environ)
    part.start()
    wait_until(lambda: part.log.read_text().count("up") == 2)
    return part


def wait_until(is_so) -> None:
    end = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_stop_ends_the_whole_family(tmp_path, monkeypatch):
    monkeypatch.setattr("cli.processes.STOP_SECONDS", 0.3)
    part = started(tmp_path)
    assert len(family([part.process.pid])) == 2
    stop([part])
    assert family([part.process.pid]) == set()


def test_what_a_killed_head_left_is_ended_before_it_starts_again(tmp_path, monkeypatch):
    monkeypatch.setattr("cli.processes.STOP_SECONDS", 0.3)
    part = started(tmp_path)
    first = part.process.pid
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: part.has_ended() is not None)
    assert len(family([first])) == 1  # the child lives on
    part.start_again(1.0)
    assert family([first]) == set() and part.restarts == [1.0] and part.has_ended() is None
    stop([part])


def test_parts_end_when_the_command_is_killed(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from cli.processes import Part\n"
        f"part = Part('one', ['sleep', '60'], Path({str(tmp_path / 'log')!r}), os.environ); part.start()\n"
        "print(part.process.pid, flush=True); time.sleep(60)"
    )
    command = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    head = int(command.stdout.readline())
    assert family([head]) == {head}
    command.kill()
    command.wait()
    command.stdout.close()
    wait_until(lambda: family([head]) == set())
