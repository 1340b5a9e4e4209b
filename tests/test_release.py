from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import ROOT, Home
from schemas.table import Table, TableColumn
from transforms.lake import release_files
from transforms.lake.baseboard import DATABASE, PERSON_SQL, PLACE_SQL
from transforms.lake.release import build, checkout, newest, release_name, releases, switch, verify_release
from transforms.lake.release_geometry import GEOMETRY
from transforms.lake.release_manifest import Manifest, ReleaseDamaged, read_manifest

OLDER = ROOT / ".cache" / "duckdb-1.5.6"  # the oldest line analysts may have


def table(name: str, profile: str, /, **columns: str) -> Table:
    listed = [TableColumn(name=column, type=kind, chinese=f"列{column}", unit="人") for column, kind in columns.items()]
    first = next(iter(columns))
    return Table(name=name, chinese="表", description="it's made", grain=[first], profile=profile, columns=listed)


OWN = {
    "release.table": table("release.table", "place", table_name="string", chinese="string", description="string",
                           grain="string", profile="string", rows="int64", files="int64", bytes="int64"),
    "release.change": table("release.change", "place", table_name="string", inserted="int64", updated="int64",
                            deleted="int64", unchanged="int64", previous_release="string"),
}  # fmt: skip
BUILDING = table(
    "address.building", "place", building_code="string", name="string", street_code="string", community_code="string",
    grid_code="string", usage="string", floors="int32", is_temporary="boolean", lon="float64", lat="float64",
    geometry="binary", status="string",
)  # fmt: skip
PERSON = table("population.person", "person", person_key="string", birth_year="int32")
DECLARED = {item.name: item for item in (BUILDING, PERSON, *OWN.values())}


def buildings(*names: str) -> pl.DataFrame:
    rows = [{"building_code": f"B{place}", "name": name, "lon": 113.9, "lat": 22.5} for place, name in enumerate(names)]
    return BUILDING.conform(pl.DataFrame(rows, schema_overrides={"lon": pl.Float64}))


def made(home: Home, name: str, *names: str, people: int = 2, previous: str | None = None) -> Path:
    """A release of buildings with these names, their file as if it lay in the lake."""
    lake = home.lake / "address" / "building"
    lake.mkdir(parents=True, exist_ok=True)
    source = lake / f"{name}.parquet"
    buildings(*names).write_parquet(source)
    persons = pl.DataFrame({"person_key": [f"p{n}" for n in range(people)], "birth_year": [1990] * people})
    manifest = Manifest(name, name[:10], previous, "inputs", "version", ["batch"])
    return build(home, manifest, DECLARED, {"address.building": [source]}, {"population.person": persons})


def changes(path: Path) -> dict[str, tuple[int, int, int, int]]:
    frame = pl.read_parquet(path / "release" / "change" / "*.parquet")
    return {row[0]: row[1:5] for row in frame.rows()}


def test_names_sort_as_the_releases_follow() -> None:
    assert release_name("2026-03-04", []) == "2026-03-04.01"
    assert release_name("2026-03-04", ["2026-03-03.07", "2026-03-04.01"]) == "2026-03-04.02"
    assert release_name("2026-03-04", ["2026-03-04.09"]) == "2026-03-04.10"
    assert release_name("2026-03-04", ["2026-03-05.01"]) == "2026-03-05.02", (
        "an earlier day still makes a later release"
    )


def test_a_release_is_whole_and_its_manifest_says_so(home: Home) -> None:
    path = made(home, "2026-03-02.01", "甲", "乙")
    manifest = verify_release(path)
    assert (manifest.release, manifest.batches, manifest.library_version) == ("2026-03-02.01", ["batch"], "version")
    assert {name: (entry.profile, entry.rows) for name, entry in manifest.tables.items()} == {
        "address.building": ("place", 2),
        "population.person": ("person", 2),
        "release.change": ("place", 2),
        "release.table": ("place", 4),
    }
    entry = json.loads((path / "manifest.json").read_text())["tables"]["address.building"]["files"][0]
    assert set(entry) == {"path", "rows", "bytes", "sha256"}


def test_the_lakes_files_are_linked_not_copied(home: Home) -> None:
    path = made(home, "2026-03-02.01", "甲")
    source = home.lake / "address" / "building" / "2026-03-02.01.parquet"
    assert source.samefile(path / "address" / "building" / "part-00000.parquet")


def test_where_links_cannot_be_the_file_is_copied(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_link(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(release_files.os, "link", no_link)
    path = made(home, "2026-03-02.01", "甲")
    assert verify_release(path).tables["address.building"].rows == 1


def test_a_file_of_an_older_shape_is_written_in_todays(home: Home, tmp_path: Path) -> None:
    source = tmp_path / "old.parquet"
    buildings("甲").drop("floors").with_columns(gone=pl.lit(1)).write_parquet(source)
    manifest = Manifest("2026-03-02.01", "2026-03-02", None, "", "", [])
    path = build(home, manifest, DECLARED, {"address.building": [source]}, {})
    released = pl.read_parquet(path / "address" / "building" / "part-00000.parquet")
    assert dict(released.schema) == BUILDING.polars_schema()


def test_many_small_files_are_gathered_into_one(home: Home, tmp_path: Path) -> None:
    sources = [tmp_path / f"{number:02}.parquet" for number in range(release_files.GATHER_FILES)]
    for number, source in enumerate(sources):
        buildings("甲").with_columns(building_code=pl.lit(f"B{number:02}")).write_parquet(source)
    manifest = Manifest("2026-03-02.01", "2026-03-02", None, "", "", [])
    entry = read_manifest(build(home, manifest, DECLARED, {"address.building": sources}, {})).tables["address.building"]
    assert (len(entry.files), entry.rows) == (1, len(sources))


def test_changes_are_counted_by_grain(home: Home) -> None:
    first = made(home, "2026-03-02.01", "甲", "乙", "丙")
    assert changes(first)["address.building"] == (3, 0, 0, 0)
    second = made(home, "2026-03-03.01", "甲", "改", previous="2026-03-02.01")
    assert changes(second)["address.building"] == (0, 1, 1, 1)
    assert changes(second)["population.person"] == (0, 0, 0, 2)


def test_one_rename_makes_a_release_current(home: Home) -> None:
    made(home, "2026-03-02.01", "甲")
    assert home.current_release is None
    assert switch(home, "2026-03-02.01") is True
    assert switch(home, "2026-03-02.01") is False
    made(home, "2026-03-03.01", "乙")
    switch(home, "2026-03-03.01")
    assert home.current_release == home.releases / "2026-03-03.01"
    assert releases(home) == ["2026-03-02.01", "2026-03-03.01"], "the old one stays"


def test_what_a_killed_build_left_is_removed_and_never_seen(home: Home) -> None:
    left = home.releases / ".building-2026-03-02.01" / "address"
    left.mkdir(parents=True)
    assert (releases(home), newest(home)) == ([], None)
    made(home, "2026-03-02.01", "甲")
    assert [path.name for path in home.releases.iterdir()] == ["2026-03-02.01"]


@pytest.mark.parametrize("spoil", ["change", "remove", "add"])
def test_a_spoiled_release_is_found_out(home: Home, spoil: str) -> None:
    path = made(home, "2026-03-02.01", "甲")
    victim = path / "population" / "person" / "part-00000.parquet"
    if spoil == "change":
        content = bytearray(victim.read_bytes())
        content[20] ^= 1
        victim.write_bytes(content)
    elif spoil == "remove":
        victim.unlink()
    else:
        (path / "population" / "stranger.parquet").write_bytes(b"")
    with pytest.raises(ReleaseDamaged, match="population"):
        verify_release(path)


def test_the_scripts_open_each_their_profile_from_anywhere(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = made(home, "2026-03-02.01", "甲", "乙")
    monkeypatch.chdir(tmp_path)
    seen = {}
    for script in (PLACE_SQL, PERSON_SQL):
        with duckdb.connect() as con:
            con.execute((path / script).read_text())
            assert con.sql("SELECT count(*) FROM address.building").fetchall() == [(2,)]
            found = con.sql("SELECT DISTINCT schema_name FROM duckdb_views() WHERE NOT internal").fetchall()
            seen[script] = {name for (name,) in found}
    assert seen == {PLACE_SQL: {"address", "release"}, PERSON_SQL: {"address", "release", "population"}}


def test_the_scripts_name_their_place_once_and_first(home: Home) -> None:
    lines = (made(home, "2026-03-02.01", "甲") / PLACE_SQL).read_text().splitlines()
    statements = [line for line in lines if not line.startswith("--")]
    assert statements[0].startswith("SET file_search_path = ")
    assert sum(str(home.releases) in line for line in lines) == 1


def test_the_database_holds_the_place_profile_alone_commented_and_sorted(home: Home) -> None:
    path = made(home, "2026-03-02.01", "甲", "乙")
    with duckdb.connect(str(path / DATABASE), read_only=True) as con:
        tables = con.sql("SELECT schema_name || '.' || table_name FROM duckdb_tables()").fetchall()
        assert {name for (name,) in tables} == {"address.building", "release.change", "release.table"}
        missing = con.sql("SELECT column_name FROM duckdb_columns() WHERE NOT internal AND comment IS NULL").fetchall()
        assert missing == []
        said = con.sql("SELECT comment FROM duckdb_columns() WHERE column_name = 'floors'").fetchall()
        assert said == [("列floors（人）",)]


@pytest.mark.parametrize("copied", ["甲 乙", "甲 丙"])
def test_a_building_is_found_by_an_index_also_in_a_database_gone_on_from(
    copied: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("transforms.lake.baseboard.COPIED_FROM_ROWS", 0)
    made(home, "2026-03-02.01", "甲", "乙")
    path = made(home, "2026-03-03.01", *copied.split(), previous="2026-03-02.01")
    with duckdb.connect(str(path / DATABASE), read_only=True) as con:
        indexes = con.sql("SELECT table_name, expressions FROM duckdb_indexes()").fetchall()
        assert indexes == [("building", "[building_code]")]
        found = con.execute("SELECT name FROM address.building WHERE building_code = ?", ["B1"]).fetchall()
        assert found == [(copied.split()[1],)]


def test_footprints_are_geoparquet_in_4490(home: Home) -> None:
    import geopandas

    frame = geopandas.read_parquet(made(home, "2026-03-02.01", "甲", "乙") / GEOMETRY)
    assert frame.crs.to_epsg() == 4490
    assert [point.x for point in frame.geometry] == [113.9, 113.9], "a point where there is no footprint"


def test_unchanged_footprints_are_not_written_again(home: Home) -> None:
    first = made(home, "2026-03-02.01", "甲")
    second = made(home, "2026-03-03.01", "甲", previous="2026-03-02.01")
    third = made(home, "2026-03-04.01", "乙", previous="2026-03-03.01")
    assert (first / GEOMETRY).samefile(second / GEOMETRY)
    assert not (second / GEOMETRY).samefile(third / GEOMETRY)


def test_a_checkout_is_the_place_profile_where_it_lies(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(home, "2026-03-02.01", "甲", "乙")
    copy = tmp_path / "analyst" / "copy"
    checkout(path, copy)
    assert set(verify_release(copy).tables) == {"address.building", "release.change", "release.table"}
    assert not (copy / "population").exists() and not (copy / PERSON_SQL).exists()
    monkeypatch.chdir(tmp_path)
    verify_release(path)
    with duckdb.connect() as con:
        con.execute((copy / PLACE_SQL).read_text())
        files = con.sql("SELECT DISTINCT filename FROM read_parquet('address/building/*.parquet', filename = true)")
        assert all(name.startswith(str(copy)) for (name,) in files.fetchall())


def test_a_checkout_writes_over_nothing(home: Home, tmp_path: Path) -> None:
    path = made(home, "2026-03-02.01", "甲")
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="not empty"):
        checkout(path, tmp_path)
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.slow
def test_the_older_duckdb_opens_all_of_it_from_elsewhere(home: Home, tmp_path: Path) -> None:
    path = made(home, "2026-03-02.01", "甲", "乙")
    asked = f"""
import sys; sys.path.insert(0, {str(OLDER)!r})
import duckdb
assert duckdb.__version__ == "1.5.6", duckdb.__version__
con = duckdb.connect()
con.execute(open({str(path / PERSON_SQL)!r}, encoding="utf-8").read())
print(con.execute("SELECT count(*) FROM address.building").fetchall()[0][0])
print(con.execute("SELECT count(*) FROM population.person").fetchall()[0][0])
con = duckdb.connect({str(path / DATABASE)!r}, read_only=True)
print(con.execute("SELECT count(*) FROM address.building").fetchall()[0][0])
print(con.execute("SELECT comment FROM duckdb_columns() WHERE column_name = 'floors'").fetchall()[0][0])
"""
    said = subprocess.run(
        [sys.executable, "-I", "-c", asked],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=older_duckdb(),
        check=False,
    )
    assert said.returncode == 0, said.stderr[-2000:]
    assert said.stdout.split() == ["2", "2", "2", "列floors（人）"]


def older_duckdb() -> dict[str, str]:
    """The environment variables for DuckDB 1.5.6, which `make test` puts beside the environment once."""
    if not (OLDER / "duckdb").is_dir():
        pytest.skip("DuckDB 1.5.6 is not there: `make test` installs it")
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(Path.home()), "PYTHONIOENCODING": "utf-8"}
