"""`blockdata pull`: what it says, its exit codes, its JSON."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from serving.doctor import examine
from tests.connecting.sources import FEED, api_server, database_server, pulled_feed, visit
from tests.small import LODGERS


@pytest.fixture
def source(small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feed pulled from a small SQLite file."""
    path = tmp_path / "town.db"
    pulled_feed(
        tmp_path / "feeds",
        database_server("custom", watermark={"column": "changed_at", "format": "%Y-%m-%d %H:%M:%S"}),
    )
    monkeypatch.setenv("BLOCKDATA_SECRETS", str(tmp_path / "secrets.yaml"))
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE town (no, name, place, since, colour, changed_at)")
        connection.execute("INSERT INTO town VALUES (?, ?, ?, ?, ?, ?)", tuple(visit(1).values()))
    connection.close()
    return path


def test_it_says_what_came_and_what_to_do_next(source: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("pull", FEED, "--day", "2026-03-02")
    assert said.code == 0 and "a delivery has landed" in said.out and "1 rows" in said.out
    assert f"next: blockdata load {FEED}" in said.err
    said = blockdata("pull", FEED, "--day", "2026-03-02", "--json")
    assert said.code == 0 and json.loads(said.out)["status"] == "waiting"


def test_a_source_that_cannot_be_read_is_1(source: Path, blockdata: Callable[..., Any]) -> None:
    source.write_bytes(b"no database at all, though it has the name of one" * 100)
    said = blockdata("pull", FEED, "--json")
    assert said.code == 1 and f"{FEED}: server exchange" in said.err and "mend" in said.err
    assert json.loads(said.out)["status"] == "refused"


def test_a_feed_that_is_dropped_is_wrong_usage(source: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("pull", LODGERS)
    assert said.code == 2 and "blockdata load" in said.err
    assert blockdata("pull", FEED, "--since", "soon").code == 2


def test_the_doctor_looks_for_secrets(
    source: Path, small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def secrets() -> tuple[str, str]:
        (check,) = [check for check in examine(small_home) if check.name == "secrets"]
        return check.state, check.what

    assert secrets() == ("good", "1 feeds are pulled")
    pulled_feed(tmp_path / "feeds", api_server("http://api.example.org"))
    assert secrets()[0] == "warning"
    monkeypatch.delenv("BLOCKDATA_SECRET_TOWN")
    state, what = secrets()
    assert state == "bad" and FEED in what and "TOWN" in what
