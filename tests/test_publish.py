from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from schemas.errors import UsageError
from schemas.home import ROOT, Home
from schemas.table import load_tables
from tests.resolving import town
from tests.resolving.town import DAY1, DAY2, DAY3, DOOR, POLICE, TOWER, VILLAGE, at, change, key
from transforms import publish as publishing
from transforms.lake import layers
from transforms.lake.at_hand import LOOKUP
from transforms.lake.baseboard import DATABASE, PERSON_SQL
from transforms.lake.journal import JOURNAL
from transforms.lake.letters import letters_of
from transforms.lake.release import releases, verify_release
from transforms.lake.release_manifest import ReleaseDamaged, read_manifest
from transforms.lake.store import Lake
from transforms.publish import ReleaseRefused, publish

OWN = ("release.table", "release.change")


def nothing_said(_frames: Any, _release: str, *_more: Any) -> pl.DataFrame:
    """Stands in for Great Expectations, whose import alone takes seconds."""
    return load_tables()["quality.validation"].empty()


@pytest.fixture(autouse=True)
def without_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "judge", nothing_said)


@pytest.fixture
def town_home(home: Home) -> Home:
    town.fill_library(home)
    town.fill(home, **town.days())
    return home


def read(path: Path, table: str) -> pl.DataFrame:
    return layers.scan(path, read_manifest(path).tables[table]).collect()


def test_publish_makes_a_release_that_serves(town_home: Home) -> None:
    release = publish(town_home, note="first")
    assert (release.name, release.changed) == ("2026-03-04.01", True)
    assert town_home.current_release == release.path
    manifest = verify_release(release.path)
    assert (manifest.note, manifest.day, manifest.previous) == ("first", "2026-03-04", None)
    assert sorted(manifest.batches) == sorted(Lake(town_home).listed()["batch_id"])


def test_nothing_new_makes_no_new_release(town_home: Home) -> None:
    first, again = publish(town_home), publish(town_home)
    assert (again.name, again.changed) == (first.name, False)
    assert releases(town_home) == [first.name]


def test_a_new_batch_makes_the_next_and_says_what_changed(town_home: Home) -> None:
    first = publish(town_home)
    town.fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})
    second = publish(town_home)
    assert (second.name, second.changed) == ("2026-03-04.02", True)
    changed = {row[0]: row[1:5] for row in read(second.path, "release.change").rows()}
    assert changed[f"record.{POLICE}"] == (1, 0, 0, 1)
    assert changed[f"record_history.{POLICE}"] == (1, 0, 0, 3)
    assert changed["address.unit"] == (0, 0, 0, read(first.path, "address.unit").height)
    verify_release(first.path)


def test_what_a_killed_load_left_is_in_no_release(town_home: Home) -> None:
    ghost = town.history(
        town.contracts_of_the_town()[POLICE], [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]
    )
    town.let_in(town_home, POLICE, DAY3, ghost.collect(), listed=False)
    path = publish(town_home).path
    for table in (f"record_history.{POLICE}", f"record.{POLICE}", "population.claim", "population.person"):
        assert key("n") not in read(path, table)["person_key"].to_list(), table


def test_a_batch_let_in_while_publishing_waits_for_the_next(town_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_meanwhile(*given: Any) -> pl.DataFrame:
        town.fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})
        return nothing_said(*given)

    monkeypatch.setattr(publishing, "judge", load_meanwhile)
    path = publish(town_home).path
    assert "RK9" not in read(path, f"record_history.{POLICE}")["record_id"].to_list()
    assert read(path, "quality.batch").height == len(read_manifest(path).batches)
    monkeypatch.setattr(publishing, "judge", nothing_said)
    assert "RK9" in read(publish(town_home).path, f"record_history.{POLICE}")["record_id"].to_list()


def test_a_refused_release_leaves_the_last_one_serving(town_home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    first = publish(town_home)
    town.fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})

    def no(_frames: Any, release: str, *_more: Any) -> pl.DataFrame:
        raise ReleaseRefused(f"release {release} is kept back: suite_error", "mend it")

    monkeypatch.setattr(publishing, "judge", no)
    before = Lake(town_home).read("population.person")
    with pytest.raises(ReleaseRefused):
        publish(town_home)
    assert town_home.current_release == first.path
    assert releases(town_home) == [first.name]
    assert_frame_equal(Lake(town_home).read("population.person"), before)


def test_the_door_changes_the_next_release(town_home: Home) -> None:
    first = publish(town_home)
    assert "proposed" not in read(first.path, "address.unit")["status"].to_list()
    town.fill(
        town_home, **{DOOR: [change("RH9", DAY2, outcome="room_exists", visited_on=DAY2, **at(VILLAGE, room="301"))]}
    )
    second = publish(town_home)
    units = read(second.path, "address.unit").filter(pl.col("status") == "proposed")
    assert units["unit_code"].to_list() == [town.unit(VILLAGE, 4)]
    student = read(second.path, "population.residence").filter(pl.col("person_key") == key("c"))
    assert student["unit_code"].to_list() == [town.unit(VILLAGE, 4)]
    record = read(second.path, f"record.{town.STUDENTS}").row(0, named=True)
    assert (record["unit_code"], record["match_level"]) == (town.unit(VILLAGE, 4), "unit")
    assert record["proposed_room"] is None
    assert publish(town_home).changed is False, "minting is done once"


def test_a_late_snapshot_is_published(town_home: Home) -> None:
    """Its batch tells of a record on its own day and again on the day that stood already."""
    town.fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})
    first = change("RK1", DAY1, person_key=key("a"), registered_on=date(2025, 3, 1), **at(TOWER, 1))
    batch = {"operation": "update", "batch_id": letters_of("late"), "is_late": True}
    late = {**first, **batch, "delivered_on": DAY2, "known_from": DAY3, **at(VILLAGE, 2)}
    again = {**first, **batch, "delivered_on": DAY3}
    changes = town.history(town.contracts_of_the_town()[POLICE], [late, again]).collect()
    town.let_in(town_home, POLICE, DAY2, changes, batch=letters_of("late"))
    claims = read(publish(town_home).path, "population.claim")
    assert claims.select(load_tables()["population.claim"].grain).is_duplicated().sum() == 0
    told = claims.filter(pl.col("record_id") == "RK1").sort("known_from")
    assert told.select("unit_code", "valid_from", "delivered_on", "known_from", "known_to").rows() == [
        (town.unit(TOWER, 1), date(2025, 3, 1), DAY1, DAY1, None),
        (town.unit(VILLAGE, 2), date(2025, 3, 1), DAY2, DAY3, DAY3),
    ]
    standing = read(town_home.current_release or Path(), f"record.{POLICE}").filter(pl.col("record_id") == "RK1")
    assert standing["unit_code"].to_list() == [town.unit(TOWER, 1)]


def test_the_catalogue_holds_no_size_that_wall_clock_decides(town_home: Home) -> None:
    sizes = dict(read(publish(town_home).path, "release.table").select("table_name", "bytes").rows())
    assert {name for name, size in sizes.items() if size is None} == {"quality.batch", "release.table"}


def test_blocks_are_packed_from_the_release(town_home: Home) -> None:
    path = publish(town_home).path
    blocks = dict(read(path, "block.building").select("building_code", "residents").rows())
    assert (blocks[TOWER], blocks[VILLAGE]) == (1, 1), "one by registration, the student at the building"
    assert read(path, "block.district")["residents"].to_list() == [2]


def test_every_table_opens_commented_in_both_profiles(
    town_home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = publish(town_home).path
    monkeypatch.chdir(tmp_path)
    with duckdb.connect() as con:
        con.execute((path / PERSON_SQL).read_text())
        for name in read_manifest(path).tables:
            schema, table = name.split(".")
            con.sql(f'SELECT * FROM "{schema}"."{table}"').fetchall()
        bare = con.sql("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL")
        assert bare.fetchall() == []
    with duckdb.connect(str(path / DATABASE), read_only=True) as con:
        names = {
            f"{schema}.{name}"
            for schema, name in con.sql("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
        }
    place = {name for name, entry in read_manifest(path).tables.items() if entry.profile == "place"}
    assert names == place | {LOOKUP}
    assert not {name for name in names if name.split(".")[0] in ("population", "entity", "event", "record")}


def test_match_rates_are_asked_as_the_page_for_analysts_does(town_home: Home) -> None:
    lake, batch = Lake(town_home), letters_of(POLICE, DAY1.isoformat())
    rates = pl.DataFrame(
        {"match_level": ["unit", "none"], "match_method": ["exact", "none"], "records": [3, 1], "delivered_on": DAY1}
    )
    lake.write_batch("quality.match_rate", rates, POLICE, batch)
    page = (ROOT / "docs" / "analyst.md").read_text(encoding="utf-8")
    (query,) = [part.split("```")[0] for part in page.split("```sql") if "quality.match_rate" in part.split("```")[0]]
    with duckdb.connect(str(publish(town_home).path / DATABASE), read_only=True) as con:
        assert con.sql(query).fetchall() == [(POLICE, None, None, 4, 75.0)]


def test_without_a_library_or_a_batch_it_says_what_to_do(home: Home) -> None:
    with pytest.raises(UsageError, match="address library"):
        publish(home)
    town.fill_library(home)
    with pytest.raises(UsageError, match="no batch"):
        publish(home)
    assert home.current_release is None


# One publish that ends itself, as a power cut would, before its n-th write; n = 0 lets it run.
PUBLISH = """
import os, signal, sys
from pathlib import Path
from schemas.home import Home
from schemas.table import load_tables
from transforms import publish as publishing
from transforms.lake import layers
from transforms.lake import release, release_files, store

left = int(sys.argv[2])

def mortal(function):
    def step(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return step

store._write = mortal(store._write)
release_files.link = mortal(release_files.link)
for name in ("write_part", "change", "write_geometry", "described"):
    setattr(release, name, mortal(getattr(release, name)))
for name in ("rename", "symlink_to", "replace", "write_text"):
    setattr(Path, name, mortal(getattr(Path, name)))
publishing.judge = lambda *given: load_tables()["quality.validation"].empty()
made = publishing.publish(Home(Path(sys.argv[1])))
print(made.name, made.changed, -left)
"""


def run(home: Home, die_at: int = 0) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "POLARS_MAX_THREADS": "2"}
    return subprocess.Popen(
        [sys.executable, "-c", PUBLISH, str(home.path), str(die_at)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=ROOT,
    )  # fmt: skip


def everything(home: Home) -> dict[str, pl.DataFrame]:
    """Every table of the release that serves and every table of the lake, in an order of their own."""
    path = home.current_release
    assert path is not None
    lake = Lake(home)
    # The journal tells which versions hold the library; its tables are read through it.
    tables = {f"lake {name}": lake.read(name) for name in lake.tables() if name != JOURNAL}
    tables |= {f"release {name}": read(path, name) for name in read_manifest(path).tables if name not in OWN}
    return {name: frame.sort(pl.all().exclude(pl.List(pl.String))) for name, frame in tables.items()}


@pytest.mark.slow
def test_killed_at_any_write_and_run_again_it_equals_an_undisturbed_run(town_home: Home, tmp_path: Path) -> None:
    town.fill(
        town_home, **{DOOR: [change("RH9", DAY2, outcome="room_exists", visited_on=DAY2, **at(VILLAGE, room="301"))]}
    )
    undisturbed = Home(tmp_path / "undisturbed")
    subprocess.run(["cp", "-r", str(town_home.path), str(undisturbed.path)], check=True)
    said = run(undisturbed)
    name, changed, writes = said.communicate()[0].split()
    assert (name, changed) == ("2026-03-04.01", "True")
    expected = everything(undisturbed)
    total = int(writes)
    # The last one dies with the new release whole and not yet current (nine writes less: the room is minted by then,
    # its operation settled, both editions of the library noted).
    for die_at in (1, 2, total // 3, total // 2, total - 10):
        killed = run(town_home, die_at)
        assert killed.wait() == -signal.SIGKILL, f"it should have died at write {die_at} of {total}"
        current = town_home.current_release
        assert current is None or verify_release(current), "a reader never sees a half"
    again = publish(town_home)
    assert again.name == "2026-03-04.01"
    verify_release(again.path)
    found = everything(town_home)
    assert found.keys() == expected.keys()
    for table, frame in expected.items():
        assert_frame_equal(found[table], frame, check_exact=True)


@pytest.mark.fault("two publishers", "at the same moment")
@pytest.mark.slow
def test_two_publishes_at_once_make_one_release(town_home: Home) -> None:
    both = [run(town_home), run(town_home)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sorted(out.split()[:2] for out, _ in said) == [["2026-03-04.01", "False"], ["2026-03-04.01", "True"]]
    assert town_home.current_release is not None
    verify_release(town_home.current_release)


def test_a_release_of_another_publisher_is_checked_before_it_is_gone_on_from(
    town_home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(town_home)
    town.fill(town_home, **{POLICE: [change("RK9", DAY3, person_key=key("n"), **at(TOWER, 2))]})

    def overtaken(home: Home, **_asked: Any) -> None:
        """Stands in for keying again: while this publisher waits for the lake, another makes a release and its disk
        turns a bit of it."""
        monkeypatch.undo()
        monkeypatch.setattr(publishing, "judge", nothing_said)
        other = publish(home)
        path = next((other.path / "population").rglob("*.parquet"))
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()  # the file may be linked from the release before, which stays as it was
        path.write_bytes(content)

    monkeypatch.setattr(publishing, "rekey", overtaken)
    with pytest.raises(ReleaseDamaged, match="population"):
        publish(town_home)
