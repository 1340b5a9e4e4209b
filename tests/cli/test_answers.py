"""Asking from the command line: every format, files, a prompt, exit codes; extracts and the state of the house."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from cli.prompt import prompt
from schemas.errors import UsageError
from schemas.home import Home
from tests.serving.small_release import TOWER, VILLAGE, build_small

QUERY = "SELECT building_code, floors FROM address.building ORDER BY building_code"


def test_json_is_a_list_of_objects(released: Home, blockdata: Callable[..., Any]) -> None:
    expected = [{"building_code": TOWER, "floors": None}, {"building_code": VILLAGE, "floors": None}]
    assert json.loads(blockdata("sql", QUERY, "--format", "json").out) == expected
    assert json.loads(blockdata("sql", QUERY, "--json").out) == expected


def test_csv_and_table_and_parquet(released: Home, blockdata: Callable[..., Any], tmp_path: Path) -> None:
    said = blockdata("sql", QUERY, "--format", "csv")
    assert said.out == f"building_code,floors\n{TOWER},\n{VILLAGE},\n"
    assert VILLAGE in blockdata("sql", QUERY).out
    assert blockdata("sql", QUERY, "--out", tmp_path / "a.parquet").out == ""
    assert pl.read_parquet(tmp_path / "a.parquet")["building_code"].to_list() == [TOWER, VILLAGE]


def test_a_table_keeps_a_code_in_one_piece(released: Home, blockdata: Callable[..., Any]) -> None:
    wide = "SELECT standard_address, standard_address AS again, unit_code FROM address.unit"
    assert VILLAGE + "000001" in blockdata("sql", wide).out


def test_years_are_no_amounts(released: Home, blockdata: Callable[..., Any]) -> None:
    said = blockdata("sql", "SELECT 2024 AS built_year, 2024 AS floors").out
    assert "2024" in said and "2,024" in said


def test_a_query_on_stdin(released: Home, blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("SELECT 1 AS one"))
    assert json.loads(blockdata("sql", "-", "--json").out) == [{"one": 1}]


def test_the_prompt_goes_on_after_a_refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    lines = iter(["SELECT 1", "AS one;", "bad;", "SELECT 2;", "quit"])
    monkeypatch.setattr("builtins.input", lambda _: next(lines))
    asked: list[str] = []

    def answer(statement: str) -> None:
        asked.append(statement)
        if statement == "bad":
            raise UsageError("no such thing", "ask another")

    assert prompt(answer, "2026-03-02.01") == 0
    assert asked == ["SELECT 1\nAS one", "bad", "SELECT 2"]
    assert "ask another" in capsys.readouterr().err


def test_person_tables_need_profile_and_purpose(released: Home, blockdata: Callable[..., Any]) -> None:
    query = "SELECT count(*) AS n FROM population.residence"
    assert blockdata("sql", query).code == 2
    assert blockdata("sql", query, "--profile", "person").code == 2
    said = blockdata("sql", query, "--profile", "person", "--purpose", "人口统计", "--json")
    assert json.loads(said.out) == [{"n": 4}]
    assert json.loads(blockdata("audit", "verify", "--json").out)["entries"] == 1


def test_lookup_answers_and_says_when_there_is_nothing(released: Home, blockdata: Callable[..., Any]) -> None:
    said = blockdata("lookup", VILLAGE)
    assert said.code == 0
    assert "浪口一区66号" in said.out and "石岩街道" in said.out
    assert json.loads(blockdata("lookup", VILLAGE, "--json").out)["match"]["code"] == VILLAGE
    assert blockdata("lookup", "440306999").code == 1


def test_checkout_copies_the_place_profile_alone(released: Home, blockdata: Callable[..., Any], tmp_path: Path) -> None:
    assert blockdata("checkout", "current", tmp_path / "mine").code == 0
    assert not list((tmp_path / "mine").rglob("*population*"))
    with duckdb.connect(str(tmp_path / "mine" / "baseboard.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM address.building").fetchall() == [(2,)]
    assert blockdata("checkout", "current", tmp_path / "mine").code == 2
    assert blockdata("checkout", "1999-01-01.01", tmp_path / "other").code == 2


def test_verify_list_from_the_command_line(released: Home, blockdata: Callable[..., Any]) -> None:
    (written,) = json.loads(blockdata("verify", "list", "--json").out)
    assert (written["work_grid"], written["tasks"]) == ("新安-1", 2)
    assert Path(written["path"]).is_file()


def test_extracts_from_the_command_line(released: Home, blockdata: Callable[..., Any]) -> None:
    listed = json.loads(blockdata("extract", "list", "--json").out)
    chosen = listed[0]["id"]
    said = blockdata("extract", "run", chosen, "--today", "2026-04-01", "--json")
    assert said.code == 0
    assert (Path(json.loads(said.out)["folder"]) / "manifest.json").is_file()
    said = blockdata("extract", "run", chosen, "--today", "2046-04-01")
    assert said.code == 1
    assert "expired" in said.err


def test_status_before_and_after_a_release(home: Home, blockdata: Callable[..., Any]) -> None:
    before = json.loads(blockdata("status", "--json").out)
    assert before["release"] is None
    assert {feed["last_status"] for feed in before["feeds"]} == {"never delivered"}
    build_small(home)
    after = json.loads(blockdata("status", "--json").out)
    assert after["release"]["name"] == "2026-03-02.01"


def test_doctor_finds_a_changed_release(released: Home, blockdata: Callable[..., Any]) -> None:
    sound = json.loads(blockdata("doctor", "--json").out)
    assert sound["sound"] and {check["name"] for check in sound["checks"]} >= {"python", "keys", "release", "audit"}
    file = next((released.releases / "2026-03-02.01" / "address" / "building").glob("*.parquet"))
    file.write_bytes(file.read_bytes() + b" ")
    said = blockdata("doctor", "--json")
    states = {check["name"]: check["state"] for check in json.loads(said.out)["checks"]}
    assert (said.code, states["release"]) == (1, "bad")


def test_doctor_finds_keys_open_to_others(released: Home, blockdata: Callable[..., Any], tmp_path: Path) -> None:
    blockdata("lookup", VILLAGE)
    (tmp_path / "keys.json").chmod(0o644)
    said = blockdata("doctor")
    assert said.code == 1
    assert "chmod 600" in said.err


def test_doctor_sees_files_nobody_expects(released: Home, blockdata: Callable[..., Any]) -> None:
    (released.landing / "nobody__nothing").mkdir(parents=True)
    said = blockdata("doctor", "--json")
    landing = next(check for check in json.loads(said.out)["checks"] if check["name"] == "landing")
    assert (said.code, landing["state"]) == (0, "warning")
