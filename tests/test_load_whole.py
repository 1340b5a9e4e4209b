"""The whole way with the real neighbours: reading, cleaning, keying and the gate of Great Expectations."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.home import Home
from tests.small import LODGERS, ROOMS, TOWER, deliver, lodger
from transforms.lake.fold import current_state
from transforms.lake.store import Lake
from transforms.load import load_files

FIRST, SECOND, THIRD = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


@pytest.mark.slow
def test_three_days_of_a_feed(small_home: Home, tmp_path: Path) -> None:
    lines = [lodger(number, room=number % 6 + 1) for number in range(1, 41)]
    first = load_files(LODGERS, [deliver(tmp_path, LODGERS, FIRST, [*lines, lodger(41, room=None)])], None, small_home)
    assert first.status == "loaded" and first.counts["inserted"] == 41
    assert first.counts["keyed_unit"] == 40 and first.counts["unkeyed"] == 1

    broken = lodger(40, since="2026-02-30")
    second = load_files(
        LODGERS,
        [deliver(tmp_path, LODGERS, SECOND, [lodger(1, room=2, colour="blue"), *lines[1:39], broken])],
        None,
        small_home,
    )
    assert second.status == "loaded"
    assert {name: second.counts[name] for name in ("updated", "unchanged", "quarantined", "deleted")} == {
        "updated": 1,
        "unchanged": 38,
        "quarantined": 1,  # number 40: its good version of the first day stands
        "deleted": 1,  # number 41
    }
    third = load_files(LODGERS, [deliver(tmp_path, LODGERS, THIRD, lines[:10])], None, small_home)
    assert (third.status, third.rule) == ("refused", "row_drop")

    lake = Lake(small_home)
    state = current_state(lake.scan(f"record_history.{LODGERS}")).collect()
    assert state.height == 40 and state["record_id"].is_unique().all()
    assert state.filter(pl.col("record_id") == "L0001").select("colour", "unit_code").row(0) == (
        "blue",
        f"{TOWER}000002",
    )
    rooms = {row["place"]: ROOMS[row["unit_code"]] for row in state.iter_rows(named=True)}
    assert all(place.endswith(room) for place, room in rooms.items())
    assert lake.read("quality.quarantine").select("row_number", "rule").rows() == [(41, "impossible_date")]
    assert lake.read("quality.reconciliation")["is_balanced"].to_list() == [True, True, True]
    assert set(lake.read("quality.validation")["batch_id"]) == {first.batch_id, second.batch_id, third.batch_id}
    assert lake.read("quality.match_rate")["records"].sum() == 42
    assert "客人" not in str(lake.read(f"record_history.{LODGERS}").to_dicts())
