"""A library that follows another: codes keep their place, none is forgotten, rooms found by the door stay."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pytest

from schemas.home import Home
from schemas.table import load_tables
from tests.addressing.small_library import Building, building_code, frames_of, unit_code
from transforms.addressing.library import AddressLibrary
from transforms.addressing.library_check import LibraryReport
from transforms.addressing.library_import import LibraryRefused, import_library
from transforms.lake.store import Lake

ONE = Building("西乡街道 固戍社区", "固戍一村", "66号", "固戍路", "1号", rooms=("101", "2单元501"))
TWO = Building("西乡街道 固戍社区", "固戍一村", "67号", "固戍路", "3号", rooms=("101",))
FOUND = unit_code(1, 3)  # the next code of the first building, given to a room the door found
Frames = dict[str, pl.DataFrame]


def make_current(home: Home, folder: Path, frames: Frames) -> LibraryReport:
    folder.mkdir(exist_ok=True)
    for name, frame in frames.items():
        frame.write_parquet(folder / f"address.{name}.parquet")
    return import_library(folder, home)


@pytest.fixture
def keyed(home: Home, tmp_path: Path) -> Callable[[Frames], LibraryReport]:
    """Imports into a home of one batch, whose door found room 601."""
    make_current(home, tmp_path / "library", frames_of([ONE, TWO]))
    lake = Lake(home)
    at = datetime(2026, 3, 2, 9)
    lake.commit({"batch_id": "a" * 16, "feed_id": "town__lodgers", "status": "loaded", "committed_at": at})
    found = {"unit_code": FOUND, "building_code": building_code(1), "room": "601", "status": "proposed", "version": 1}
    found_room = load_tables()["address.unit"].conform(pl.DataFrame([found]))
    lake.replace("address.unit", pl.concat([lake.read("address.unit"), found_room]))
    return lambda frames: make_current(home, tmp_path / "library", frames)


def with_unit(frames: Frames, code: str, **told: object) -> Frames:
    changes = [
        pl.when(pl.col("unit_code") == code).then(pl.lit(value)).otherwise(name).alias(name)
        for name, value in told.items()
    ]
    return {**frames, "unit": frames["unit"].with_columns(changes)}


def statuses(home: Home, table: str = "unit") -> dict[str, str]:
    return dict(Lake(home).read(f"address.{table}", [f"{table}_code", "status"]).rows())


def test_the_same_again_keeps_what_the_door_found(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    before = AddressLibrary.open(home).version
    report = keyed(frames_of([ONE, TWO]))
    assert statuses(home)[FOUND] == "proposed" and len(statuses(home)) == 4
    assert report.version == AddressLibrary.open(home).version == before and report.rows["unit"] == 4
    assert [finding.examples for finding in report.noted if "found by the door" in finding.problem] == [[FOUND]]


def test_a_found_room_taken_up_under_its_code_is_active(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    keyed(frames_of([Building(**{**vars(ONE), "rooms": (*ONE.rooms, "601")}), TWO]))
    assert statuses(home)[FOUND] == "active" and len(statuses(home)) == 4


def test_a_found_room_taken_up_under_another_code_leads_there(
    home: Home, keyed: Callable[[Frames], LibraryReport]
) -> None:
    frames = frames_of([Building(**{**vars(ONE), "rooms": (*ONE.rooms, "601")}), TWO])
    elsewhere = unit_code(1, 9)
    keyed(with_unit(frames, FOUND, unit_code=elsewhere))
    assert (statuses(home)[FOUND], statuses(home)[elsewhere]) == ("cancelled", "active")
    assert Lake(home).read("address.lineage", ["code", "successor", "kind"]).rows() == [(FOUND, elsewhere, "renumber")]
    keyed(with_unit(frames, FOUND, unit_code=elsewhere))
    assert Lake(home).read("address.lineage").height == 1


def test_a_found_rooms_code_for_another_room_is_refused(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    before = AddressLibrary.open(home).version
    with pytest.raises(LibraryRefused, match=FOUND) as refused:
        keyed(frames_of([Building(**{**vars(ONE), "rooms": (*ONE.rooms, "602")}), TWO]))
    assert "permanent" in refused.value.mend and AddressLibrary.open(home).version == before


@pytest.mark.parametrize("told", [{"room": "102"}, {"entrance": "1单元"}])
def test_a_code_given_to_another_room_is_refused(
    keyed: Callable[[Frames], LibraryReport], told: dict[str, str]
) -> None:
    with pytest.raises(LibraryRefused, match=unit_code(1, 2)):
        keyed(with_unit(frames_of([ONE, TWO]), unit_code(1, 2), **told))


def test_a_code_given_to_another_building_is_refused(keyed: Callable[[Frames], LibraryReport]) -> None:
    with pytest.raises(LibraryRefused, match=building_code(2)):
        keyed(frames_of([ONE, Building("西乡街道 固戍社区", "流塘村", "5号", "流塘路", "8号", rooms=("101",))]))


def test_a_rename_and_what_is_told_anew_are_let_in(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    renamed = Building("西乡街道 固戍社区", "幸福里", "A栋", "固戍路", "1号", rooms=("1单元101", "2单元501室"))
    keyed(frames_of([renamed, TWO]))
    names = dict(Lake(home).read("address.building", ["building_code", "estate"]).rows())
    assert names[building_code(1)] == "幸福里" and statuses(home)[FOUND] == "proposed"


def test_a_missing_code_stays_cancelled(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    report = keyed(frames_of([Building(**{**vars(ONE), "rooms": ("101",)})]))
    assert statuses(home, "building") == {building_code(1): "active", building_code(2): "cancelled"}
    gone = {code for code, status in statuses(home).items() if status == "cancelled"}
    assert gone == {unit_code(1, 2), unit_code(2, 1)} and statuses(home)[FOUND] == "proposed"
    told = {finding.table: finding.rows for finding in report.noted if "kept, cancelled" in finding.problem}
    assert told == {"building": 1, "unit": 2}
    again = keyed(frames_of([Building(**{**vars(ONE), "rooms": ("101",)})]))
    assert again.version == report.version
    assert not [finding for finding in again.noted if "kept, cancelled" in finding.problem]
    keyed(frames_of([ONE, TWO]))
    assert "cancelled" not in statuses(home).values()


def test_a_missing_buildings_found_room_is_cancelled_with_it(
    home: Home, keyed: Callable[[Frames], LibraryReport]
) -> None:
    frames = frames_of([ONE, TWO])
    kept = {table: frames[table].filter(pl.col("building_code") == building_code(2)) for table in ("building", "unit")}
    keyed({**frames, **kept})
    assert statuses(home)[FOUND] == "cancelled" and statuses(home)[unit_code(2, 1)] == "active"


def test_a_missing_area_ends(home: Home, keyed: Callable[[Frames], LibraryReport]) -> None:
    frames = frames_of([ONE, TWO])
    extra = {"area_code": "440306999", "level": "street", "name": "某街道", "parent_code": "440306"}
    keyed({**frames, "area": pl.concat([frames["area"], pl.DataFrame([extra])])})
    keyed(frames)
    ended = Lake(home).read("address.area").filter(pl.col("valid_to").is_not_null())
    assert ended["area_code"].to_list() == ["440306999"] and ended["valid_to"][0] >= date(2026, 3, 2)


def elsewhere(frames: Frames) -> Frames:
    """The same town in another district."""
    return {name: frame.with_columns(cs.string().str.replace("^440306", "440305")) for name, frame in frames.items()}


def test_another_district_goes_to_a_home_of_its_own(
    keyed: Callable[[Frames], LibraryReport], home: Home, tmp_path: Path
) -> None:
    with pytest.raises(LibraryRefused, match="shares no building") as refused:
        keyed(elsewhere(frames_of([ONE, TWO])))
    assert "BLOCKDATA_HOME" in refused.value.mend and FOUND in statuses(home)
    empty = Home(tmp_path / "another")
    make_current(empty, tmp_path / "library", frames_of([ONE]))
    make_current(empty, tmp_path / "library", elsewhere(frames_of([TWO])))
    assert [code[:6] for code in statuses(empty, "building")] == ["440305"]
