from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import load_tables
from transforms.caring.compact import compact
from transforms.caring.vacuum import vacuum
from transforms.lake import store
from transforms.lake.letters import letters_of
from transforms.lake.store import ABOUT_BATCHES, BATCH, Lake

LINES, DAY = "quality.reconciliation", date(2026, 3, 2)
EMPTY = dict.fromkeys(load_tables()[BATCH].column_names)


@pytest.fixture(autouse=True)
def merged_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "MERGED_FROM", 4)


def let_in(lake: Lake, number: int, *, committed: bool = True, received: int = 1) -> str:
    """One batch's line, as a load writes it; without its row in quality.batch, as a killed one leaves it."""
    batch, day = letters_of(str(number)), DAY + timedelta(days=number)
    line = pl.DataFrame({"gate": ["load"], "received": [received], "delivered_on": [day]})
    lake.write_batch(LINES, line, f"town__{number % 2}", batch)
    if committed:
        moment = datetime(2026, 3, 9, number)
        row = {"batch_id": batch, "feed_id": f"town__{number % 2}", "status": "loaded", "committed_at": moment}
        lake.commit({**EMPTY, **row, "delivered_on": day})
    return batch


def rows(lake: Lake, table: str = LINES) -> pl.DataFrame:
    return lake.read(table).sort("batch_id")


def test_fewer_files_hold_the_same_rows(home: Home) -> None:
    lake = Lake(home)
    for number in range(6):
        let_in(lake, number)
    killed = let_in(lake, 7, committed=False)
    before, batches, one_feed = rows(lake), rows(lake, BATCH), lake.read(LINES, feed_id="town__1").height
    pinned = lake.pinned()
    told = {one.table: (one.before, one.after) for one in compact(home)}
    assert told == {LINES: (7, 2), BATCH: (6, 1)}
    assert compact(home) == []
    assert_frame_equal(rows(lake), before)
    assert_frame_equal(rows(lake, BATCH), batches)
    assert lake.read(LINES, feed_id="town__1").height == one_feed
    assert killed not in rows(lake)["batch_id"].to_list(), "what a killed load left stays unseen"
    let_in(lake, 7)
    assert rows(lake).height == 7
    assert_frame_equal(rows(pinned), before)
    vacuum(home, grace_hours=0)
    assert_frame_equal(rows(pinned), before)


def test_a_batch_in_a_merged_file_is_still_written_over_alone(home: Home) -> None:
    lake = Lake(home)
    batches = [let_in(lake, number) for number in range(6)]
    compact(home)
    let_in(lake, 2, received=9)
    assert dict(rows(lake).select("batch_id", "received").iter_rows()) == {
        batch: 9 if number == 2 else 1 for number, batch in enumerate(batches)
    }
    lake.write_batch(LINES, rows(lake).clear().drop("batch_id"), "town__0", batches[4])
    assert set(rows(lake)["batch_id"]) == {*batches} - {batches[4]}


def test_a_reader_of_earlier_batches_sees_those_alone(home: Home) -> None:
    lake = Lake(home)
    for number in range(3):
        let_in(lake, number)
    pinned = lake.pinned()
    before = rows(pinned)
    for number in range(3, 6):
        let_in(lake, number)
    compact(home)
    assert_frame_equal(rows(pinned), before)
    assert rows(lake).height == 6


def test_histories_are_never_merged(home: Home) -> None:
    with pytest.raises(UsageError, match="not merged"):
        Lake(home).merge_batches("record_history.police__residents")
    assert {BATCH, *ABOUT_BATCHES} == {name for name in load_tables() if name in {BATCH, *ABOUT_BATCHES}}
