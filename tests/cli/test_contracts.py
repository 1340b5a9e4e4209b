"""`blockdata contract diff` and `lint`: what they say and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.home import Home
from tests.small import write_feeds


@pytest.fixture
def lodgers(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The contract of a small feed."""
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(write_feeds(tmp_path / "feeds")))
    return tmp_path / "feeds" / "town" / "lodgers.yaml"


def other(lodgers: Path, old: str, new: str) -> Path:
    """The contract with one thing changed, as a file elsewhere."""
    text = lodgers.read_text(encoding="utf-8")
    assert old in text
    path = lodgers.parents[2] / "other.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_a_removed_name_breaks(lodgers: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("contract", "diff", lodgers, other(lodgers, "name: colour", "name: tint"), "--json")
    told = json.loads(said.out)
    assert said.code == 1 and told["level"] == "breaks"
    assert {"level": "breaks", "where": "colour", "what": "renamed to tint", "readers": []} in told["changes"]


def test_another_purpose_is_read_again(lodgers: Path, blockdata: Callable[..., Any]) -> None:
    said = blockdata("contract", "diff", "town__lodgers", "--against", other(lodgers, "purpose: 测试", "purpose: 试"))
    assert said.code == 0 and "town__lodgers: re-reads" in said.out


def test_what_cannot_be_compared_is_wrong_usage(lodgers: Path, blockdata: Callable[..., Any]) -> None:
    assert blockdata("contract", "diff", lodgers).code == 2
    assert blockdata("contract", "diff", "town__lodgers", "--against", "no-such-revision").code == 2
    assert blockdata("contract", "diff", "town__nobody").code == 2


def test_lint_names_file_key_and_mend(lodgers: Path, blockdata: Callable[..., Any]) -> None:
    assert blockdata("contract", "lint").code == 0
    lodgers.write_text(lodgers.read_text(encoding="utf-8").replace("role\n", "rolle\n"), encoding="utf-8")
    said = blockdata("contract", "lint", lodgers)
    assert said.code == 1 and said.out.count("lodgers.yaml: ") == 1 and "mend:" in said.out


def test_an_active_contract_has_no_todo(lodgers: Path, blockdata: Callable[..., Any]) -> None:
    text = lodgers.read_text(encoding="utf-8").replace("purpose: 测试", "purpose: TODO 待补")
    lodgers.write_text(text, encoding="utf-8")
    assert blockdata("contract", "lint").code == 1
    lodgers.write_text(text.replace("status: active", "status: draft"), encoding="utf-8")
    assert blockdata("contract", "lint").code == 0
