"""The same content again: of the same day, of another, as another delivery; and what a load reads a second time."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.home import Home
from tests.loading import FIRST, SECOND, history, load, parts, state
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger, standins
from transforms.lake import archive
from transforms.lake.store import Lake
from transforms.load import load_batch
from transforms.reading.source import SourceFile
from transforms.receive import receive


def test_the_same_file_twice_is_loaded_once_and_says_so(small_home: Home) -> None:
    first = load(small_home, FIRST, [lodger(1), lodger(2)])
    again = load(small_home, FIRST, [lodger(1), lodger(2)], folder="elsewhere")
    assert again.status == "already_loaded" and again.batch_id == first.batch_id
    assert again.counts == first.counts and "already" in again.reason
    assert load_batch(first.batch_id, LODGERS, small_home, steps=standins()).status == "already_loaded"
    assert history(small_home).height == 2 and Lake(small_home).batch_rows().height == 1


def test_a_snapshot_sent_again_after_another_of_its_day_holds_again(small_home: Home) -> None:
    whole, cut = [lodger(number) for number in range(1, 7)], [lodger(number) for number in range(1, 6)]
    first = load(small_home, FIRST, whole)
    load(small_home, FIRST, cut, folder="cut")
    again = load(small_home, FIRST, whole, folder="again")
    assert again.status == "loaded" and again.batch_id != first.batch_id
    assert state(small_home) == {f"L000{number}": "red" for number in range(1, 7)}
    once_more = load(small_home, FIRST, whole, folder="once-more")
    assert (once_more.status, once_more.batch_id) == ("already_loaded", again.batch_id)
    lake = Lake(small_home)
    assert lake.read("quality.reconciliation")["received"].to_list() == [6, 5, 6]
    assert lake.read("quality.reconciliation")["is_balanced"].all()


def test_changes_sent_again_after_others_of_their_day_are_no_news(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1)], VISITS)
    load(small_home, FIRST, [lodger(1, colour="blue")], VISITS, folder="later")
    assert load(small_home, FIRST, [lodger(1)], VISITS, folder="again").status == "already_loaded"
    assert state(small_home, feed_id=VISITS) == {"L0001": "blue"}


def test_yesterdays_snapshot_under_todays_name_is_remarked(small_home: Home) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)])
    result = load(small_home, SECOND, [lodger(1), lodger(2)])
    assert result.status == "loaded" and parts(result) == {"unchanged": 2}
    assert "repeated_snapshot" in result.reason
    told = Lake(small_home).read("quality.validation").filter(pl.col("expectation") == "repeated_snapshot")
    assert told["severity"].to_list() == ["warning"] and told["batch_id"].to_list() == [result.batch_id]


@pytest.mark.parametrize("feed_id", [VISITS, NOTICES])
def test_yesterdays_changes_under_todays_name_are_refused(small_home: Home, feed_id: str) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2)], feed_id)
    result = load(small_home, SECOND, [lodger(1), lodger(2)], feed_id)
    assert (result.status, result.rule) == ("refused", "repeated_content")
    assert "2026-03-02" in result.reason and result.mend
    assert parts(result) == {"refused": 2}


def test_a_repeated_delivery_is_counted_as_it_was_and_not_read_again(
    small_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(small_home, FIRST, [lodger(1), lodger(2), lodger(3)], VISITS)
    monkeypatch.setattr("transforms.reading.read.read", lambda *_: pytest.fail("read again"))
    result = load(small_home, SECOND, [lodger(1), lodger(2), lodger(3)], VISITS)
    assert (result.rule, parts(result)) == ("repeated_content", {"refused": 3})


def test_a_batch_sealed_anew_since_it_was_received_is_loaded_as_it_is_sealed(small_home: Home, tmp_path: Path) -> None:
    path = deliver(tmp_path, LODGERS, FIRST, [lodger(1), lodger(2)])
    received = receive(LODGERS, [path], None, small_home)
    assert received.batch is not None
    (one,) = archive.sealed(small_home, LODGERS)
    rest = SourceFile(path.name, deliver(tmp_path / "rest", LODGERS, FIRST, [lodger(2)]).read_bytes())
    archive.seal_anew(small_home, one, [rest])
    result = load_batch(received.batch_id, LODGERS, small_home, steps=standins(), sealed=received.batch)
    assert parts(result) == {"inserted": 1}
    told = Lake(small_home).read(f"record_history.{LODGERS}")
    assert told.height == 1


def test_a_load_opens_no_seal_it_has_just_made(small_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "unseal", lambda *_: pytest.fail("opened"))
    assert load(small_home, FIRST, [lodger(1), lodger(2)]).status == "loaded"
    (row,) = Lake(small_home).batch_rows(LODGERS).iter_rows(named=True)
    (seal,) = archive.sealed(small_home, LODGERS)
    assert small_home.archive / row["archive_path"] == seal.path
