"""Every table of the design, in a release made of a small district's days and of two doors that were knocked on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.contract import Contract, Role, contract_of, load_contracts
from schemas.home import Home
from schemas.table import Table
from synth.make import FEEDS, make_district
from synth.recipe import recipe_ids
from transforms.addressing.library_import import import_library
from transforms.lake.baseboard import DATABASE, PERSON_SQL
from transforms.lake.release_manifest import read_manifest
from transforms.lake.store import Lake
from transforms.load import load_files
from transforms.publish import declared_tables, publish
from transforms.replaying.delivered import Mended
from transforms.replaying.replay import correct
from transforms.replaying.standing import standing_lines

pytestmark = pytest.mark.slow
BUILDINGS = 60
RECIPES = set(recipe_ids())  # those feeds deliver in end_to_end/test_every_feed
BESIDE = (".ok", ".done", ".manifest.json")  # says that a delivery is complete
DOOR = "grid_office__door_outcomes"
DAY = date(2026, 3, 5)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The district's second release, after a room was found and a shop was not."""
    root = tmp_path_factory.mktemp("tables")
    home = Home(root / "home")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("BLOCKDATA_HOME", str(home.path))
        environment.setenv("BLOCKDATA_KEYS", str(root / "keys.json"))
        make_district(BUILDINGS, 4, 3, root / "made", feeds=FEEDS)
        import_library(root / "made" / "library", home)
        for folder in sorted((root / "made" / "deliveries").glob("*/*")):
            files = sorted(path for path in folder.iterdir() if not path.name.endswith(BESIDE))
            load_files(folder.name, files, date.fromisoformat(folder.parent.name), home)
        _withdraw_one(home)
        before = publish(home).path
        workbook = root / f"door_outcomes_{DAY:%Y%m%d}.xlsx"
        _answers(before).write_excel(workbook)
        loaded = load_files(DOOR, [workbook], DAY, home)
        assert loaded.status == "loaded", loaded.reason
        yield publish(home).path


def _withdraw_one(home: Home) -> None:
    """A department takes one of its quarantined rows back."""
    row = standing_lines(Lake(home)).row(0, named=True)
    place = frozenset({(row["file_name"], row["row_number"])})
    (done,) = correct(home, row["feed_id"], {row["batch_id"]: Mended(place, withdrawn=place)}, DAY)
    assert done.counts["ignored"] == 1


def _answers(before: Path) -> pl.DataFrame:
    tasks, doubts = _read(before, "quality.verification_task"), _read(before, "quality.doubt")
    proposed = tasks.join(doubts.filter(kind="proposed_unit").select("doubt_id"), on="doubt_id", how="semi")
    shops = _read(before, "entity.premises").filter(
        (pl.col("kind") == "registered") & pl.col("unit_code").is_not_null()
    )
    room, shop = proposed.sort("task_id").row(0, named=True), shops.sort("unit_code").row(0, named=True)
    contract = contract_of(DOOR)
    number = contract.key_columns[0].header
    said = [
        {number: "RHTEST001", Role.TASK_ID: room["task_id"], Role.UNIT_CODE: room["building_code"],
         Role.ADDRESS_TEXT: room["address"], Role.OUTCOME: "房号存在"},
        {number: "RHTEST002", Role.UNIT_CODE: shop["unit_code"], Role.OUTCOME: "未在此经营",
         Role.ADDRESS_TEXT: _read(before, "address.unit").filter(unit_code=shop["unit_code"])["standard_address"][0]},
    ]  # fmt: skip
    headers = {role: _header(contract, role) for role in Role if contract.column_of(role) is not None}
    empty = {column.header: None for column in contract.columns}
    rows = [empty | {headers.get(name, name): value for name, value in row.items()} for row in said]
    visited = pl.lit(DAY.isoformat()).alias(headers[Role.EVENT_TIME])
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(visited)


def _header(contract: Contract, role: Role) -> str:
    column = contract.column_of(role)
    assert column is not None
    return column.header


def _read(path: Path, table: str) -> pl.DataFrame:
    return pl.concat([pl.read_parquet(path / file.path) for file in read_manifest(path).tables[table].files])


@pytest.fixture(scope="module")
def declared() -> dict[str, Table]:
    return declared_tables(load_contracts())


def test_every_table_is_there_in_its_declared_shape_and_none_is_empty(
    release: Path, declared: dict[str, Table]
) -> None:
    manifest = read_manifest(release)
    assert set(manifest.tables) == set(declared)
    empty = {name for name, entry in manifest.tables.items() if entry.rows == 0}
    assert {name for name in empty if name.split(".", 1)[1] not in RECIPES} == set()
    for name, table in declared.items():
        assert dict(_read(release, name).schema) == table.polars_schema(), name
        assert manifest.tables[name].profile == table.profile, name


def test_the_grain_of_every_table_tells_its_rows_apart(release: Path, declared: dict[str, Table]) -> None:
    repeated = {}
    for name, table in declared.items():
        twice = _read(release, name).group_by(table.grain).len().filter(pl.col("len") > 1)
        if twice.height:
            repeated[name] = twice.height
    assert repeated == {}


def test_every_table_and_column_is_commented_in_chinese(release: Path, declared: dict[str, Table]) -> None:
    with duckdb.connect() as con:
        con.execute((release / PERSON_SQL).read_text(encoding="utf-8"))
        views = con.sql(
            "SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        columns = con.sql(
            "SELECT schema_name || '.' || table_name, column_name, comment FROM duckdb_columns() WHERE NOT internal"
        ).fetchall()
    assert {name for name, _ in views} == set(declared)
    wordless = [
        said for said in (*views, *columns) if not any("\u4e00" <= letter <= "\u9fff" for letter in said[-1] or "")
    ]
    assert wordless == []


def test_the_catalogue_counts_what_the_tables_hold(release: Path) -> None:
    counted = {row[0]: row[1] for row in _read(release, "release.table").select("table_name", "rows").rows()}
    held = {name: entry.rows for name, entry in read_manifest(release).tables.items()}
    assert counted == held


def test_parquet_and_native_tables_hold_the_same_rows(release: Path, declared: dict[str, Table]) -> None:
    with duckdb.connect(str(release / DATABASE), read_only=True) as con:
        for name, table in declared.items():
            if table.profile == "place":
                schema, bare = name.split(".")
                (held,) = con.sql(f'SELECT count(*) FROM "{schema}"."{bare}"').fetchall()
                assert held[0] == _read(release, name).height, name


def test_blocks_add_up_from_building_to_district(release: Path) -> None:
    people = _read(release, "population.residence").filter(pl.col("building_code").is_not_null()).height
    levels = ("grid", "community", "street", "district")
    assert {level: _read(release, f"block.{level}")["residents"].sum() for level in levels} == dict.fromkeys(
        levels, people
    )


def test_places_of_persons_and_events_are_in_the_library(release: Path) -> None:
    units = set(_read(release, "address.unit")["unit_code"])
    for name in ("population.claim", "population.residence", "entity.premises", "event.event"):
        assert set(_read(release, name)["unit_code"].drop_nulls()) <= units, name
    masked = _read(release, "event.event")["unified_address"].drop_nulls()
    assert masked.str.len_chars().unique().to_list() == [25]


def test_the_doors_answers_are_in_the_next_release(release: Path) -> None:
    found = _read(release, "quality.doubt").filter(outcome="room_exists", status="closed")
    assert (
        found["unit_code"].is_in(_read(release, "address.unit").filter(status="proposed")["unit_code"].implode()).all()
    )
    assert found.height == 1
    asked = set(_read(release, "quality.correction_request")["attribute"])
    assert {"official_address", "registered_address"} <= asked


def test_every_open_doubt_has_a_door_to_knock_on(release: Path) -> None:
    doubts = _read(release, "quality.doubt").filter(status="open")
    tasks = _read(release, "quality.verification_task")
    assert set(doubts["doubt_id"]) <= set(tasks["doubt_id"])
    ranked = tasks.filter(pl.col("status").is_in(["open", "not_reached"])).sort("work_grid", "rank")
    for (_,), door in ranked.group_by("work_grid"):
        assert door["rank"].to_list() == list(range(1, door.height + 1))
