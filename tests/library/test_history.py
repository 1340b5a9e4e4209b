from __future__ import annotations

from datetime import date, timedelta

import pytest

from schemas.errors import UsageError
from schemas.home import Home
from tests.library import town
from tests.library.town import DAY1, DAY2, DAY3, NEXT, TOWER, VILLAGE, order, unit
from transforms.lake.store import Lake
from transforms.library.draft import LibraryRefusal
from transforms.library.history import History
from transforms.library.mint import NewUnit, mint
from transforms.library.names import called


def test_a_standing_code_tells_its_place_and_areas(lake: Lake) -> None:
    told = History.open(lake.home).of(unit(TOWER, 2))
    assert (told.level, told.status, told.leads_to) == ("unit", "active", [unit(TOWER, 2)])
    assert told.address == "广东省深圳市宝安区西乡街道固戍社区碧海花园3栋2单元501室"
    assert [area["name"] for area in told.areas] == ["宝安区", "西乡街道", "固戍社区", "固戍二格"]
    assert told.comes_from == told.became == []


def test_a_code_is_absent_before_it_was_minted(lake: Lake) -> None:
    mint(lake.home, [NewUnit(VILLAGE, "301")], order(DAY3))
    history = History.open(lake.home)
    before, then = history.of(unit(VILLAGE, 4), DAY2), history.of(unit(VILLAGE, 4), DAY3)
    assert (before.status, before.place, before.areas) == ("absent", None, [])
    assert then.status == "active" and then.place is not None and then.place["room"] == "301"
    assert [(line["kind"], line["by"], line["date"]) for line in then.changes] == [("mint", "地址管理岗", DAY3)]


def test_an_area_is_told_by_the_day(home: Home) -> None:
    renamed = town.frames()["address.area"].to_dicts()
    for row in renamed:
        if row["area_code"] == town.STREET:
            row["valid_to"] = DAY3
    new = {**next(row for row in renamed if row["area_code"] == town.STREET), "name": "新西乡街道"}
    import polars as pl

    from schemas.table import load_tables

    frame = load_tables()["address.area"].conform(
        pl.DataFrame([*renamed, {**new, "valid_from": DAY3, "valid_to": None}], infer_schema_length=None)
    )
    town.settle_in(home, area=frame)
    history = History.open(home)
    assert history.of(VILLAGE, DAY2).areas[1]["name"] == "西乡街道"
    assert history.of(VILLAGE, DAY3).areas[1]["name"] == history.of(VILLAGE).areas[1]["name"] == "新西乡街道"
    assert history.of(town.STREET, date(2019, 1, 1)).status == "absent"


def test_an_unknown_code_is_refused(lake: Lake) -> None:
    history = History.open(lake.home)
    for code in (unit(VILLAGE, 99), f"{town.GRID}09999", "12", ""):
        with pytest.raises(LibraryRefusal, match="never had"):
            history.of(code)


def test_before_the_first_day_there_is_nothing(lake: Lake) -> None:
    assert History.open(lake.home).of(NEXT, DAY1 - timedelta(days=1)).status == "absent"


def test_without_a_library_there_is_no_history(home: Home) -> None:
    with pytest.raises(UsageError):
        History.open(home)


def test_a_building_named_by_its_number_alone_is_called_by_estate_and_number() -> None:
    row = {"estate": "固戍一村", "estate_number": "66号", "road": "固戍路", "road_number": "1号"}
    assert called({**row, "name": "66号"}) == called({**row, "name": None}) == "固戍一村66号"
    assert called({**row, "name": "创新大厦"}) == "创新大厦"
    assert called({**row, "name": "1号", "estate": None, "estate_number": None}) == "固戍路1号"
    assert called({**row, "name": None, "estate": None, "estate_number": None}) == "固戍路1号"
    assert called(dict.fromkeys((*row, "name"))) is None
