"""The real Airflow: its four programs started in order, watched, started again when one dies, stopped together.

`airflow standalone` starts all at once (tasks fail until the API answers), leaves children behind on SIGTERM and starts
nothing again; so the four are run here.
"""

from __future__ import annotations

import fcntl
import json
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from cli.processes import Part, stop
from schemas.errors import BlockdataError, UsageError

API, OTHERS = "api-server", ("scheduler", "dag-processor", "triggerer")
SERVES_NO_LOGS = (
    "scheduler",
    "triggerer",
)  # the API reads their files; a server for them would listen on every address
READY_SECONDS, WATCH_SECONDS = 180.0, 1.0
FORGET_SECONDS, OFTEN = 600.0, 5  # so often within so long is no accident
Said = Callable[[str], None]


def parts_of(folder: Path, environment: Mapping[str, str]) -> list[Part]:
    """Airflow's programs, the API first; each writes logs/<name>.log under `folder`."""
    return [
        Part(
            name,
            [
                *(sys.executable, "-m", "airflow", name),
                *(["--skip-serve-logs"] if name in SERVES_NO_LOGS else []),
            ],
            folder / "logs" / f"{name}.log",
            environment,
        )
        for name in (API, *OTHERS)
    ]


def serve(folder: Path, environment: Mapping[str, str], say: Said) -> int:
    """Runs Airflow until ctrl-C or SIGTERM; 0 then. BlockdataError when a part will not stay up.

    UsageError when Airflow runs on this home already or its port is taken.
    """
    port = int(environment["AIRFLOW__API__PORT"])
    with _alone(folder):
        _check_free(port)
        parts = parts_of(folder, environment)
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            start(parts, port)
            say("ready")
            _watch(parts, say)
        except KeyboardInterrupt:
            say("stopping Airflow ...")
        finally:
            stop(parts)
            signal.signal(signal.SIGTERM, before)
    return 0


def start(parts: Sequence[Part], port: int) -> None:
    """The API first, because a task that finds none fails; returns when all of them report."""
    parts[0].start()
    _wait(parts, lambda: health(port) is not None, "the API does not answer")
    for part in parts[1:]:
        part.start()
    _wait(parts, lambda: is_healthy(health(port)), "not every part reports")


def health(port: int) -> dict[str, Any] | None:
    """What Airflow says of its parts, None while it does not answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as answer:
            found: dict[str, Any] = json.load(answer)
            return found
    except (urllib.error.URLError, OSError, ValueError):
        return None


def is_healthy(told: Mapping[str, Any] | None) -> bool:
    """True when every part has reported lately."""
    names = ("metadatabase", "scheduler", "triggerer", "dag_processor")
    return told is not None and all((told.get(name) or {}).get("status") == "healthy" for name in names)


def _watch(parts: Sequence[Part], say: Said) -> None:
    """Starts again what ends, until it ends too often."""
    while True:
        time.sleep(WATCH_SECONDS)
        now = time.monotonic()
        for part in parts:
            code = part.has_ended()
            if code is None:
                continue
            part.restarts = [at for at in part.restarts if now - at < FORGET_SECONDS]
            if len(part.restarts) >= OFTEN:
                raise BlockdataError(f"Airflow's {part.name} ended {OFTEN} times in a row", f"read {part.log}")
            say(f"Airflow's {part.name} ended with {code}; starting it again")
            part.start_again(now)


def _wait(parts: Sequence[Part], is_there: Callable[[], bool], problem: str) -> None:
    end = time.monotonic() + READY_SECONDS
    while not is_there():
        dead = next((part for part in parts if part.has_ended() is not None), None)
        if dead is not None:
            raise BlockdataError(f"Airflow's {dead.name} ended with {dead.has_ended()}", f"read {dead.log}")
        if time.monotonic() > end:
            raise BlockdataError(f"{problem} after {READY_SECONDS:.0f} s", f"read {parts[0].log.parent}")
        time.sleep(0.3)


@contextmanager
def _alone(folder: Path) -> Iterator[TextIO]:
    """Nobody else runs Airflow on this home: two schedulers would share one SQLite file."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "running").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(
                f"Airflow runs on {folder.parent} already", "stop that one, or set BLOCKDATA_HOME"
            ) from None
        yield lock


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise UsageError(f"port {port} is taken", f"AIRFLOW__API__PORT={port + 1} make airflow") from None


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
