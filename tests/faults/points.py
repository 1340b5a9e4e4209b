"""Write points: every place where a piece of work changes something on the disk, recorded, and struck one by one.

Python tells of its own file operations by audit events; the libraries that write by themselves (Delta, Polars) are met
where they are called. A blow falls on the n-th point of a run in a process of its own:

    killed        SIGKILL to the whole process group just before the operation
    torn          the system kills the process in the middle of the write: half a file lies there
    uncommitted   SIGKILL after a Delta table's files were written and before its log names them; of a vacuum, when half
                  of the files are gone
    full          from here on no file can grow (EFBIG) and no name be made (ENOSPC); the process lives and must say so
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from schemas.errors import BlockdataError
from schemas.home import Home
from tests.faults import days

How = Literal["", "killed", "torn", "uncommitted", "full"]
Work = Callable[[Home], Any]

MAKING = {"os.rename": 1, "os.link": 1, "os.symlink": 1, "os.mkdir": 0}  # event → which argument names what is made
TAKING = {"os.remove": 0, "os.rmdir": 0, "shutil.rmtree": 0}
ASIDE = re.compile(r"/\.locks(/|$)|/__pycache__|^/dev/|^/proc/")
# What writes without Python's knowing: module, name, what we call it, which argument is the path.
WRITERS = (
    ("deltalake", "write_deltalake", "delta", 0),
    ("deltalake", "DeltaTable.vacuum", "vacuum", 0),
    ("deltalake.table", "TableOptimizer.compact", "delta", 0),
    ("polars", "DataFrame.write_parquet", "parquet", 1),
    ("polars", "LazyFrame.sink_parquet", "parquet", 1),
    ("pyarrow", "OSFile", "arrow", 0),
    ("transforms.lake.baseboard", "write_database", "duckdb", -1),
    ("transforms.lake.release", "write_geometry", "geometry", 1),
)
HALF = 24  # bytes a torn file may have: fewer than any file we write
LONGEST = 120.0  # seconds of one run


@dataclass
class Watch:
    """Counts the write points under some folders; at number `at` the blow falls."""

    roots: tuple[str, ...]
    at: int = 0
    how: How = ""
    seen: list[str] = field(default_factory=list)
    named: str = ""  # instead of a number: the point's name
    is_full: bool = False
    is_within: bool = False  # a library's call makes others

    def point(self, kind: str, path: object) -> bool:
        """Notes a point; True where the blow is to fall inside the operation."""
        # Of texts alone: what asks the disk would be heard as an event again.
        where = os.path.normpath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else ""
        if not where.startswith(self.roots) or ASIDE.search(where):
            return False
        self.seen.append(f"{kind} {plain(where, self.roots)}")
        if not self.is_now():
            return False
        if self.how == "killed":
            os.killpg(0, signal.SIGKILL)
        return True

    def is_now(self) -> bool:
        """True at the point that is to be struck: by its number, or by its name and the how-many-eth of that name."""
        if self.named:
            return self.seen[-1] == self.named and self.seen.count(self.named) == self.at
        return len(self.seen) == self.at

    def strike(self) -> None:
        """From here on a file that grows kills the process, or is refused."""
        is_torn = self.how == "torn"
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL if is_torn else signal.SIG_IGN)
        most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
        resource.setrlimit(resource.RLIMIT_FSIZE, (HALF if is_torn else 0, most))
        self.is_full = self.how == "full"

    def heard(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event of Python's."""
        if event == "open":
            path, _, flags = args
            is_written = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            if is_written and self.point("write", path):
                self.strike()
        elif event in MAKING:
            path = args[MAKING[event]]
            if event == "os.mkdir" and Path(path).is_dir():
                return
            if self.point(event.partition(".")[2], path) and self.how == "full":
                self.strike()
            if self.is_full and str(path).startswith(self.roots):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        elif event in TAKING:
            path = args[TAKING[event]]
            folder = args[-1]
            if isinstance(path, str) and not path.startswith("/") and isinstance(folder, int) and folder >= 0:
                path = f"{Path(f'/proc/self/fd/{folder}').readlink()}/{path}"
            if os.path.lexists(path) and self.point(event.partition(".")[2], path) and self.how == "full":
                self.strike()  # taking away needs no space; what comes after does

    def around(self, name: str, work: Callable[..., Any], path_at: int = 0) -> Callable[..., Any]:
        """A library's call that writes by itself."""

        def step(*args: Any, **named: Any) -> Any:
            target = args[path_at] if -len(args) <= path_at < len(args) else None
            is_looking = (name == "arrow" and "wb" not in args) or (name == "vacuum" and named.get("dry_run", True))
            if target is None or self.is_within or is_looking:
                return work(*args, **named)
            target = getattr(target, "table", target)  # what merges files knows its table
            path = target if isinstance(target, str | Path) else getattr(target, "table_uri", "")
            path = str(path).removeprefix("file://").rstrip("/")
            struck = self.point(name, path)
            if struck and self.how in ("torn", "full"):
                self.strike()
            if struck and self.how == "uncommitted" and name == "vacuum":
                gone = sorted(work(*args, **{**named, "dry_run": True}))
                self.leave_half(Path(path), gone)
            elif struck and self.how == "uncommitted":
                self.leave_uncommitted(Path(path), lambda: work(*args, **named))
            self.is_within = True
            try:
                return work(*args, **named)
            finally:
                self.is_within = False

        return step

    def leave_uncommitted(self, table: Path, write: Callable[[], Any]) -> None:
        """Files without the line of the log that names them, as a kill between the two leaves them."""
        log = table / "_delta_log"
        before = set(log.glob("*")) if log.is_dir() else set()
        write()
        for path in set(log.glob("*")) - before:
            path.unlink()
        os.killpg(0, signal.SIGKILL)

    def leave_half(self, table: Path, names: list[str]) -> None:
        """Half of the files taken away, as a kill leaves them."""
        for name in names[: (len(names) + 1) // 2]:
            (table / name).unlink(missing_ok=True)
        os.killpg(0, signal.SIGKILL)


def plain(path: str, roots: tuple[str, ...]) -> str:
    """A path without what differs between two runs: ids, numbers of processes, parts."""
    root = next((root for root in roots if path == root or path.startswith(f"{root}/")), "")
    name = path[len(root) :].lstrip("/")
    name = re.sub(r"[a-p]{16}", "<batch>", name)
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27,}", "<id>", name)
    name = re.sub(r"\d{4}-\d{2}-\d{2}\.\d{6}(_\d+)?", "<moment>", name)
    name = re.sub(r"\.\d+\.(new|draft)$", ".<aside>", name)
    name = re.sub(r"\.[0-9a-f]{8}\.part$", ".<aside>", name)
    return re.sub(r"\.\d+\.[0-9a-f]{8,}$", ".<aside>", name)


def struck(home: Home, work: Work, at: int = 0, how: How = "", named: str = "") -> Outcome:
    """Runs `work` in a process group of its own, the blow falling at point `at`, or at the `at`-th of those `named` so;
    nothing falls at 0. Write points are those in the home and in the folder it lies in.
    """
    hear, say = days.context().Pipe(duplex=False)
    environment = days.environment() | {"BLOCKDATA_HOME": str(home.path), "POLARS_MAX_THREADS": "2"}
    process = days.context().Process(target=_run, args=(environment, home, work, at, how, named, say))
    process.start()
    say.close()
    try:
        points, message, unexpected, peak = hear.recv() if hear.poll(LONGEST) else ([], "it hangs", True, 0)
    except EOFError:
        points, message, unexpected, peak = [], "", False, 0
    process.join(LONGEST)
    code = process.exitcode
    process.kill()
    return Outcome(code, points, message, unexpected, peak)


@dataclass(frozen=True)
class Outcome:
    """`code`: 0, or minus the signal. Of one that lived: its write points and what it said, if it could not go on."""

    code: int | None
    points: list[str]
    message: str
    unexpected: bool
    peak_bytes: int = 0

    @property
    def is_killed(self) -> bool:
        """By a blow, not by its own fault."""
        return self.code in (-signal.SIGKILL, -signal.SIGXFSZ)


def _run(environment: dict[str, str], home: Home, work: Work, at: int, how: How, named: str, say: Any) -> None:
    """In the child."""
    os.setpgid(0, 0)
    days.take_over(environment)
    watch = Watch((str(home.path), str(home.path.parent)), at, how, named=named)
    for module, name, kind, path_at in WRITERS:
        place, _, method = name.rpartition(".")
        holder = importlib.import_module(module)
        holder = getattr(holder, place) if place else holder
        setattr(holder, method, watch.around(kind, getattr(holder, method), path_at))
    sys.addaudithook(watch.heard)
    message, unexpected = "", False
    try:
        work(home)
    except BlockdataError as error:
        message = str(error)
    except BaseException as error:
        trace = "".join(traceback.format_exception(error))
        message, unexpected = f"{type(error).__name__}: {error}\n{trace[-1500:]}", True
    say.send((watch.seen, message, unexpected, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024))
    os._exit(0)
