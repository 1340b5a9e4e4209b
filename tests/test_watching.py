"""One look: complete deliveries as the contracts say, and batches no release holds. It moves and deletes nothing."""

from __future__ import annotations

import os
import time
from datetime import date

import pytest

from schemas.home import Home
from tests.small import LODGERS, NOTICES, VISITS, deliver, lodger, standins
from transforms import watching
from transforms.taking import take
from transforms.watching import Look, look

DAY = date(2026, 3, 2)
WAYS = [LODGERS, VISITS, NOTICES]  # flag, manifest, unchanged for five seconds


def drop(home: Home, feed_id: str, *, finished: bool = True, age: float = 60) -> None:
    path = deliver(home.landing / feed_id, feed_id, DAY, [lodger(1)], finished=finished)
    os.utime(path, (time.time() - age,) * 2)


def test_an_empty_home_shows_nothing(small_home):
    assert look(small_home) == Look({}, frozenset())


@pytest.mark.parametrize("feed_id", WAYS)
def test_a_complete_delivery_is_seen_and_stays(small_home, feed_id):
    drop(small_home, feed_id)
    before = sorted(path.name for path in (small_home.landing / feed_id).iterdir())
    [(name, size, _)] = look(small_home).complete[feed_id]
    assert name == f"{feed_id}/{feed_id.removeprefix('town__')}_20260302.csv" and size > 0
    assert sorted(path.name for path in (small_home.landing / feed_id).iterdir()) == before


@pytest.mark.parametrize("feed_id", WAYS)
def test_an_unfinished_one_is_not(small_home, feed_id):
    drop(small_home, feed_id, finished=False, age=0)
    assert look(small_home).complete == {}


def test_one_that_is_written_again_is_another(small_home):
    drop(small_home, NOTICES)
    first = look(small_home)
    assert look(small_home) == first
    drop(small_home, NOTICES, age=30)
    assert look(small_home).complete[NOTICES] != first.complete[NOTICES]


def test_a_feed_without_contract_or_with_a_broken_one_stops_no_other(small_home, tmp_path):
    drop(small_home, NOTICES)
    for feed_id in ("town__strangers", LODGERS):
        drop(small_home, feed_id)
    (tmp_path / "feeds" / "town" / "lodgers.yaml").write_text("id: [", encoding="utf-8")
    assert set(look(small_home).complete) == {NOTICES}


def test_a_contract_is_read_again_when_it_changed(small_home, tmp_path):
    drop(small_home, NOTICES)
    assert look(small_home).complete
    contract = tmp_path / "feeds" / "town" / "notices.yaml"
    contract.write_text(
        contract.read_text(encoding="utf-8").replace("stable_seconds: 5", "stable_seconds: 9999"), encoding="utf-8"
    )
    os.utime(contract, (1, 1))
    assert look(small_home).complete == {}


def test_what_is_let_in_waits_for_a_release(small_home, monkeypatch):
    drop(small_home, LODGERS)
    assert look(small_home).unpublished == frozenset()
    [result] = take(LODGERS, small_home, steps=standins())
    assert look(small_home) == Look({}, frozenset({result.batch_id}))
    read = []
    monkeypatch.setattr(watching, "_unpublished", lambda *state: read.append(state) or frozenset())
    look(small_home)
    (small_home.releases / "2026-03-02.01").mkdir(parents=True)
    look(small_home)
    assert len(set(read)) == 2  # a new release is another state, so the lake is asked again
