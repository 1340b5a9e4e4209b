"""Every feed made from a recipe, loaded once from a small district: planted faults found, places right, nobody seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.contract import load_contracts
from schemas.home import Home
from schemas.record_table import record_table
from synth.make import make_district
from synth.recipe import recipe_ids
from tests.end_to_end.leaks import Secrets, leaks
from transforms.addressing.library_import import import_library
from transforms.lake.release_manifest import read_manifest
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files
from transforms.publish import publish
from transforms.steps import the_steps

FEEDS = recipe_ids()
BUILDINGS, SEED, DAY = 60, 11, date(2026, 3, 2)
PLACE = ["feed_id", "file_name", "row_number"]


@dataclass(frozen=True)
class Loaded:
    """The made district and what became of the first delivery of each feed."""

    source: Path
    home: Home
    results: dict[str, LoadResult]

    def truth(self, name: str) -> pl.DataFrame:
        """A table of the truth, its rows named as the lake names them."""
        frame = pl.read_parquet(self.source / "truth" / f"{name}.parquet")
        return frame.rename({"file": "file_name", "row": "row_number"}).cast({"row_number": pl.Int64})

    def read(self, table: str) -> pl.DataFrame:
        """A table of the lake."""
        return pl.read_parquet([str(path) for path in Lake(self.home).files(table)])


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    root = tmp_path_factory.mktemp("every_feed")
    home = Home(root / "home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BLOCKDATA_HOME", str(home.path))
        environment.setenv("BLOCKDATA_KEYS", str(root / "keys.json"))
        make_district(BUILDINGS, SEED, 1, root / "made", start=DAY, feeds=FEEDS)
        import_library(root / "made" / "library", home)
        steps = the_steps()
        results = {
            folder.name: load_files(folder.name, sorted(folder.iterdir()), DAY, home, steps=steps)
            for folder in sorted((root / "made" / "deliveries" / DAY.isoformat()).iterdir())
        }
        yield Loaded(root / "made", home, results)


def test_every_feed_delivers_and_is_let_in(loaded: Loaded):
    assert sorted(loaded.results) == FEEDS
    kept_out = {
        feed: (result.rule, result.reason) for feed, result in loaded.results.items() if result.status != "loaded"
    }
    assert kept_out == {}
    assert [feed for feed, result in loaded.results.items() if not result.counts.get("inserted")] == []


def test_every_table_of_records_is_released_in_its_shape(loaded: Loaded):
    contracts = load_contracts()
    release = publish(loaded.home).path
    manifest = read_manifest(release)
    for feed_id in FEEDS:
        table = record_table(contracts[feed_id])
        held = pl.concat([pl.read_parquet(release / file.path) for file in manifest.tables[table.name].files])
        assert held.height == loaded.results[feed_id].counts["inserted"], feed_id
        assert dict(held.schema) == table.polars_schema(), feed_id
        assert not held["record_id"].is_duplicated().any(), feed_id


def test_what_was_broken_on_purpose_is_quarantined_and_nothing_else(loaded: Loaded):
    told = loaded.read("quality.quarantine").select(*PLACE, "rule").unique()
    planted = loaded.truth("defect").select(*PLACE, "rule").unique()
    missed = planted.join(told, on=[*PLACE, "rule"], how="anti")
    assert missed.rows() == []
    conflicts = loaded.truth("defect").filter(pl.col("rule") == "conflicting_key").select("feed_id").unique()
    sound = told.join(planted, on=PLACE, how="anti").join(conflicts, on="feed_id", how="anti")
    assert sound.rows() == [], "a row nobody broke was quarantined"


def test_what_is_keyed_is_keyed_to_where_it_is(loaded: Loaded):
    truth = loaded.truth("record").select(*PLACE, real_building="building_code", real_unit="unit_code")
    shares = {}
    for feed_id in FEEDS:
        record = loaded.read(f"record_history.{feed_id}").with_columns(feed_id=pl.lit(feed_id))
        rows = record.join(truth, on=PLACE, how="inner")
        assert rows.height == record.height, feed_id
        meant = rows["real_building"].drop_nulls().len()
        if meant == 0:  # a feed that tells of whole areas
            assert rows["area_code"].null_count() == 0, feed_id
            continue
        keyed = rows.filter(pl.col("building_code").is_not_null() & pl.col("real_building").is_not_null())
        right = (keyed["building_code"] == keyed["real_building"]).mean() if keyed.height else None
        shares[feed_id] = (keyed.height / meant, right)
    wrong = {feed: share for feed, share in shares.items() if share[1] is not None and share[1] < 0.9}
    assert wrong == {}, "keyed to another building"
    unkeyed = {feed: share for feed, share in shares.items() if share[0] < 0.6}
    assert unkeyed == {}, "too few of those with a building were keyed"


def test_nobody_stands_in_the_lake(loaded: Loaded):
    people = pl.read_parquet(loaded.source / "truth" / "person.parquet")
    numbers = [*people["id_number"].drop_nulls(), *people["phone"].drop_nulls()]
    secrets = Secrets(
        frozenset(number.upper() for number in numbers),
        frozenset(people["name"]),
        frozenset(people.filter(pl.col("is_marked"))["name"]),
    )
    assert leaks(loaded.home.path, secrets, sealed=loaded.home.archive) == []
