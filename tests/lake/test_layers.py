"""A table in layers reads as if it had been written whole, to Polars and to DuckDB alike."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl
import pytest

from schemas.table import Table, TableColumn
from transforms.lake import layers
from transforms.lake.layers import Counted
from transforms.lake.release_manifest import TableEntry, entry_of

HOMES = Table(
    name="population.home",
    chinese="住处",
    description="made",
    grain=["person_key"],
    profile="person",
    columns=[
        TableColumn(name=name, type="string", chinese="列")
        for name in ("person_key", "building_code", "residence_kind")
    ],
)


@pytest.fixture(autouse=True)
def small_tables_in_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layers, "REBASE_FILES", 0)
    monkeypatch.setattr(layers, "REBASE_SHARE", 0.5)


def rows(homes: Mapping[str, str | None]) -> pl.DataFrame:
    cells = [{"person_key": person, "building_code": place, "residence_kind": None} for person, place in homes.items()]
    return pl.DataFrame(cells, schema=HOMES.polars_schema())


def written(folder: Path, *parts: Mapping[str, str | None]) -> TableEntry:
    files = [layers.write_whole(HOMES, rows(part), folder, number) for number, part in enumerate(parts)]
    return TableEntry("person", files)


def told(
    entry: TableEntry, before: Path, folder: Path, persons: list[str], now: Mapping[str, str | None]
) -> tuple[TableEntry, Counted]:
    """All rows of `persons` replaced by `now`."""
    replaced = layers.standing(before, entry, pl.col("person_key").is_in(persons))
    return layers.updated(HOMES, entry, before, folder, replaced=replaced, rows=rows(now))


def read(folder: Path, entry: TableEntry) -> dict[str, str | None]:
    """By Polars, by DuckDB, and by an entry read back from its manifest; all the same, and as many as are told."""
    entry = entry_of(entry.entry())
    frame = layers.scan(folder, entry).select("person_key", "building_code").collect().sort("person_key")
    query = f"SELECT person_key, building_code FROM {layers.relation(folder, entry)} ORDER BY person_key"
    assert duckdb.sql(query).fetchall() == frame.rows()
    assert frame.height == entry.rows
    return dict(frame.rows())


def test_days_one_after_another(tmp_path: Path) -> None:
    first, second, third = tmp_path / "1", tmp_path / "2", tmp_path / "3"
    entry = written(first, {"a": "B1", "b": "B1", "c": None, "d": "B2"}, {"e": "B1", "f": "B3", "g": "B3", "h": None})
    base = [file.sha256 for file in entry.files]

    entry, counted = told(entry, first, second, ["b", "c", "f", "x"], {"b": "B9", "c": None, "x": "B2"})
    assert counted == Counted(inserted=1, updated=1, deleted=1, unchanged=6), "c says what it said"
    assert read(second, entry) == {
        "a": "B1", "b": "B9", "c": None, "d": "B2", "e": "B1", "g": "B3", "h": None, "x": "B2",
    }  # fmt: skip
    assert [file.sha256 for file in entry.files[:2]] == base, "the files that stand are not written again"
    assert (first / entry.files[0].path).samefile(second / entry.files[0].path)

    entry, counted = told(entry, second, third, ["b", "x", "a"], {"b": "B1", "a": "B1"})
    assert counted == Counted(inserted=0, updated=1, deleted=1, unchanged=6)
    assert read(third, entry) == {"a": "B1", "b": "B1", "c": None, "d": "B2", "e": "B1", "g": "B3", "h": None}


def test_above_a_share_it_is_written_whole(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    entry = written(first, {"a": "B1", "b": "B1", "c": "B1"}, {"d": "B1"})
    now = {"a": "B2", "b": "B2", "c": "B2"}
    entry, counted = told(entry, first, second, ["a", "b", "c"], now)
    assert counted == Counted(inserted=0, updated=3, deleted=0, unchanged=1)
    assert entry.hidden is None and len(entry.files) == 2
    assert read(second, entry) == {**now, "d": "B1"}


def test_nothing_changed_is_carried_on(tmp_path: Path) -> None:
    first, second = tmp_path / "1", tmp_path / "2"
    entry = written(first, {"a": "B1", "b": None})
    same, counted = told(entry, first, second, ["a", "b", "n"], {"a": "B1", "b": None})
    assert counted == Counted(inserted=0, updated=0, deleted=0, unchanged=2)
    assert same == entry and read(second, same) == {"a": "B1", "b": None}


def test_a_sample_reads_at_most_so_many_rows(tmp_path: Path) -> None:
    entry = written(
        tmp_path, {f"p{number:03}": "B1" for number in range(100)}, {f"q{number}": "B1" for number in range(60)}
    )
    assert layers.some(tmp_path, entry, 1000).height == 160
    sample = layers.some(tmp_path, entry, 32)
    assert 0 < sample.height <= 32 and sample["person_key"].str.slice(0, 1).n_unique() == 2


def test_what_moved_between_two_releases_leads_from_one_to_the_other(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in "abcd"]
    entries = [written(folders[0], {"p": "1", "q": "2", "r": "3"}, {"s": "4", "t": "5"})]
    changes = (["p"], {"p": "9"}), (["p", "s"], {"p": "8", "u": "7"}), (["q", "r", "t"], {"q": "5", "r": "5"})
    for number, (persons, now) in enumerate(changes):
        entries.append(told(entries[-1], folders[number], folders[number + 1], persons, now)[0])

    def moved(earlier: int, later: int) -> layers.Moved | None:
        return layers.moved(folders[earlier], entries[earlier], folders[later], entries[later])

    def whole(*parts: pl.LazyFrame) -> list[tuple[object, ...]]:
        return sorted(pl.concat(parts).select("person_key", "building_code").collect().rows())

    for earlier, later in ((0, 1), (1, 2), (0, 2)):
        found = moved(earlier, later)
        assert found is not None
        assert whole(found.stayed, found.gone) == sorted(read(folders[earlier], entries[earlier]).items())
        assert whole(found.stayed, found.came) == sorted(read(folders[later], entries[later]).items())
    gone = moved(1, 2)
    assert gone is not None and whole(gone.gone) == [("p", "9"), ("s", "4")], "no row that stayed is read"
    assert entries[3].hidden is None and moved(2, 3) is None, "written whole again: nothing tells what moved"
    assert moved(2, 0) is None, "rows stand again that did not"
    same = layers.carried(entries[2], folders[2], tmp_path / "e")
    found = layers.moved(folders[2], entries[2], tmp_path / "e", same)
    assert found is not None and whole(found.gone) == whole(found.came) == [("p", "8"), ("u", "7")]
