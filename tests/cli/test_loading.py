"""Loading from the command line: exit codes, JSON, folders of several days, overruling."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cli import deliveries
from schemas.contract import contract_of
from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from tests import small
from transforms.load import LoadResult


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str], date | None]]:
    """Stands in for the load: what it was asked, always loaded unless the name says bad."""
    asked: list[tuple[str, list[str], date | None]] = []

    def load_files(feed_id: str, paths: list[Path], day: date | None, home: Home, **_: Any) -> LoadResult:
        asked.append((feed_id, sorted(path.name for path in paths), day))
        if any("bad" in path.read_text() for path in paths):
            return LoadResult("b" * 16, feed_id, day, "refused", "no_rows", "nothing in it", "send it again")
        return LoadResult("a" * 16, feed_id, day, "loaded", counts={"received": 2, "inserted": 2})

    monkeypatch.setattr("transforms.load.load_files", load_files)
    return asked


def folder(tmp_path: Path, **files: str) -> Path:
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content)
        (tmp_path / f"{name}.ok").write_text("")
    return tmp_path


@pytest.fixture
def feeds(small_home: Home) -> Home:
    return small_home


def test_a_delivery_in_json(feeds: Home, tmp_path: Path, blockdata: Callable[..., Any], results: list) -> None:
    where = folder(tmp_path, lodgers_20260302="good")
    said = blockdata("load", small.LODGERS, where / "lodgers_20260302.csv", "--json")
    document = json.loads(said.out)
    assert (said.code, document["status"], document["counts"]["received"]) == (0, "loaded", 2)
    assert results == [(small.LODGERS, ["lodgers_20260302.csv"], None)]


def test_a_refused_delivery_says_which_rule(
    feeds: Home, tmp_path: Path, blockdata: Callable[..., Any], results: list
) -> None:
    said = blockdata("load", small.LODGERS, folder(tmp_path, lodgers_20260302="bad") / "lodgers_20260302.csv")
    assert said.code == 1
    assert "no_rows" in said.err and "send it again" in said.err


def test_a_draft_loads_only_where_it_is_asked_for_and_says_that_it_is_one(
    feeds: Home, tmp_path: Path, blockdata: Callable[..., Any], results: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder(tmp_path, lodgers_20260302="good") / "lodgers_20260302.csv"
    assert "draft" not in blockdata("load", small.LODGERS, str(path)).err
    draft = contract_of(small.LODGERS).model_copy(update={"status": "draft"})
    monkeypatch.setattr("schemas.contract.contract_of", lambda feed_id: draft)
    results.clear()
    refused = blockdata("load", small.LODGERS, str(path))
    assert refused.code == 2 and "is draft, not active" in refused.err and "--draft" in refused.err and not results
    tried = blockdata("load", small.LODGERS, str(path), "--draft")
    assert tried.code == 0 and f"{small.LODGERS} is draft" in tried.err and len(results) == 1


def test_a_folder_of_several_days_is_several_deliveries_oldest_first(
    feeds: Home, tmp_path: Path, blockdata: Callable[..., Any], results: list
) -> None:
    (tmp_path / "in").mkdir()
    where = folder(tmp_path / "in", lodgers_20260304="good", lodgers_20260302="bad", lodgers_20260303="good")
    said = blockdata("load", small.LODGERS, where, "--json")
    assert [names for _, names, _ in results] == [[f"lodgers_2026030{day}.csv"] for day in (2, 3, 4)]
    assert [one["status"] for one in json.loads(said.out)["deliveries"]] == ["refused", "loaded", "loaded"]
    assert said.code == 1


def test_a_given_day_holds_for_all_files(
    feeds: Home, tmp_path: Path, blockdata: Callable[..., Any], results: list
) -> None:
    (tmp_path / "in").mkdir()
    where = folder(tmp_path / "in", anything="good")
    assert blockdata("load", small.LODGERS, where, "--day", "2026-03-05").code == 0
    assert results == [(small.LODGERS, ["anything.csv"], date(2026, 3, 5))]


def test_flags_go_with_the_data_they_stand_by(feeds: Home, tmp_path: Path) -> None:
    where = folder(tmp_path, lodgers_20260302="good")
    (found,) = deliveries.of(
        contract_of(small.LODGERS), [where / "lodgers_20260302.csv", where / "lodgers_20260302.ok"], None
    )
    assert [path.suffix for path in found.files] == [".csv", ".ok"]


def test_an_empty_folder_is_wrong_usage(feeds: Home, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no delivery"):
        deliveries.of(contract_of(small.LODGERS), [tmp_path / "empty"], None)


def test_an_unknown_batch_cannot_be_accepted(feeds: Home, blockdata: Callable[..., Any]) -> None:
    said = blockdata("accept", "c" * 16, "--reason", "核实过", "--by", "数据科", "--json")
    assert said.code == 2
    assert json.loads(said.out)["status"] == "refused"


def test_nothing_to_publish_is_explained(feeds: Home, blockdata: Callable[..., Any]) -> None:
    said = blockdata("publish")
    assert said.code == 2
    assert "blockdata load" in said.err


def test_what_lies_in_landing_is_loaded_in_one_go(
    feeds: Home, blockdata: Callable[..., Any], results: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    import transforms.load
    import transforms.taking

    monkeypatch.setattr(transforms.taking, "load_files", transforms.load.load_files)
    for name, feed_id in (("lodgers_20260303", small.LODGERS), ("lodgers_20260302", small.LODGERS)):
        (feeds.landing / feed_id).mkdir(parents=True, exist_ok=True)
        folder(feeds.landing / feed_id, **{name: "good"})
    (feeds.landing / small.VISITS).mkdir(parents=True)
    (feeds.landing / small.VISITS / "visits_20260302.csv").write_text("no manifest yet")
    said = blockdata("load", "--landing", "--json")
    assert (said.code, len(json.loads(said.out)["deliveries"])) == (0, 2)
    (waits,) = [one for one in json.loads(said.out)["waiting"] if one["feed_id"] == small.VISITS]
    assert waits["file"] == "visits_20260302.csv" and waits["why"].endswith("is not there")
    assert results == [
        (small.LODGERS, ["lodgers_20260302.csv"], None),
        (small.LODGERS, ["lodgers_20260303.csv"], None),
    ]
    again = blockdata("load", small.VISITS, "--landing")
    assert (
        again.code == 0
        and len(results) == 2
        and f"waits: landing/{small.VISITS}/" in again.err
        and "is not there" in again.err
    )


def test_what_fails_is_said_after_what_did_not(
    feeds: Home, blockdata: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several at once, each with its own fault: all of them are told, in the order of the feeds."""
    import transforms.taking

    def load_files(feed_id: str, paths: list[Path], day: date | None, home: Home, **_: Any) -> LoadResult:
        if feed_id == small.VISITS:
            return LoadResult("a" * 16, feed_id, day, "loaded", counts={"received": 2, "inserted": 2})
        raise BlockdataError(f"another load of {feed_id} is running", "wait for it to end")

    monkeypatch.setattr(transforms.taking, "load_files", load_files)
    for feed_id in (small.VISITS, small.LODGERS, small.NOTICES):
        small.deliver(feeds.landing / feed_id, feed_id, date(2026, 3, 2), [small.lodger(1)])
    for path in (feeds.landing / small.NOTICES).iterdir():
        os.utime(path, (0, 0))
    said = blockdata("load", "--landing", "--jobs", "2", "--json")
    document = json.loads(said.out)
    assert said.code == 1 and [one["feed_id"] for one in document["deliveries"]] == [small.VISITS]
    assert [(one["feed_id"], one["mend"]) for one in document["failed"]] == [
        (small.LODGERS, "wait for it to end"),
        (small.NOTICES, "wait for it to end"),
    ]
    said = blockdata("load", "--landing", "--jobs", "2")
    assert said.code == 1 and f"{small.VISITS}: loaded" in said.out
    first, second = (said.err.index(f"blockdata: {feed_id}: another") for feed_id in (small.LODGERS, small.NOTICES))
    assert first < second and said.err.count("mend: wait") == 2
    alone = blockdata("load", small.LODGERS, "--landing", "--json")
    assert alone.code == 1 and json.loads(alone.out)["mend"] == "wait for it to end"


@pytest.mark.parametrize("words", [[small.LODGERS, "x.csv", "--jobs", "2"], ["--landing", "--jobs", "0"]])
def test_jobs_are_for_the_landing_and_at_least_one(
    feeds: Home, blockdata: Callable[..., Any], words: list[str]
) -> None:
    said = blockdata("load", *words)
    assert said.code == 2 and "--jobs" in said.err


@pytest.mark.parametrize("words", [[], [small.LODGERS], ["--landing", "--day", "2026-03-02"]])
def test_a_load_names_its_files_or_the_landing(feeds: Home, blockdata: Callable[..., Any], words: list[str]) -> None:
    assert blockdata("load", *words).code == 2
