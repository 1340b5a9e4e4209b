"""Data Docs: made from what is stored, and nothing in them leads or loads from outside."""

from __future__ import annotations

import re

import pytest
from deltalake import write_deltalake

from expectations.docs import KEPT_PER_FEED, build_data_docs, offline
from expectations.gate import judge
from expectations.tables import judge_table
from schemas.contract import contract_of
from schemas.home import Home
from schemas.table import table_of
from tests.browser import asked_for
from tests.expectations.made_batches import DAY, measured, quarantine, sound_rows

FEED = "police__residents"
OUTSIDE = re.compile(r"https?:|src=|<link|<script|@import|url\(|//[a-z]", re.IGNORECASE)


@pytest.fixture
def home(tmp_path):
    contract = contract_of(FEED)
    rows = sound_rows(contract, 40)
    for place in range(KEPT_PER_FEED + 1):
        batch_id, refused = "abcdefghijklmno" + "abcd"[place], place == 0
        verdict = judge(rows, measured(rows, quarantine(30 if refused else 0)), contract, batch_id, DAY)
        about = {"batch_id": batch_id, "feed_id": FEED, "delivered_on": DAY.replace(day=10 - place)}
        status = {"status": "refused", "rule": verdict.rule} if refused else {"status": "loaded"}
        _append(tmp_path, "validation", verdict.results)
        _append(tmp_path, "batch", _row("quality.batch", about | status))
    return Home(tmp_path)


def _append(folder, name, frame):
    write_deltalake(str(folder / "lake" / "quality" / name), frame.to_arrow(), mode="append")


def _row(table, values):
    schema = table_of(table).polars_schema()
    import polars as pl

    return table_of(table).conform(pl.DataFrame([values], schema={name: schema[name] for name in values}))


def test_a_page_for_each_of_the_last_batches(home):
    index = build_data_docs(home)
    assert index == home.path / "docs" / "index.html"
    pages = sorted(path.name for path in (home.path / "docs").glob("*.html") if path != index)
    assert len(pages) == KEPT_PER_FEED
    text = index.read_text(encoding="utf-8")
    assert all(page in text for page in pages)
    assert "refused quarantined_share" in text
    assert "quarantined_share" in (home.path / "docs" / pages[-1]).read_text(encoding="utf-8")


def test_pages_open_without_a_network(home):
    build_data_docs(home)
    for page in (home.path / "docs").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert OUTSIDE.findall(text) == [], page.name
        assert "default-src 'none'" in text


def test_a_browser_asks_no_network_for_anything(home, tmp_path):
    pages = sorted(build_data_docs(home).parent.glob("*.html"))
    assert asked_for(pages, tmp_path) == set()


def test_a_page_says_in_chinese_what_was_judged_and_what_came_of_it(home):
    pages = [page.read_text(encoding="utf-8") for page in build_data_docs(home).parent.glob(f"{FEED}*.html")]
    refused = [text for text in pages if "实有人口登记 · 2026-03-10 · 拒收 · 隔离行过多" in text]
    assert len(refused) == 1 and "请查看隔离清单" in refused[0]
    assert sum("· 入库</h1>" in text for text in pages) == KEPT_PER_FEED - 1
    # Sixty-six feeds, three batches each, a release: within 20 MB however long the lake runs.
    assert max(map(len, pages)) * (66 * KEPT_PER_FEED + 1) < 20_000_000


def test_a_page_of_other_code_is_made_anew_and_one_of_this_code_is_kept(home, monkeypatch):
    def made():
        return {page.name for page in build_data_docs(home).parent.glob(f"{FEED}*.html")}

    first = made()
    with monkeypatch.context() as patched:
        patched.setattr("expectations.docs._page", lambda *_: pytest.fail("made again"))
        assert made() == first
    monkeypatch.setattr("expectations.docs._MADE_BY", "another")
    monkeypatch.setattr("expectations.docs._page", lambda *_: "<html><head></head><body></body></html>")
    assert made().isdisjoint(first)


def test_the_release_that_serves_has_its_page(tmp_path):
    folder = tmp_path / "releases" / "2026-03-02.01"
    (folder / "quality" / "validation").mkdir(parents=True)
    (tmp_path / "releases" / "current").symlink_to(folder.name)
    verdict = judge_table("address.unit", table_of("address.unit").empty(), release=folder.name)
    verdict.results.write_parquet(folder / "quality" / "validation" / "part-00000.parquet")
    index = build_data_docs(Home(tmp_path)).read_text(encoding="utf-8")
    page = next((tmp_path / "docs").glob("release-2026-03-02.01-*.html"))
    assert page.name in index
    assert "address.unit repeated_grain" in page.read_text(encoding="utf-8")


def test_a_second_build_replaces_the_first(home):
    build_data_docs(home)
    (home.path / "docs" / "stale.html").write_text("old", encoding="utf-8")
    build_data_docs(home)
    assert not (home.path / "docs" / "stale.html").exists()


def test_nothing_judged_yet_says_so(tmp_path):
    assert "nothing has been judged yet" in build_data_docs(Home(tmp_path)).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "outside",
    [
        '<link rel="stylesheet" href="https://cdn.example.org/a.css">',
        '<script src="//cdn.example.org/a.js"></script>',
        '<img src="https://example.org/logo.png"/>',
        "<style>body{background:url('https://example.org/x.png')}</style>",
        '<a href="https://example.org">more</a>',
        '<div onclick="go(1)">x</div>',
    ],
)
def test_what_comes_from_outside_is_taken_out(outside):
    page = offline(f"<html><head></head><body>{outside}</body></html>")
    assert "example.org" not in page
    assert "onclick" not in page
