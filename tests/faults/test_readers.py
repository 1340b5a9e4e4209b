"""Who reads while others write: a reader across ten publishes, two publishers, a file that is not what was written."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.home import Home
from tests.faults import stories
from tests.faults.report import Told
from tests.resolving import town
from tests.resolving.town import DAY3, POLICE, TOWER, at, change, key
from transforms import publish as publishing
from transforms.caring.vacuum import vacuum
from transforms.lake.baseboard import DATABASE, PERSON_SQL
from transforms.lake.release import releases
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest, verify_release
from transforms.lake.store import Lake
from transforms.publish import publish

PUBLISHES = 10


@pytest.fixture
def town_home(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("BLOCKDATA_FEEDS", str(stories.write_feeds("town", tmp_path / "feeds")))
    monkeypatch.setattr(publishing, "judge", stories.nothing_said)
    stories.before_publish(home)
    return home


def deliver_one(home: Home, number: int) -> None:
    day = DAY3 + timedelta(days=number)
    town.fill(home, **{POLICE: [change(f"RN{number}", day, person_key=key("n"), **at(TOWER, 2))]})


@pytest.mark.fault("a reader open across publishes", "ten publishes and a vacuum that spares nothing young")
@pytest.mark.at_length
def test_a_reader_across_ten_publishes(
    town_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: Told
) -> None:
    """It goes on answering from the release it opened, in both profiles; new readers see the newest."""
    first = publish(town_home).path
    monkeypatch.chdir(tmp_path)
    with duckdb.connect(str(first / DATABASE), read_only=True) as place, duckdb.connect() as person:
        person.execute((first / PERSON_SQL).read_text())
        asked: list[tuple[Any, str]] = [
            (place, "SELECT * FROM block.building ORDER BY ALL"),
            (person, "SELECT * FROM population.residence ORDER BY ALL"),
            (person, f"SELECT * FROM record_history.{POLICE} ORDER BY ALL"),
        ]
        before = [con.execute(query).fetchall() for con, query in asked]
        assert all(before)
        for number in range(1, PUBLISHES + 1):
            Lake(town_home).replace("address.unit", Lake(town_home).read("address.unit"))  # the old file may go
            deliver_one(town_home, number)
            assert publish(town_home).changed
            assert [con.execute(query).fetchall() for con, query in asked] == before, f"after publish {number}"
            if number == PUBLISHES // 2:
                vacuum(town_home, grace_hours=0)
        swept = vacuum(town_home, grace_hours=0)
        assert sum(one.files for one in swept) and not vacuum(town_home, grace_hours=0)
        assert [con.execute(query).fetchall() for con, query in asked] == before, "after the vacuum"
        now = town_home.current_release
        assert now is not None and verify_release(now)
        with duckdb.connect(str(now / DATABASE), read_only=True) as fresh:
            assert fresh.execute("SELECT * FROM block.building").fetchall()
    deliver_one(town_home, PUBLISHES + 1)
    assert publish(town_home).changed, "what a publish goes on from is all there"
    for name in releases(town_home):
        verify_release(town_home.releases / name)
    assert town_home.current_release is not None and len(releases(town_home)) == PUBLISHES + 2
    told("ten publishes, two vacuums with --grace-hours 0", PUBLISHES + 2, "nothing: the same answers")


def flip(path: Path) -> None:
    """Turns one bit in the middle over, in the very blocks all links name; its times stay, as on a bad disk."""
    times = path.stat()
    with path.open("r+b") as file:
        file.seek(times.st_size // 2)
        (byte,) = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 0b100]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.fault("a flipped bit", "a file of the release that serves")
def test_a_flipped_bit_in_a_release(town_home: Home, told: Told) -> None:
    """Every file of it in turn: the check names it."""
    from serving.doctor import examine

    release = publish(town_home).path
    files = [path for path in sorted(release.rglob("*.parquet")) if path.stat().st_size]
    said = ""
    for path in (*files, release / DATABASE):
        flip(path)
        with pytest.raises(ReleaseDamaged) as damaged:
            verify_release(release)
        assert path.relative_to(release).as_posix() in str(damaged.value)
        said = str(damaged.value)
        flip(path)
    verify_release(release)
    flip(files[0])
    (check,) = [check for check in examine(town_home) if check.name == "release"]
    assert check.state == "bad" and files[0].name in check.what, check
    told("each file of the release that serves; `blockdata doctor` says it", len(files) + 1, said)


@pytest.mark.fault("a flipped bit", "a file a publish goes on from")
@pytest.mark.parametrize(
    "table",
    [
        "address.building",
        pytest.param("population.claim", marks=pytest.mark.at_length),
        pytest.param(f"record_history.{POLICE}", marks=pytest.mark.at_length),
    ],
)
def test_a_flipped_bit_is_not_taken_over(town_home: Home, told: Told, table: str) -> None:
    """Neither linked into the next release nor read for it: the publish ends before anything is served."""
    first = publish(town_home)
    deliver_one(town_home, 1)
    path = first.path / read_manifest(first.path).tables[table].files[0].path
    flip(path)
    with pytest.raises(ReleaseDamaged) as damaged:
        publish(town_home)
    assert path.name in str(damaged.value) and town_home.current_release == first.path
    assert releases(town_home) == [first.name]
    told(f"a file of {table} of the release before", 1, damaged.value)
    flip(path)
    assert publish(town_home).changed


@pytest.mark.fault("a flipped bit", "a sealed original")
def test_a_flipped_bit_in_the_archive(small_home: Home, told: Told) -> None:
    from transforms.lake import archive

    stories.loaded_day(small_home)
    (seal,) = archive.sealed(small_home)
    flip(seal.path)
    with pytest.raises(archive.ArchiveError) as damaged:
        archive.unseal(small_home, seal.batch_id)
    told("a sealed original", 1, damaged.value)
