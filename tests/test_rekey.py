"""Keying again: who is touched, what is written, and that nothing else moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.home import Home
from tests.small import LODGERS, ROOMS, TOWER, VISITS, deliver, lodger, standins
from transforms.addressing.key import key_addresses
from transforms.keying import KEYED
from transforms.lake.fold import current_state
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.rekey import rekey
from transforms.steps import Steps, open_library

DAY1, DAY2, DAY3 = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
NEW = "4403040010010100003"


def steps() -> Steps:
    """Neighbours in miniature, but the real library and the real keying."""
    return replace(standins(), open_library=open_library, key=key_addresses)


def load(home: Home, folder: Path, day: date, lines: list[str], feed: str = LODGERS) -> LoadResult:
    return load_files(feed, [deliver(folder / str(day), feed, day, lines)], day, home, steps=steps())


def lodgers(count: int, *, colour: str = "red") -> list[str]:
    """Number n lives in room n of the tower."""
    return [lodger(number, room=number, colour=colour) for number in range(1, count + 1)]


def cancel_room(home: Home, number: int) -> None:
    lake = Lake(home)
    code = f"{TOWER}{number:06}"
    unit = lake.read("address.unit").with_columns(
        status=pl.when(pl.col("unit_code") == code).then(pl.lit("cancelled")).otherwise("status")
    )
    lake.replace("address.unit", unit)


def add_house(home: Home) -> None:
    """和平里3栋 stands up beside the tower."""
    lake = Lake(home)
    building = lake.read("address.building")
    like = building.filter(pl.col("building_code") == TOWER)
    new = like.with_columns(
        building_code=pl.lit(NEW), name=pl.lit("和平里3栋"), estate_number=pl.lit("3栋"), road_number=pl.lit("12号")
    )
    lake.replace("address.building", pl.concat([building, new]))


def current(home: Home, feed: str = LODGERS, day: date | None = None) -> pl.DataFrame:
    return current_state(Lake(home).scan(f"record_history.{feed}"), day).sort("record_id").collect()


def test_only_the_record_of_the_changed_room_is_keyed_again(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(6))
    before = current(small_home)
    assert before["unit_code"].to_list() == list(ROOMS)
    cancel_room(small_home, 2)

    (done,) = rekey(small_home, steps=steps())

    assert (done.feed_id, done.records, done.touched, done.changed, done.is_whole) == (LODGERS, 6, 1, 1, False)
    after = current(small_home)
    assert after["unit_code"].to_list() == [None if code.endswith("000002") else code for code in ROOMS]
    again = after.row(1, named=True)
    assert (again["operation"], again["match_level"], again["building_code"]) == ("rekey", "building", TOWER)
    # What was delivered stays as it was delivered, the others stay whole.
    delivered = [name for name in before.columns if name not in {*KEYED, "operation", "batch_id", "keyed_on"}]
    assert after.select(delivered).equals(before.select(delivered))
    assert after[[0, 2, 3, 4, 5]].equals(before[[0, 2, 3, 4, 5]])


def test_a_new_house_is_found_by_who_asked_for_it(small_home: Home, tmp_path: Path) -> None:
    lines = [*lodgers(2), "L0009,客人甲,和平里3栋,2026-01-05,red"]
    load(small_home, tmp_path, DAY1, lines)
    assert current(small_home)["building_code"].to_list() == [TOWER, TOWER, None]
    add_house(small_home)
    (done,) = rekey(small_home, steps=steps())
    assert (done.touched, done.changed) == (1, 1)
    assert current(small_home)["building_code"].to_list() == [TOWER, TOWER, NEW]


def test_a_second_time_there_is_nothing_to_do_and_a_whole_rekey_finds_nothing(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(6))
    assert rekey(small_home, steps=steps()) == []
    cancel_room(small_home, 2)
    assert len(rekey(small_home, steps=steps())) == 1
    batches = Lake(small_home).batch_rows()
    assert rekey(small_home, steps=steps()) == []
    assert rekey(small_home, steps=steps(), whole=True) == []
    assert Lake(small_home).batch_rows().equals(batches)


def test_a_change_that_touches_nobody_is_noted_once(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(2))
    cancel_room(small_home, 6)
    (done,) = rekey(small_home, steps=steps())
    assert (done.touched, done.changed) == (0, 0)
    assert rekey(small_home, steps=steps()) == []


def test_every_record_keyed_again_is_counted_once(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(6))
    cancel_room(small_home, 2)
    (done,) = rekey(small_home, steps=steps())
    lake = Lake(small_home)
    mine = pl.col("batch_id") == done.batch_id
    line = lake.read("quality.reconciliation").filter(mine).row(0, named=True)
    assert line["is_balanced"]
    assert (line["gate"], line["received"], line["updated"], line["unchanged"]) == ("rekey", 1, 1, 0)
    assert (line["loaded"], line["keyed_building"]) == (1, 1)
    rates = lake.read("quality.match_rate").filter(mine)
    assert rates.select("match_level", "records").rows() == [("building", 1)]
    batch = lake.batch_row(done.batch_id)
    assert batch is not None
    assert (batch["status"], batch["mode"], batch["delivered_on"]) == ("rekeyed", "rekey", DAY1)


def test_unchanged_rows_of_the_next_snapshot_keep_the_corrected_key(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(6))
    cancel_room(small_home, 2)
    rekey(small_home, steps=steps())
    result = load(small_home, tmp_path, DAY2, [*lodgers(6), lodger(7, room=1)])
    assert (result.counts["unchanged"], result.counts["inserted"]) == (6, 1)
    assert current(small_home)["unit_code"].to_list()[:2] == [f"{TOWER}000001", None]


def test_unchanged_rows_are_keyed_again_when_the_library_changed_between_two_snapshots(
    small_home: Home, tmp_path: Path
) -> None:
    load(small_home, tmp_path, DAY1, lodgers(6))
    cancel_room(small_home, 2)
    result = load(small_home, tmp_path, DAY2, [*lodgers(5), lodger(6, room=6, colour="blue")])
    assert (result.counts["unchanged"], result.counts["updated"]) == (5, 1)
    (done,) = rekey(small_home, steps=steps())
    assert (done.touched, done.changed) == (1, 1)
    assert current(small_home)["unit_code"][1] is None
    assert rekey(small_home, steps=steps(), whole=True) == []


def test_a_late_snapshot_and_what_it_restores_are_keyed_to_the_library_of_today(
    small_home: Home, tmp_path: Path
) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    load(small_home, tmp_path, DAY3, lodgers(3))
    cancel_room(small_home, 2)
    # A late day that says otherwise of 2: the rows it restores on the third day were keyed before the room went.
    load(small_home, tmp_path, DAY2, lodgers(3, colour="blue"))
    rekey(small_home, steps=steps())
    assert current(small_home)["unit_code"].to_list() == [f"{TOWER}000001", None, f"{TOWER}000003"]
    assert current(small_home)["colour"].to_list() == ["red"] * 3
    assert current(small_home, day=DAY2)["colour"].to_list() == ["blue"] * 3
    assert rekey(small_home, steps=steps(), whole=True) == []


def test_feeds_are_keyed_again_apart(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    cancel_room(small_home, 2)
    load(small_home, tmp_path, DAY1, lodgers(3), VISITS)  # keyed to the library as it is now
    assert [done.feed_id for done in rekey(small_home, steps=steps())] == [LODGERS]
    assert current(small_home, VISITS)["unit_code"].to_list() == [f"{TOWER}000001", None, f"{TOWER}000003"]


def test_a_changed_area_touches_everything(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    lake = Lake(small_home)
    lake.replace(
        "address.area", lake.read("address.area").with_columns(pl.col("name").str.replace("和平社区", "平和社区"))
    )
    (done,) = rekey(small_home, steps=steps())
    assert (done.is_whole, done.touched) == (True, 3)


def test_a_library_that_cannot_be_read_again_means_all_records(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    for path in (small_home.lake / ".editions").iterdir():
        path.unlink()
    cancel_room(small_home, 2)
    (done,) = rekey(small_home, steps=steps())
    assert (done.is_whole, done.touched, done.changed) == (True, 3, 1)


def test_a_killed_rekey_run_again_writes_the_same_batch(
    small_home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    before = current(small_home)
    cancel_room(small_home, 2)

    def die(lake: Lake, row: dict[str, object]) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(Lake, "commit", die)
        with pytest.raises(KeyboardInterrupt):
            rekey(small_home, steps=steps())
    assert current(small_home).equals(before)
    (done,) = rekey(small_home, steps=steps())
    history = Lake(small_home).read(f"record_history.{LODGERS}")
    assert history.filter(pl.col("batch_id") == done.batch_id).height == 1
    assert history.select("record_id", "delivered_on", "batch_id").is_unique().all()


def test_a_library_changed_back_gives_the_old_keys_back(small_home: Home, tmp_path: Path) -> None:
    load(small_home, tmp_path, DAY1, lodgers(3))
    units = Lake(small_home).read("address.unit")
    cancel_room(small_home, 2)
    rekey(small_home, steps=steps())
    Lake(small_home).replace("address.unit", units)
    (done,) = rekey(small_home, steps=steps())
    assert done.changed == 1
    assert current(small_home)["unit_code"].to_list() == list(ROOMS)[:3]


def test_who_no_longer_says_a_word_keeps_the_key(small_home: Home, tmp_path: Path) -> None:
    """A contract may name its address column otherwise since: rows delivered before hold nothing under the new name."""
    load(small_home, tmp_path, DAY1, lodgers(3))
    lake = Lake(small_home)
    (batch,) = lake.listed()["batch_id"]
    lake.write_batch(
        f"record_history.{LODGERS}", current(small_home).with_columns(place=pl.lit(None, pl.String)), LODGERS, batch
    )
    cancel_room(small_home, 2)
    (done,) = rekey(small_home, steps=steps(), whole=True)
    assert (done.touched, done.changed) == (0, 0)
    assert current(small_home)["unit_code"].to_list() == list(ROOMS)[:3]
