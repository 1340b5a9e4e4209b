"""The command line as a whole: what it lists, how it refuses, how fast it starts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli import console, main

COMMANDS = (
    "synth", "evaluate", "library", "code", "key", "parse", "compare", "feeds", "load", "accept", "publish", "sql",
    "lookup", "verify", "extract", "checkout", "status", "doctor", "audit",
)  # fmt: skip
PANELS = ("A district to try it on", "Your own addresses", "Data in", "Answers", "The door", "What leaves", "The house")


def test_help_lists_every_command_by_what_it_is_for(blockdata: Callable[..., Any]) -> None:
    said = blockdata("--help")
    assert said.code == 0
    assert [panel for panel in PANELS if panel not in said.out] == []
    assert [name for name in COMMANDS if f"│ {name} " not in said.out] == []


@pytest.mark.parametrize("command", ["synth", "key", "load", "sql", "lookup", "publish", "status"])
def test_help_of_a_command_shows_an_example(command: str, blockdata: Callable[..., Any]) -> None:
    said = blockdata(command, "--help")
    assert said.code == 0
    assert f"blockdata {command}" in said.out.split("Usage:")[1].split("\n", 1)[1]


def test_starting_loads_nothing_heavy() -> None:
    """`blockdata --help` stays within 0.3 s because none of these is imported for it."""
    code = "import sys, cli.main; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"polars", "pandas", "duckdb", "deltalake", "pydantic", "airflow", "great_expectations", "geopandas"}
    assert heavy & set(done.stdout.split()) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["loda"],
        ["load"],
        ["load", "nobody__nothing", __file__],
        ["load", "police__residents", "/nowhere/residents_20260302.csv"],
        ["sql", "SELECT 1", "--format", "pdf"],
        ["sql", "SELECT 1"],
        ["code", "check", "/nowhere.csv", "--column", "code", "--out", "x.csv"],
        ["synth", "--buildings", "3", "--out", "x"],
        ["extract", "run", "nothing"],
        ["accept", "aaaaaaaaaaaaaaaa", "--reason", "x", "--by", "y"],
        ["checkout", "current", "x"],
        ["lookup", "浪口"],
    ],
)
def test_wrong_usage_is_explained_with_code_2(arguments: list[str], blockdata: Callable[..., Any]) -> None:
    said = blockdata(*arguments)
    assert said.code == 2
    assert said.err.strip() and "Traceback" not in said.err
    assert said.out == ""


def test_a_refusal_is_one_json_document_when_asked(blockdata: Callable[..., Any]) -> None:
    said = blockdata("sql", "SELECT 1", "--json")
    document = json.loads(said.out)
    assert (said.code, document["status"]) == (2, "refused")
    assert document["mend"]


def test_the_unexpected_says_what_to_report_and_no_more(
    blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("440301199001010000 is secret")

    monkeypatch.setattr("serving.status.status", broken)
    said = blockdata("status")
    assert said.code == 70
    assert "report this line" in said.err and "ValueError" in said.err
    assert "440301199001010000" not in said.err and "Traceback" not in said.err


def test_the_trace_is_shown_to_who_asks(blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr("serving.status.status", broken)
    monkeypatch.setenv("BLOCKDATA_DEBUG", "1")
    assert "Traceback" in blockdata("status").err


def test_a_full_disk_is_no_surprise(blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "/data/lake")

    monkeypatch.setattr("serving.status.status", full)
    said = blockdata("status")
    assert said.code == 1
    assert "No space left" in said.err and "make room" in said.err


def test_the_installed_command_answers() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "blockdata", "-h"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "blockdata" in done.stdout


def test_what_a_command_writes_is_for_its_user_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(console, "run", lambda _: (tmp_path / "kept").write_text("x"))
    before = os.umask(0o022)
    try:
        with pytest.raises(SystemExit):
            main.main()
    finally:
        os.umask(before)
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
