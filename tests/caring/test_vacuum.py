from __future__ import annotations

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.home import Home
from tests.resolving.town import DAY3, POLICE, TOWER, VILLAGE, at, change, fill, key
from transforms.caring.vacuum import vacuum
from transforms.lake import edition
from transforms.lake.release import releases
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest, verify_release
from transforms.lake.store import Lake
from transforms.publish import publish

HISTORY = f"record_history.{POLICE}"


def another_day(home: Home, number: int) -> None:
    day = DAY3 + timedelta(days=number)
    fill(home, **{POLICE: [change(f"RK{number + 10}", day, person_key=key("n"), **at(VILLAGE, 2))]})


def rewritten(home: Home, table: str = "quality.note") -> Lake:
    """A table written twice whole: the first file is one nobody needs."""
    lake = Lake(home)
    lake.replace(table, pl.DataFrame({"text": ["before"]}))
    lake.replace(table, pl.DataFrame({"text": ["now"]}))
    return lake


def test_a_reader_is_unharmed_by_ten_publishes_and_a_vacuum(police_home: Home) -> None:
    first = publish(police_home).path
    con = duckdb.connect()
    con.execute((first / "baseboard-person.sql").read_text(encoding="utf-8"))
    before = con.sql(f"SELECT record_id, person_key FROM record_history.{POLICE} ORDER BY ALL").fetchall()
    pinned = Lake(police_home).pinned()
    frame, seen = pinned.scan(HISTORY), pinned.read(HISTORY)
    for number in range(10):
        another_day(police_home, number)
        publish(police_home)
    assert len(releases(police_home)) == 11
    vacuum(police_home)
    assert_frame_equal(frame.collect(), seen)
    vacuum(police_home, grace_hours=0)
    assert con.sql(f"SELECT record_id, person_key FROM record_history.{POLICE} ORDER BY ALL").fetchall() == before
    verify_release(first)
    verify_release(police_home.releases / releases(police_home)[-1])
    another_day(police_home, 20)
    assert publish(police_home).changed


def test_what_nobody_needs_goes_after_the_grace_period_and_not_before(police_home: Home) -> None:
    lake = rewritten(police_home)
    folder = lake.path("quality.note")
    assert len(list(folder.glob("*.parquet"))) == 2
    assert not [one for one in vacuum(police_home) if one.table == "quality.note"]
    told = [one for one in vacuum(police_home, grace_hours=0, dry_run=True) if one.table == "quality.note"]
    assert [(one.files, one.bytes > 0) for one in told] == [(1, True)]
    assert len(list(folder.glob("*.parquet"))) == 2, "a dry run removes nothing"
    vacuum(police_home, grace_hours=0)
    assert len(list(folder.glob("*.parquet"))) == 1
    assert lake.read("quality.note")["text"].to_list() == ["now"]
    assert vacuum(police_home, grace_hours=0) == []


def test_what_a_killed_write_left_goes(police_home: Home) -> None:
    stray = Lake(police_home).path(HISTORY) / "part-00000-killed.parquet"
    pl.DataFrame({"record_id": ["x"]}).write_parquet(stray)
    vacuum(police_home, grace_hours=0)
    assert not stray.exists()


@pytest.mark.parametrize("is_used", [True, False])
def test_a_library_keys_stand_on_can_still_be_read(town_home: Home, *, is_used: bool) -> None:
    from transforms.addressing.library import AddressLibrary

    lake = Lake(town_home)
    old = AddressLibrary.open(town_home).version
    edition.note(lake, old, edition.versions_of(edition.written_now(lake)))
    row = lake.batch_row(lake.listed(POLICE)["batch_id"][0])
    assert row is not None
    lake.commit({**row, "library_version": old if is_used else None})
    lake.replace("address.building", lake.read("address.building").with_columns(name=pl.lit("改名")))
    new = AddressLibrary.open(town_home).version
    edition.note(lake, new, edition.versions_of(edition.written_now(lake)))
    vacuum(town_home, grace_hours=0)
    assert (edition.library_of(lake, old) is not None) is is_used
    assert AddressLibrary.open(town_home).version == new


def test_nothing_goes_while_a_release_lacks_a_file(town_home: Home) -> None:
    release = town_home.releases / releases(town_home)[0]
    lake = rewritten(town_home)
    lost = release / read_manifest(release).tables[HISTORY].files[0].path
    lost.unlink()
    with pytest.raises(ReleaseDamaged, match=HISTORY.split(".")[1]):
        vacuum(town_home, grace_hours=0)
    assert len(list(lake.path("quality.note").glob("*.parquet"))) == 2


def test_the_batch_of_a_day_is_named_once(town_home: Home) -> None:
    """A load after a vacuum writes over its own batch as before."""
    vacuum(town_home, grace_hours=0)
    fill(town_home, **{POLICE: [change("RK1", date(2026, 3, 2), person_key=key("z"), **at(TOWER, 1))]})
    rows = Lake(town_home).read(HISTORY).filter(pl.col("delivered_on") == date(2026, 3, 2))
    assert rows["person_key"].to_list() == [key("z")]
