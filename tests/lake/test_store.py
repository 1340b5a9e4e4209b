"""The lake: what is listed is seen, reruns replace, writers of a shared table neither conflict nor lose."""

from __future__ import annotations

import os
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
import yaml

from schemas.contract import load_contract
from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import record_history_table
from tests.faults import days
from tests.small import LODGERS, TOWER, VISITS
from transforms.lake.release_files import link_table
from transforms.lake.store import Lake

HISTORY = f"record_history.{LODGERS}"
DAY = date(2026, 3, 2)
ONE, TWO, THREE = "a" * 16, "b" * 16, "c" * 16


def let_in(lake: Lake, batch_id: str, minute: int, *, status: str = "loaded", feed_id: str = LODGERS) -> None:
    lake.commit(
        {
            "batch_id": batch_id,
            "feed_id": feed_id,
            "delivered_on": DAY,
            "known_on": DAY,
            "status": status,
            "committed_at": datetime(2026, 3, 2, 9, minute),
        }
    )


def rows(*numbers: int) -> pl.DataFrame:
    return pl.DataFrame({"record_id": [f"L{number}" for number in numbers], "operation": "insert"})


def seen(lake: Lake, table: str = HISTORY) -> list[str]:
    return lake.read(table)["record_id"].to_list()


def test_rows_are_seen_once_their_batch_is_listed(small_home: Home) -> None:
    lake = Lake(small_home)
    lake.write_batch(HISTORY, rows(1), LODGERS, ONE)
    assert seen(lake) == [] and lake.files(HISTORY) == []
    let_in(lake, ONE, 1)
    assert seen(lake) == ["L1"] and len(lake.files(HISTORY)) == 1


def test_a_rerun_replaces_what_an_earlier_try_left(small_home: Home) -> None:
    lake = Lake(small_home)
    lake.write_batch(HISTORY, rows(1, 2, 3), LODGERS, ONE)
    lake.write_batch(HISTORY, rows(9), LODGERS, TWO)
    lake.write_batch(HISTORY, rows(1), LODGERS, ONE)
    let_in(lake, ONE, 1)
    let_in(lake, TWO, 2)
    assert seen(lake) == ["L1", "L9"]
    lake.write_batch(HISTORY, rows(), LODGERS, ONE)
    assert seen(lake) == ["L9"]


def test_rows_come_in_the_order_their_batches_were_let_in(small_home: Home) -> None:
    lake = Lake(small_home)
    for batch_id, minute in ((TWO, 1), (THREE, 2), (ONE, 3)):
        lake.write_batch(HISTORY, rows(minute), LODGERS, batch_id)
        let_in(lake, batch_id, minute)
    assert seen(lake) == ["L1", "L2", "L3"]
    assert lake.listed(LODGERS)["batch_id"].to_list() == [TWO, THREE, ONE]


def test_a_refused_batch_is_told_of_but_not_in(small_home: Home) -> None:
    lake = Lake(small_home)
    for table in (HISTORY, "quality.quarantine"):
        frame = rows(1) if table == HISTORY else pl.DataFrame({"rule": ["wrong_type"], "row_number": [2]})
        lake.write_batch(table, frame, LODGERS, ONE)
    assert lake.read("quality.quarantine").is_empty()
    let_in(lake, ONE, 1, status="refused")
    assert lake.listed().is_empty() and lake.batch_rows()["batch_id"].to_list() == [ONE]
    assert seen(lake) == [] and lake.read("quality.quarantine", ["rule"])["rule"].to_list() == ["wrong_type"]
    let_in(lake, ONE, 2, status="accepted")
    assert seen(lake) == ["L1"] and lake.batch_rows().height == 1


def test_a_pinned_lake_does_not_see_later_batches(small_home: Home) -> None:
    lake = Lake(small_home)
    lake.write_batch(HISTORY, rows(1), LODGERS, ONE)
    let_in(lake, ONE, 1)
    pinned = lake.pinned()
    lake.write_batch(HISTORY, rows(2), LODGERS, TWO)
    let_in(lake, TWO, 2)
    assert seen(pinned) == ["L1"] and seen(lake) == ["L1", "L2"]


def test_shared_tables_are_read_feed_by_feed(small_home: Home) -> None:
    lake = Lake(small_home)
    for feed_id, batch_id in ((LODGERS, ONE), (VISITS, TWO)):
        lake.write_batch("quality.quarantine", pl.DataFrame({"rule": ["wrong_type"]}), feed_id, batch_id)
        let_in(lake, batch_id, 1, feed_id=feed_id)
    assert lake.read("quality.quarantine", feed_id=VISITS)["batch_id"].to_list() == [TWO]
    assert lake.read("quality.quarantine").height == 2


def test_a_table_never_written_is_empty_with_its_columns(home: Home) -> None:
    frame = Lake(home).read("address.unit")
    assert frame.is_empty() and {"unit_code", "building_code", "room"} <= set(frame.columns)
    assert not Lake(home).has("address.unit") and Lake(home).version("address.unit") is None
    assert not home.lake.exists()


def test_a_replaced_table_is_replaced_whole(small_home: Home) -> None:
    lake = Lake(small_home)
    before = lake.version("address.building")
    lake.replace("address.building", pl.DataFrame({"building_code": [TOWER], "floors": [6]}))
    assert lake.read("address.building", ["building_code", "floors"]).rows() == [(TOWER, 6)]
    assert lake.version("address.building") == (before or 0) + 1
    assert len(lake.files("address.building")) == 1 and len(lake.files("address.building", before)) == 1
    assert lake.tables() == ["address.area", "address.building", "address.journal", "address.unit"]


def test_a_contract_that_gains_a_column_reads_old_and_new_rows(small_home: Home, tmp_path: Path) -> None:
    lake = Lake(small_home)
    lake.write_batch(HISTORY, rows(1), LODGERS, ONE)
    path = tmp_path / "feeds" / "town" / "lodgers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["schema"][0]["properties"].append({"name": "pets", "physicalName": "pets", "businessName": "宠物"})
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    lake.write_batch(HISTORY, rows(2).with_columns(pets=pl.lit("cat")), LODGERS, TWO)
    let_in(lake, ONE, 1)
    let_in(lake, TWO, 2)
    assert lake.read(HISTORY, ["record_id", "pets"]).rows() == [("L1", None), ("L2", "cat")]


OLD, NEW = [date(2026, 1, 5), None], ["since spring", "2026-02-01"]


@pytest.mark.parametrize(
    ("before", "after", "old", "new", "read"),
    [
        ("date", "string", OLD, NEW, ["2026-01-05", None, *NEW]),
        ("string", "date", NEW, OLD, [None, date(2026, 2, 1), *OLD]),
        ("integer", "string", [7], ["007"], ["7", "007"]),
        ("string", "integer", ["7", "7.0", "7.5", "x"], [1], [7, 7, None, None, 1]),
        ("number", "integer", [7.0, 7.5], [1], [7, None, 1]),
        ("integer", "number", [7], [1.5], [7.0, 1.5]),
        ("number", "string", [1.5], ["x"], ["1.5", "x"]),
        ("string", "number", ["1.5", "x"], [2.0], [1.5, None, 2.0]),
        ("integer", "date", [20260105, 7], [DAY], [date(2026, 1, 5), None, DAY]),
        ("date", "integer", [DAY], [1], [20260302, 1]),
    ],
)
def test_a_contract_that_changes_a_type_reads_old_rows_in_the_new_one(
    small_home: Home, tmp_path: Path, before: str, after: str, old: list[object], new: list[object], read: list[object]
) -> None:
    lake = Lake(small_home)
    path = tmp_path / "feeds" / "town" / "lodgers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    document["schema"][0]["properties"].append({"name": "told", "physicalName": "told", "businessName": "所述"})
    for minute, (kind, values, batch_id) in enumerate(((before, old, ONE), (after, new, TWO))):
        document["schema"][0]["properties"][-1]["logicalType"] = kind
        path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
        os.utime(path, (minute, minute))
        let_in(lake, batch_id, minute)
        if minute:
            # Read before anything is written in the new type, as publish may.
            assert lake.read(HISTORY, ["told"])["told"].to_list() == read[: len(old)]
        frame = rows(*range(len(values))).with_columns(told=pl.Series(values))
        lake.write_batch(HISTORY, frame, LODGERS, batch_id)
    assert lake.read(HISTORY, ["told"])["told"].to_list() == read
    table = record_history_table(load_contract(path))
    (tmp_path / "release").mkdir()
    files = link_table(table, lake.files(HISTORY), tmp_path / "release")
    frames = [pl.read_parquet(tmp_path / "release" / file.path) for file in files]
    assert pl.concat(frames)["told"].to_list() == read
    lake.write_batch(HISTORY, rows(9).with_columns(told=pl.lit(None)), LODGERS, ONE)
    assert lake.read(HISTORY, ["told"])["told"].to_list() == [None, *new]


def test_a_feed_of_many_columns_is_seen_too(small_home: Home, tmp_path: Path) -> None:
    """The log of Delta tells the least and greatest of the first 32 columns alone, unless it is asked for others."""
    path = tmp_path / "feeds" / "town" / "lodgers.yaml"
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    extra = [{"name": f"extra_{n}", "physicalName": f"e{n}", "businessName": f"附加{n}"} for n in range(40)]
    document["schema"][0]["properties"] += extra
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    lake = Lake(small_home)
    for minute, batch_id in enumerate((TWO, ONE)):
        lake.write_batch(HISTORY, rows(minute), LODGERS, batch_id)
        let_in(lake, batch_id, minute)
    assert seen(lake) == ["L0", "L1"]


@pytest.mark.parametrize("table", ["batch", "quality.batch; drop", "Quality.batch", "../x.y", "a.b.c"])
def test_a_name_that_is_no_table_is_wrong_usage(home: Home, table: str) -> None:
    with pytest.raises(UsageError, match="no table"):
        Lake(home).path(table)


def test_tables_are_written_their_own_way(small_home: Home) -> None:
    lake = Lake(small_home)
    with pytest.raises(UsageError, match="batch by batch"):
        lake.replace(HISTORY, rows(1))
    with pytest.raises(UsageError, match="not written batch by batch"):
        lake.write_batch("address.unit", rows(1), LODGERS, ONE)
    with pytest.raises(UsageError, match="no batch"):
        lake.write_batch(HISTORY, rows(1), LODGERS, "x' OR '1'='1")


def _write_many(home: Home, feed_id: str, letters: str) -> None:
    lake = Lake(home)
    for minute, letter in enumerate(letters):
        lake.write_batch("quality.quarantine", pl.DataFrame({"rule": ["wrong_type"]}), feed_id, letter * 16)
        let_in(lake, letter * 16, minute, feed_id=feed_id)


def test_feeds_that_write_a_shared_table_at_once_lose_nothing(small_home: Home) -> None:
    start = days.context().Barrier(2)
    writers = [
        days.child(_write_many, small_home, feed_id, letters, start=start)
        for feed_id, letters in ((LODGERS, "abcdef"), (VISITS, "ghijkl"))
    ]
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    lake = Lake(small_home)
    assert sorted(lake.read("quality.quarantine")["batch_id"]) == [letter * 16 for letter in "abcdefghijkl"]
    assert lake.listed().height == 12


def test_batches_are_gathered_into_few_files_and_stay_as_they_are(home: Home) -> None:
    from transforms.lake.letters import letters_of
    from transforms.lake.store import MOST_BATCH_FILES

    lake = Lake(home)
    for number in range(MOST_BATCH_FILES + 2):
        moment = datetime(2026, 3, 2) + timedelta(seconds=number)
        lake.commit(
            {"batch_id": letters_of(str(number)), "feed_id": "a__b", "status": "loaded", "committed_at": moment}
        )
    lake.commit({"batch_id": letters_of("7"), "feed_id": "a__b", "status": "refused", "committed_at": moment})
    assert lake._actions("quality.batch").height < 5
    assert lake.batch_rows().height == MOST_BATCH_FILES + 2
    assert lake.listed()["batch_id"].to_list() == [
        letters_of(str(number)) for number in range(MOST_BATCH_FILES + 2) if number != 7
    ]
