"""The frame of `make bench` on parts made for the test: what runs, what fails, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import run as module
from benchmarks.own_process import Failed, last_json, run_command
from benchmarks.page import table, write_page
from benchmarks.parts import PARTS, Column, Part, Run
from benchmarks.rivals import LOCK

PART = Part(
    "small", "A small part", "Three runs.",
    runs=(Run("ok", "benchmarks.damaged_rows", ("FOLDER", "--units", "2000", "--rows", "50")),
          Run("gone", "benchmarks.no_such_module"), Run("bad", "benchmarks.damaged_rows", ("--nonsense",))),
    quick=(Run("gone", "benchmarks.no_such_module"),),
    columns=(Column("label", "run"), Column("rows", "rows", "count")),
)  # fmt: skip


def test_runs_end_in_files_a_table_and_a_page(tmp_path: Path) -> None:
    folder = str(tmp_path / "made")
    runs = tuple(Run(r.label, r.module, tuple(a.replace("FOLDER", folder) for a in r.arguments)) for r in PART.runs)
    part = Part(PART.name, PART.title, PART.about, runs, PART.quick, PART.columns)
    said: list[str] = []
    (result,) = module.bench([part], quick=False, results=tmp_path / "results", tell=said.append)
    assert [line.get("rows") for line in result["lines"]] == [50, None, None]
    assert ["failed" in line for line in result["lines"]] == [False, True, True]
    assert "no_such_module" in result["lines"][1]["failed"]
    assert json.loads((tmp_path / "results" / "small.json").read_text(encoding="utf-8")) == result
    assert any("small 2/3 gone" in text for text in said)
    write_page(tmp_path / "page.md", [part], tmp_path / "results")
    page = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert "## A small part" in page and "| ok " in page and result["machine"]["processor"] in page


def test_quick_runs_the_small_sizes_alone(tmp_path: Path) -> None:
    (result,) = module.bench([PART], quick=True, results=tmp_path, tell=lambda text: None)
    assert [line["label"] for line in result["lines"]] == ["gone"]


def test_a_table_writes_counts_shares_and_what_failed() -> None:
    part = Part(
        "p", "P", "", (), (), (Column("label", "名称"), Column("n", "rows", "count"), Column("a.b", "ok", "share"))
    )
    lines = [{"label": "x", "n": 1234567, "a": {"b": 0.1234}}, {"label": "y", "failed": "no memory\nmore"}]
    drawn = table(part, {"lines": lines}).splitlines()
    assert drawn[2].replace(" ", "") == "|x|1,234,567|12.34%|"
    assert "no memory" in drawn[3] and "more" not in drawn[3]


def test_json_is_taken_from_the_end() -> None:
    assert last_json('a table {x}\n[1, 2]\n{"a": 1}\n') == {"a": 1}
    assert last_json('{\n "a": {\n  "b": [1]\n }\n}\n') == {"a": {"b": [1]}}
    with pytest.raises(Failed, match="no JSON"):
        last_json("nothing")


def test_a_failed_command_says_its_last_words() -> None:
    with pytest.raises(Failed, match=r"exit 3\n.*why"):
        run_command(["sh", "-c", "echo why >&2; exit 3"])


def test_every_part_has_a_small_form_and_a_name_of_its_own() -> None:
    assert len({part.name for part in PARTS}) == len(PARTS)
    assert all(part.runs and part.quick and part.columns for part in PARTS)


def test_the_rivals_lock_has_hashes_and_no_index_address() -> None:
    text = LOCK.read_text(encoding="utf-8")
    pinned = [line for line in text.splitlines() if line and line[0].isalpha()]
    assert {"cpca==0.5.5 \\", "jionlp==1.5.31 \\", "splink==5.0.0 \\"} <= set(pinned)
    assert text.count("--hash=sha256:") >= len(pinned)
    assert "://" not in text and "index-url" not in text
