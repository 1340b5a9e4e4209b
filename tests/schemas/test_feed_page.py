"""A page per feed, made from its contract, and up to date."""

from __future__ import annotations

from pathlib import Path

from schemas.contract import contract_of, load_contracts
from schemas.feed_page import page, write_pages
from schemas.home import ROOT


def test_the_committed_pages_are_what_the_contracts_say(tmp_path: Path) -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in write_pages(tmp_path)}
    committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "feeds").glob("*.md")}
    stale = sorted(name for name in written.keys() | committed.keys() if written.get(name) != committed.get(name))
    assert stale == [], "run: python -m schemas.feed_page"


def test_a_page_tells_reason_columns_and_limits() -> None:
    text = page(contract_of("human_resources__contributions"))
    for told in (
        "社会保险缴费",
        "《中华人民共和国社会保险法》",
        "SZBA-RS-0011",
        "分隔符 `\\|`",
        "`{stem}.manifest.json`",
        "单位统一社会信用代码",
        "organisation_key",
        "≤ 20%",
    ):
        assert told in text


def test_no_table_of_a_page_is_broken_by_a_pattern() -> None:
    for contract in load_contracts().values():
        for block in page(contract).split("\n\n"):
            lines = [line.replace("\\|", "") for line in block.splitlines() if line.startswith("|")]
            assert len({line.count("|") for line in lines}) <= 1


def test_pages_of_feeds_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "old__feed.md").write_text("gone", encoding="utf-8")
    write_pages(tmp_path)
    assert not (tmp_path / "old__feed.md").exists()
    assert "police__residents" in (tmp_path / "README.md").read_text(encoding="utf-8")
