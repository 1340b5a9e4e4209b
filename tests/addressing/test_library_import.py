from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from tests.addressing.small_library import DISTRICT, Building, building_code, frames_of, unit_code
from transforms.addressing.library import AddressLibrary
from transforms.addressing.library_check import check_library
from transforms.addressing.library_import import LibraryRefused, import_library, read_folder

SOUND = frames_of(
    [
        Building("西乡街道 固戍社区", "固戍一村", "66号", rooms=("101", "501")),
        Building("西乡街道 固戍社区", "固戍一村", "67号", rooms=("101",)),
    ]
)


def changed(table: str, change: pl.DataFrame) -> dict[str, pl.DataFrame]:
    return {**SOUND, table: change}


def lineage(*rows: tuple[str, str | None, str]) -> dict[str, pl.DataFrame]:
    return changed("lineage", pl.DataFrame(rows, schema=["code", "successor", "kind"], orient="row"))


def test_a_sound_library_is_not_refused() -> None:
    report = check_library(SOUND)
    assert report.refused == []
    assert report.rows["unit"] == 3


FAULTS = {
    "repeated codes": changed("unit", pl.concat([SOUND["unit"], SOUND["unit"].head(1)])),
    "units of no building": changed("building", SOUND["building"].head(1)),
    "malformed codes": changed("unit", SOUND["unit"].with_columns(unit_code=pl.col("unit_code").str.head(24))),
    "areas with two valid rows": changed("area", pl.concat([SOUND["area"], SOUND["area"].head(1)])),
    "areas whose parent is unknown": changed("area", SOUND["area"].filter(pl.col("level") != "street")),
    "buildings of an unknown street": changed(
        "building", SOUND["building"].with_columns(street_code=pl.lit(DISTRICT + "999"))
    ),
    "malformed area codes": changed("area", SOUND["area"].with_columns(area_code=pl.col("area_code") + "1")),
    "names of unknown codes": changed(
        "alias", pl.DataFrame({"code": [building_code(9)], "kind": ["short"], "text": ["某楼"]})
    ),
    "codes whose changes turn in a circle": lineage(
        (building_code(1), building_code(2), "renumber"), (building_code(2), building_code(1), "renumber")
    ),
    "changes to unknown codes": lineage((building_code(1), building_code(9), "merge")),
    "required columns missing": changed("unit", SOUND["unit"].drop("unit_code")),
}


@pytest.mark.parametrize("problem", FAULTS)
def test_what_keeps_a_library_out(problem: str) -> None:
    report = check_library(FAULTS[problem])
    found = [finding for finding in report.refused if problem in finding.problem]
    assert found, [str(finding) for finding in report.refused]
    assert found[0].rows > 0
    assert found[0].examples


def test_a_reinstated_code_is_no_circle() -> None:
    frames = lineage((building_code(1), building_code(2), "merge"), (building_code(2), building_code(1), "reinstate"))
    assert check_library(frames).refused == []


def test_what_will_tie_is_only_noted() -> None:
    twins = SOUND["building"].with_columns(estate_number=pl.lit("66号"))
    report = check_library(changed("building", twins))
    assert report.refused == []
    assert any("will tie" in finding.problem for finding in report.noted)


def test_no_folder_and_an_empty_one_say_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"address\.building"):
        read_folder(tmp_path)


def test_import_makes_it_current_and_a_bad_one_leaves_it(tmp_path: Path) -> None:
    pytest.importorskip("deltalake")
    folder, home = tmp_path / "library", Home(tmp_path / "home")
    folder.mkdir()
    for name, frame in SOUND.items():
        frame.write_parquet(folder / f"address.{name}.parquet")
    report = import_library(folder, home)
    current = AddressLibrary.open(home)
    assert current.unit["unit_code"].sort().to_list() == [unit_code(1, 1), unit_code(1, 2), unit_code(2, 1)]
    assert report.rows["building"] == 2
    pl.concat([SOUND["unit"], SOUND["unit"]]).write_parquet(folder / "address.unit.parquet")
    with pytest.raises(LibraryRefused, match="repeated codes"):
        import_library(folder, home)
    assert AddressLibrary.open(home).version == current.version


BUILDINGS = "building_code,estate,floors\n4403060010010100001,海旺花园,{}\n"


def test_a_csv_is_read_in_the_types_of_its_table(tmp_path: Path) -> None:
    (tmp_path / "address.building.csv").write_text(BUILDINGS.format("3"), encoding="gb18030")
    building = read_folder(tmp_path)["building"]
    assert building.select("estate", "floors").row(0) == ("海旺花园", 3)


def test_a_cell_of_another_type_is_named(tmp_path: Path) -> None:
    (tmp_path / "address.building.csv").write_text(BUILDINGS.format("三楼"), encoding="utf-8")
    with pytest.raises(LibraryRefused, match=r"address\.building\.csv row 2 column floors"):
        read_folder(tmp_path)


def test_a_boolean_of_a_csv_is_read_and_another_word_named(tmp_path: Path) -> None:
    path = tmp_path / "address.building.csv"
    path.write_text("building_code,is_temporary\na,true\nb,FALSE\nc,是\nd,\n", encoding="utf-8")
    assert read_folder(tmp_path)["building"]["is_temporary"].to_list() == [True, False, True, None]
    path.write_text("building_code,is_temporary\na,true\nb,vielleicht\n", encoding="utf-8")
    with pytest.raises(LibraryRefused, match=r"row 3 column is_temporary: 'vielleicht'"):
        read_folder(tmp_path)


def test_a_day_of_a_csv_is_read(tmp_path: Path) -> None:
    days = "building_code,first_seen\na,2012-11-15\nb,2012/11/15\nc,20121115\nd,\n"
    (tmp_path / "address.building.csv").write_text(days, encoding="utf-8")
    assert read_folder(tmp_path)["building"]["first_seen"].to_list() == [date(2012, 11, 15)] * 3 + [None]


@pytest.mark.parametrize(
    ("column", "cells"),
    [("floors", ["3", "三楼"]), ("first_seen", ["2026-01-01", "昨天"]), ("lon", [[1.0], [2.0]])],
)
def test_a_parquet_of_other_types_is_judged_by_its_cells(tmp_path: Path, column: str, cells: list) -> None:
    pl.DataFrame({"building_code": ["a", "b"], column: cells}).write_parquet(tmp_path / "address.building.parquet")
    with pytest.raises(LibraryRefused, match=rf"address\.building\.parquet row [23] column {column}"):
        read_folder(tmp_path)


def test_a_column_nobody_reads_and_an_unknown_usage_are_noted() -> None:
    unit = SOUND["unit"].with_columns(rooms=pl.lit("1"), usage=pl.lit("住人"))
    told = [str(found) for found in check_library({**SOUND, "unit": unit}).noted]
    assert any("left out (such as rooms)" in text for text in told)
    assert any("no code of unit_usage" in text for text in told)


@pytest.mark.parametrize(("column", "degrees"), [("lon", 999.0), ("lat", float("nan"))])
def test_a_point_outside_china_keeps_a_library_out(column: str, degrees: float) -> None:
    building = SOUND["building"].with_columns(pl.lit(degrees).alias(column))
    assert any(column in found.problem for found in check_library({**SOUND, "building": building}).refused)


def test_a_file_named_after_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "address.building.csv").write_text(BUILDINGS.format("3"), encoding="utf-8")
    (tmp_path / "address.units.csv").write_text("unit_code\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"address\.units\.csv is no table"):
        read_folder(tmp_path)
