from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from schemas.errors import UsageError
from schemas.home import Home
from schemas.table import load_tables
from tests.library import town
from tests.library.town import DAY1, DAY2, DAY3, GRID, NEXT, SHED, TOWER, VILLAGE, order, unit
from transforms.lake.store import Lake
from transforms.library.draft import LibraryRefusal, Order
from transforms.library.mint import NewBuilding, NewUnit, mint
from transforms.library.operation import Done, today


def units(lake: Lake, *wanted: NewUnit | NewBuilding, day: date = DAY2) -> Done:
    return mint(lake.home, wanted, order(day))


def row(lake: Lake, code: str) -> dict:
    table = "unit" if len(code) == 25 else "building"
    return next(one for one in lake.read(f"address.{table}").to_dicts() if one[f"{table}_code"] == code)


def test_a_room_gets_the_next_code_of_its_building_and_its_address(lake: Lake) -> None:
    done = units(lake, NewUnit(TOWER, "６０１室", entrance="2", floor=6))
    assert done.of_kind("mint") == [unit(TOWER, 3)] and done.status == "done"
    new = row(lake, unit(TOWER, 3))
    assert (new["entrance"], new["room"], new["floor"], new["status"]) == ("2单元", "601", 6, "active")
    assert new["standard_address"] == "广东省深圳市宝安区西乡街道固戍社区碧海花园3栋2单元601室"
    assert (new["first_seen"], new["last_changed"], new["version"]) == (DAY2, DAY2, 1)


def test_several_rooms_get_codes_in_their_order(lake: Lake) -> None:
    done = units(lake, NewUnit(VILLAGE, "301"), NewUnit(NEXT, "201"), NewUnit(VILLAGE, "302"))
    assert done.of_kind("mint") == [unit(VILLAGE, 4), unit(NEXT, 2), unit(VILLAGE, 5)]


def test_the_first_room_of_a_building_is_000001(lake: Lake) -> None:
    assert units(lake, NewUnit(SHED, "1")).of_kind("mint") == [f"{SHED}000001"]


def test_a_building_takes_areas_and_prefix_of_its_grid(lake: Lake) -> None:
    (code,) = units(lake, NewBuilding(GRID, estate="固戍一村", estate_number="68号")).of_kind("mint")
    assert code == f"{GRID}00003"
    new = row(lake, code)
    assert (new["street_code"], new["community_code"], new["grid_code"]) == (town.STREET, town.COMMUNITY, GRID)
    assert units(lake, NewUnit(code, "101")).of_kind("mint") == [f"{code}000001"]


def test_temporary_buildings_have_t_codes_of_their_own_sequence(lake: Lake) -> None:
    wanted = NewBuilding(GRID, name="防疫岗亭", is_temporary=True)
    assert units(lake, wanted).of_kind("mint") == [f"{GRID}T0005"]
    assert row(lake, f"{GRID}T0005")["is_temporary"]


def test_cancelled_and_forgotten_codes_are_never_given_again(home: Home, lake: Lake) -> None:
    cancelled = {"code": unit(VILLAGE, 40), "successor": None, "kind": "cancel", "date": DAY1}
    gone = load_tables()["address.lineage"].conform(pl.DataFrame([cancelled]))
    unit_frame = town.frames()["address.unit"].with_columns(
        status=pl.when(pl.col("unit_code") == unit(NEXT, 1)).then(pl.lit("cancelled")).otherwise("status")
    )
    town.settle_in(home, lineage=gone, unit=unit_frame)
    done = units(lake, NewUnit(VILLAGE, "301"), NewUnit(NEXT, "101"))
    assert done.of_kind("mint") == [unit(VILLAGE, 41), unit(NEXT, 2)]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (NewUnit(VILLAGE, "101"), "has a code"),
        (NewUnit(VILLAGE, "１０１ 室"), "has a code"),
        (NewUnit(TOWER, "501", entrance="1"), "has a code"),
        (NewUnit(f"{GRID}09999", "101"), "not in the library"),
        (NewUnit(VILLAGE, " "), "without a room"),
        (NewBuilding("44030601199901", name="楼"), "no base grid valid"),
        (NewBuilding(town.COMMUNITY, name="楼"), "14 digits"),
        (NewBuilding(GRID), "without any name"),
        (NewBuilding(GRID, name="楼", lon=113.9), "half a point"),
        (
            NewBuilding(GRID, estate="固戍一村", estate_number="66号", road="固戍路", road_number="1号"),
            "the same names",
        ),
        (NewBuilding(GRID, name="楼", street_code="440306012"), "lies in street"),
    ],
)
def test_what_cannot_be_minted_is_refused_and_nothing_changes(lake: Lake, wanted: NewUnit, said: str) -> None:
    before = lake.standing().number
    with pytest.raises(LibraryRefusal, match=said) as refused:
        units(lake, wanted)
    assert refused.value.mend and lake.standing().number == before


def test_one_bad_row_of_many_mints_none(lake: Lake) -> None:
    with pytest.raises(LibraryRefusal, match=r"no\. 2: "):
        units(lake, NewUnit(VILLAGE, "301"), NewUnit(VILLAGE, "301"))
    assert lake.standing().number == 0


def test_the_same_again_is_found_done(lake: Lake) -> None:
    first = units(lake, NewUnit(VILLAGE, "301"))
    again = units(lake, NewUnit(VILLAGE, "301"))
    assert (again.status, again.codes, again.operation) == ("repeated", first.codes, first.operation)
    with pytest.raises(LibraryRefusal, match="has a code"):
        units(lake, NewUnit(VILLAGE, "301"), day=DAY3)


def test_a_dry_run_says_the_code_and_leaves_none(lake: Lake) -> None:
    tried = mint(lake.home, [NewUnit(VILLAGE, "301")], order(), dry_run=True)
    assert (tried.status, tried.of_kind("mint")) == ("tried", [unit(VILLAGE, 4)])
    assert lake.read("address.unit").height == 6 and lake.read("address.operation").is_empty()


def test_a_day_before_the_building_or_to_come_is_refused(lake: Lake) -> None:
    for day, said in ((DAY1 - timedelta(days=1), "entered the library on"), (today() + timedelta(days=1), "to come")):
        with pytest.raises(LibraryRefusal, match=said):
            units(lake, NewUnit(VILLAGE, "301"), day=day)


@pytest.mark.parametrize("told", [("", "测试"), ("地址管理岗", " "), ("13912345678", "测试")])
def test_a_post_and_a_reason_must_be_told_and_nobodys_number(lake: Lake, told: tuple[str, str]) -> None:
    with pytest.raises(UsageError):
        mint(lake.home, [NewUnit(VILLAGE, "301")], Order(*told, DAY2))


def test_who_and_why_are_kept_with_every_code(lake: Lake) -> None:
    units(lake, NewUnit(VILLAGE, "301"), NewUnit(VILLAGE, "302"))
    (told,) = lake.read("address.operation").to_dicts()
    assert (told["number"], told["kind"], told["by"], told["date"]) == (1, "mint", "地址管理岗", DAY2)
    changes = lake.read("address.change", ["operation", "code", "attribute", "before", "after"]).rows()
    assert changes == [(1, unit(VILLAGE, number), "status", None, "active") for number in (4, 5)]


def test_a_lake_without_library_is_told(home: Home) -> None:
    with pytest.raises(UsageError, match="no address library"):
        mint(home, [NewUnit(VILLAGE, "301")], order())


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (NewUnit(VILLAGE, "301", usage="住人"), "no usage"),
        (NewUnit(VILLAGE, "301", floor=-500), "-500"),
        (NewUnit(VILLAGE, "301", area_m2=float("nan")), "no area"),
        (NewUnit(VILLAGE, "301", area_m2=-1.0), "no area"),
        (NewBuilding(GRID, name="岗亭", lon=999.0, lat=22.5), "lon 999"),
        (NewBuilding(GRID, name="岗亭", lon=113.8, lat=float("nan")), "lat nan"),
        (NewBuilding(GRID, name="岗亭", lon=113.8), "half a point"),
        (NewBuilding(GRID, name="岗亭", floors=0), "no number of floors"),
    ],
)
def test_what_no_place_has_is_refused(lake: Lake, wanted: NewUnit | NewBuilding, said: str) -> None:
    with pytest.raises(LibraryRefusal, match=said):
        units(lake, wanted)
    assert lake.standing().number == 0


def test_a_usage_may_be_told_in_chinese(lake: Lake) -> None:
    (code,) = units(lake, NewUnit(VILLAGE, "301", usage="住宅")).of_kind("mint")
    assert row(lake, code)["usage"] == "residence"
