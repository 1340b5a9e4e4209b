from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from schemas.errors import UsageError
from tests.library import town
from tests.library.test_operations import found, sound
from tests.library.town import COMMUNITY, DAY2, DAY3, GRID, NEXT, OTHER_GRID, STREET, TOWER, VILLAGE, order, unit
from transforms.lake.store import Lake
from transforms.library.draft import LibraryRefusal
from transforms.library.history import History
from transforms.library.operation import Done
from transforms.library.redraw import read_redrawing, redraw

Redraw = Callable[..., Done]


@pytest.fixture
def redrawn(lake: Lake, tmp_path: Path) -> Redraw:
    """Redraws by two files of CSV lines without header."""

    def work(areas: str = "", buildings: str = "", day: date = DAY3, dry_run: bool = False) -> Done:
        files: list[Path | None] = []
        for name, header, lines in (
            ("areas", "area_code,level,name,parent_code,is_ended,successor", areas),
            ("buildings", "building_code,grid_code,community_code,street_code", buildings),
        ):
            path = tmp_path / f"{name}.csv"
            path.write_text("\n".join([header, *lines.split()]) + "\n", encoding="utf-8")
            files.append(path if lines else None)
        return redraw(lake.home, read_redrawing(*files), order(day), dry_run=dry_run)

    return work


def lies(lake: Lake, code: str) -> tuple[str, str, str]:
    columns = ["building_code", "street_code", "community_code", "grid_code"]
    return next(row[1:] for row in lake.read("address.building", columns).rows() if row[0] == code)


def test_a_building_lies_elsewhere_from_a_day_on_and_keeps_its_code(lake: Lake, redrawn: Redraw) -> None:
    redrawn(buildings=f"{VILLAGE},44030601200101,,")
    assert lies(lake, VILLAGE) == ("440306012", "440306012001", "44030601200101") and lies(lake, NEXT)[0] == STREET
    history = History.open(lake.home)
    assert [history.of(unit(VILLAGE, 1), day).areas[2]["name"] for day in (DAY2, DAY3)] == ["固戍社区", "黄田社区"]
    assert found(lake, address="航城街道固戍一村66号101") == ("unit", unit(VILLAGE, 1))
    assert found(lake, address="西乡街道固戍一村67号101") == ("unit", unit(NEXT, 1))


def test_buildings_follow_a_community_that_goes_to_another_street(lake: Lake, redrawn: Redraw) -> None:
    done = redrawn(areas=f"{COMMUNITY},,,440306012,,")
    assert {lies(lake, code)[0] for code in (VILLAGE, NEXT, TOWER)} == {"440306012"}
    assert {lies(lake, code)[1] for code in (VILLAGE, NEXT, TOWER)} == {COMMUNITY}
    assert set(done.of_kind("redraw")) == {COMMUNITY, VILLAGE, NEXT, TOWER, town.SHED}
    rows = lake.read("address.area").filter(pl.col("area_code") == COMMUNITY).sort("valid_from")
    assert rows.select("parent_code", "valid_from", "valid_to").rows() == [
        (STREET, date(2020, 1, 1), DAY3),
        ("440306012", DAY3, None),
    ]
    history = History.open(lake.home)
    assert [history.of(VILLAGE, day).areas[1]["name"] for day in (DAY2, DAY3)] == ["西乡街道", "航城街道"]


def test_a_new_community_begins_and_an_old_grid_ends(lake: Lake, redrawn: Redraw) -> None:
    new, new_grid = "440306011006", "44030601100601"
    redrawn(
        areas=f"{new},community,南昌社区,{STREET},, {new_grid},grid,南昌一格,{new},, {OTHER_GRID},,,,true,{new_grid}",
        buildings=f"{TOWER},{new_grid},,",
    )
    assert lies(lake, TOWER) == (STREET, new, new_grid)
    history = History.open(lake.home)
    assert [history.of(OTHER_GRID, day).status for day in (DAY2, DAY3)] == ["active", "cancelled"]
    assert [history.of(new, day).status for day in (DAY2, DAY3)] == ["absent", "active"]
    assert history.of(OTHER_GRID).leads_to == [new_grid]
    assert found(lake, address="南昌社区碧海花园3栋1单元501") == ("unit", unit(TOWER, 1)) and sound(lake)


def test_a_renamed_street_is_known_by_both_names(lake: Lake, redrawn: Redraw) -> None:
    redrawn(areas=f"{STREET},,新西乡街道,,,")
    for street in ("西乡街道", "新西乡街道"):
        assert found(lake, address=f"{street}固戍一村66号101") == ("unit", unit(VILLAGE, 1))


@pytest.mark.parametrize(
    ("areas", "buildings", "said"),
    [
        (f"{OTHER_GRID},,,,true,", "", "1 buildings still lie"),
        (f"{STREET},,,,true,", "", f"area {COMMUNITY} would lie in {STREET}"),
        ("440306011006,community,南昌社区,440306099,,", "", "would lie in 440306099"),
        ("440306011006,community,,,,", "", "row 2: 440306011006 is new and lacks"),
        ("440306011006,street,南昌社区,440306011,,", "", "no code of a street"),
        ("44030601,,南昌社区,440306011,,", "", "is no code"),
        ("440306011009,,,,true,", "", "is not valid on"),
        ("", f"{GRID}09999,{GRID},,", "row 2: .*not in the library"),
        ("", f"{VILLAGE},44030601299999,,", "no area valid"),
        ("", f"{VILLAGE},44030601200101,{COMMUNITY},", "lies in 440306012001, not in"),
        ("", f"{VILLAGE},{GRID},,", "nothing would change"),
    ],
)
def test_refusals(lake: Lake, redrawn: Redraw, areas: str, buildings: str, said: str) -> None:
    with pytest.raises(LibraryRefusal, match=said):
        redrawn(areas, buildings)
    assert lake.standing().number == 0


def test_files_with_other_columns_and_no_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "areas.csv"
    path.write_text("area_code,colour\n440306,red\n", encoding="utf-8")
    with pytest.raises(UsageError, match="colour"):
        read_redrawing(path, None)
    with pytest.raises(UsageError, match="nothing to redraw"):
        read_redrawing(None, None)
