"""What stands after each operation, what lineage tells, and how addresses and old codes key then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from schemas.errors import UsageError
from tests.library import town
from tests.library.town import (
    DAY1,
    DAY2,
    DAY3,
    DAY4,
    GRID,
    NEXT,
    OTHER_GRID,
    SHED,
    TOWER,
    VILLAGE,
    lineage,
    order,
    statuses,
    unit,
)  # fmt: skip
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary
from transforms.addressing.library_check import check_library
from transforms.lake.store import Lake
from transforms.library.cancel import cancel, confirm, reinstate
from transforms.library.draft import LibraryRefusal
from transforms.library.history import History
from transforms.library.merge import merge
from transforms.library.mint import NewUnit, mint
from transforms.library.rename import rename
from transforms.library.renumber import renumber
from transforms.library.split import split

HEAD = "广东省深圳市宝安区西乡街道固戍社区"


def key(lake: Lake, **asked: str) -> dict[str, Any]:
    records = pl.DataFrame({"row": [0], **{name: [value] for name, value in asked.items()}})
    return key_addresses(records.cast({"row": pl.UInt32}), AddressLibrary.open(lake.home)).row(0, named=True)


def found(lake: Lake, **asked: str) -> tuple[str, str | None]:
    answer = key(lake, **asked)
    return answer["match_level"], answer["unit_code"] or answer["building_code"]


def sound(lake: Lake) -> bool:
    """Whether the library would be let in as an import."""
    names = ("building", "unit", "area", "alias", "doorplate", "lineage")
    return not check_library({name: lake.read(f"address.{name}") for name in names}).refused


class TestRename:
    def test_a_building_is_found_by_both_names_and_its_rooms_are_addressed_anew(self, lake: Lake) -> None:
        rename(lake.home, VILLAGE, {"estate": "幸福里", "estate_number": "A栋"}, order())
        assert (
            found(lake, address="幸福里A栋101") == found(lake, address="固戍一村66号101") == ("unit", unit(VILLAGE, 1))
        )
        addresses = dict(lake.read("address.unit", ["unit_code", "standard_address"]).rows())
        assert addresses[unit(VILLAGE, 1)] == f"{HEAD}幸福里A栋101室" and "67号" in addresses[unit(NEXT, 1)]
        former = lake.read("address.alias", ["code", "kind", "text", "valid_from"]).rows()
        assert former == [(VILLAGE, "former", "固戍一村66号", DAY2)]
        assert lineage(lake) == set() and sound(lake)

    def test_a_new_doorplate_ends_the_old_one_which_goes_on_finding(self, lake: Lake) -> None:
        rename(lake.home, VILLAGE, {"road": "宝源路", "road_number": "21号"}, order())
        assert found(lake, address="固戍社区宝源路21号101") == ("unit", unit(VILLAGE, 1))
        assert found(lake, address="固戍社区固戍路1号101") == ("unit", unit(VILLAGE, 1))
        plates = lake.read("address.doorplate", ["road", "road_number", "valid_from", "valid_to"]).rows()
        assert set(plates) == {("固戍路", "1号", DAY1, DAY2), ("宝源路", "21号", DAY2, None)}

    def test_a_room_is_found_by_its_former_address(self, lake: Lake) -> None:
        rename(lake.home, unit(VILLAGE, 3), {"room": "301"}, order())
        assert found(lake, address="固戍一村66号301") == ("unit", unit(VILLAGE, 3))
        assert found(lake, address=f"{HEAD}固戍一村66号201室") == ("unit", unit(VILLAGE, 3))

    def test_history_tells_the_name_of_the_day(self, lake: Lake) -> None:
        rename(lake.home, VILLAGE, {"estate": "幸福里", "estate_number": "A栋"}, order(DAY3))
        history = History.open(lake.home)
        assert [history.of(VILLAGE, day).address for day in (DAY2, DAY3)] == ["固戍一村66号", "幸福里A栋"]
        assert "固戍一村66号" in str(history.of(unit(VILLAGE, 1), DAY2).address)
        assert [name["text"] for name in history.of(VILLAGE, DAY3).names] == ["固戍一村66号"]
        assert history.of(VILLAGE, DAY2).names == []

    @pytest.mark.parametrize(
        ("code", "names", "said"),
        [
            (VILLAGE, {"estate_number": "66号"}, "nothing would change"),
            (VILLAGE, {"estate_number": "67号", "road_number": "3号"}, "the same names"),
            (VILLAGE, {"room": "1"}, "has no room"),
            (unit(VILLAGE, 1), {"room": "102"}, "has a code"),
            (unit(VILLAGE, 1), {"room": ""}, "no door"),
            (SHED, {"name": ""}, "cannot be found"),
        ],
    )
    def test_refusals(self, lake: Lake, code: str, names: dict[str, str], said: str) -> None:
        with pytest.raises(LibraryRefusal, match=said):
            rename(lake.home, code, names, order())
        assert lake.standing().number == 0


class TestSplit:
    def test_a_room_becomes_two_with_codes_of_their_own(self, lake: Lake) -> None:
        old, new = unit(VILLAGE, 3), (unit(VILLAGE, 4), unit(VILLAGE, 5))
        done = split(lake.home, old, ["201A", "201B"], order())
        assert [(change.code, change.kind, change.successors) for change in done.codes] == [
            (new[0], "mint", []),
            (new[1], "mint", []),
            (old, "split", [*new]),
        ]
        assert statuses(lake)[old] == "cancelled" and lineage(lake) == {(old, code, "split") for code in new}
        assert found(lake, address="固戍一村66号201A") == ("unit", new[0])
        answer = key(lake, code=old)
        assert (answer["match_level"], answer["unit_code"], answer["candidates"]) == ("building", None, [*new])
        assert found(lake, code=old, address="固戍一村66号201B") == ("unit", new[1])
        assert sound(lake)

    def test_a_part_may_keep_the_room_but_not_the_code(self, lake: Lake) -> None:
        split(lake.home, unit(VILLAGE, 3), ["201", "202"], order())
        assert found(lake, address="固戍一村66号201") == ("unit", unit(VILLAGE, 4))

    def test_a_building_becomes_two_and_shares_out_its_rooms(self, lake: Lake) -> None:
        split(lake.home, TOWER, ["3A栋", "3B栋"], order(), assign={"1": "3A栋"}, rest="3B栋")
        a, b = f"{OTHER_GRID}00008", f"{OTHER_GRID}00009"
        assert lineage(lake) == {
            (TOWER, a, "split"), (TOWER, b, "split"),
            (unit(TOWER, 1), unit(a, 1), "renumber"), (unit(TOWER, 2), unit(b, 1), "renumber"),
        }  # fmt: skip
        assert found(lake, code=unit(TOWER, 2)) == ("unit", unit(b, 1))
        assert found(lake, address="碧海花园3A栋1单元501") == ("unit", unit(a, 1))
        answer = key(lake, code=TOWER)
        assert (answer["match_level"], answer["building_code"], answer["candidates"]) == ("none", None, [a, b])
        assert sound(lake)

    @pytest.mark.parametrize(
        ("code", "into", "more", "said"),
        [
            (unit(VILLAGE, 3), ["201A"], {}, "fewer than two"),
            (unit(VILLAGE, 3), ["201A", "２０１A"], {}, "fewer than two"),
            (unit(VILLAGE, 3), ["101", "202"], {}, "has a code"),
            (TOWER, ["3A栋", "3B栋"], {"assign": {"1单元": "3A栋"}}, "1 rooms of"),
            (TOWER, ["3A栋", "3B栋"], {"rest": "3C栋"}, "none of the parts"),
            (TOWER, ["3A栋", "3B栋"], {"assign": {"9单元": "3A栋"}, "rest": "3B栋"}, "9单元 is no entrance"),
            (unit(VILLAGE, 99), ["1", "2"], {}, "not in the library"),
            ("4403", ["1", "2"], {}, "is no code"),
        ],
    )
    def test_refusals(self, lake: Lake, code: str, into: list[str], more: dict[str, Any], said: str) -> None:
        with pytest.raises(LibraryRefusal, match=said):
            split(lake.home, code, into, order(), **more)
        assert lake.standing().number == 0


class TestMerge:
    def test_rooms_become_a_new_one_which_the_old_codes_and_addresses_find(self, lake: Lake) -> None:
        old, new = (unit(VILLAGE, 1), unit(VILLAGE, 2)), unit(VILLAGE, 4)
        merge(lake.home, old, order(), names={"room": "101-102"})
        assert lineage(lake) == {(code, new, "merge") for code in old}
        assert [found(lake, code=code) for code in old] == [("unit", new)] * 2
        for address in (f"{HEAD}固戍一村66号102室", "固戍一村66号102", "固戍一村66号101房"):
            assert found(lake, address=address) == ("unit", new)
        assert sound(lake)

    def test_one_of_them_may_keep_its_code(self, lake: Lake) -> None:
        merge(lake.home, [unit(VILLAGE, 1), unit(VILLAGE, 2)], order(), into=unit(VILLAGE, 1))
        assert found(lake, code=unit(VILLAGE, 2)) == ("unit", unit(VILLAGE, 1))
        assert statuses(lake)[unit(VILLAGE, 1)] == "active" and lake.read("address.unit").height == 6

    def test_buildings_become_one_with_all_their_rooms(self, lake: Lake) -> None:
        cancel(lake.home, unit(NEXT, 1), order())
        mint(lake.home, [NewUnit(NEXT, "301")], order())
        merge(lake.home, [VILLAGE, NEXT], order(DAY3), into=VILLAGE)
        assert statuses(lake, "building")[NEXT] == "cancelled"
        assert found(lake, code=NEXT) == ("building", VILLAGE)
        assert found(lake, code=unit(NEXT, 2)) == ("unit", unit(VILLAGE, 4))
        assert (
            found(lake, address="固戍一村67号301") == found(lake, address="固戍路3号301") == ("unit", unit(VILLAGE, 4))
        )
        assert sound(lake)

    @pytest.mark.parametrize(
        ("codes", "more", "said"),
        [
            ([unit(VILLAGE, 1), unit(NEXT, 1)], {"names": {"room": "1"}}, "different buildings"),
            ([unit(VILLAGE, 1), VILLAGE], {}, "cannot become one"),
            ([unit(VILLAGE, 1)], {}, "fewer than two"),
            ([unit(VILLAGE, 1)] * 2, {}, "fewer than two"),
            ([unit(VILLAGE, 1), unit(VILLAGE, 2)], {"into": unit(VILLAGE, 3)}, "none of the merged"),
            ([unit(VILLAGE, 1), unit(VILLAGE, 2)], {"names": {"room": "201"}}, "has a code"),
            ([VILLAGE, NEXT], {"into": VILLAGE}, "one door"),
        ],
    )
    def test_refusals(self, lake: Lake, codes: list[str], more: dict[str, Any], said: str) -> None:
        with pytest.raises(LibraryRefusal, match=said):
            merge(lake.home, codes, order(), **more)
        assert lake.standing().number == 0

    def test_a_merge_must_say_what_the_new_one_is_called(self, lake: Lake) -> None:
        for codes in ([unit(VILLAGE, 1), unit(VILLAGE, 2)], [NEXT, TOWER]):
            with pytest.raises(UsageError, match="called"):
                merge(lake.home, codes, order())


class TestRenumber:
    def test_a_building_gets_a_code_of_the_grid_it_stands_in_and_its_rooms_with_it(self, lake: Lake) -> None:
        renumber(lake.home, VILLAGE, order(), grid_code=OTHER_GRID)
        new = f"{OTHER_GRID}00008"
        assert lineage(lake) == {(VILLAGE, new, "renumber")} | {
            (unit(VILLAGE, number), unit(new, number), "renumber") for number in (1, 2, 3)
        }
        assert found(lake, code=VILLAGE) == ("building", new)
        assert found(lake, code=unit(VILLAGE, 2)) == found(lake, address="固戍一村66号102") == ("unit", unit(new, 2))
        assert sound(lake)

    def test_a_room_moves_to_the_building_it_is_in(self, lake: Lake) -> None:
        renumber(lake.home, unit(VILLAGE, 3), order(), building_code=NEXT)
        assert found(lake, code=unit(VILLAGE, 3)) == ("unit", unit(NEXT, 2))

    def test_names_of_the_old_code_go_on(self, lake: Lake) -> None:
        rename(lake.home, VILLAGE, {"estate": "幸福里", "estate_number": "A栋"}, order())
        renumber(lake.home, VILLAGE, order(DAY3))
        assert found(lake, address="固戍一村66号101") == ("unit", unit(f"{GRID}00003", 1))

    @pytest.mark.parametrize(
        ("code", "more", "said"),
        [
            (VILLAGE, {"grid_code": "44030601100599"}, "no base grid valid"),
            (VILLAGE, {"building_code": NEXT}, "a building to a grid"),
            (unit(VILLAGE, 1), {"building_code": NEXT}, "has a code"),
            (unit(VILLAGE, 1), {"building_code": f"{GRID}09999"}, "not in the library"),
        ],
    )
    def test_refusals(self, lake: Lake, code: str, more: dict[str, str], said: str) -> None:
        with pytest.raises(LibraryRefusal, match=said):
            renumber(lake.home, code, order(), **more)
        assert lake.standing().number == 0


class TestCancelAndReinstate:
    def test_a_cancelled_room_is_known_and_no_door(self, lake: Lake) -> None:
        cancel(lake.home, unit(VILLAGE, 3), order())
        answer = key(lake, code=unit(VILLAGE, 3))
        assert (answer["match_level"], answer["building_code"], answer["broken_rule"]) == ("building", VILLAGE, None)
        assert found(lake, address="固戍一村66号201")[0] == "building"
        assert lineage(lake) == {(unit(VILLAGE, 3), None, "cancel")}

    def test_a_building_is_cancelled_with_its_rooms_and_stands_again_with_them(self, lake: Lake) -> None:
        cancel(lake.home, unit(VILLAGE, 3), order(DAY2))
        with pytest.raises(LibraryRefusal, match="still has 2 rooms"):
            cancel(lake.home, VILLAGE, order(DAY3))
        cancel(lake.home, VILLAGE, order(DAY3), with_units=True)
        assert found(lake, code=VILLAGE) == ("none", None)
        with pytest.raises(LibraryRefusal, match="the building of"):
            reinstate(lake.home, unit(VILLAGE, 1), order(DAY4))
        reinstate(lake.home, VILLAGE, order(DAY4), with_units=True)
        assert [statuses(lake)[unit(VILLAGE, number)] for number in (1, 2, 3)] == ["active", "active", "cancelled"]
        assert found(lake, code=unit(VILLAGE, 1)) == ("unit", unit(VILLAGE, 1))
        assert sound(lake)

    def test_a_code_stands_again_only_where_nothing_took_its_place(self, lake: Lake) -> None:
        cancel(lake.home, unit(VILLAGE, 3), order())
        mint(lake.home, [NewUnit(VILLAGE, "201")], order())
        with pytest.raises(LibraryRefusal, match="has a code"):
            reinstate(lake.home, unit(VILLAGE, 3), order(DAY3))
        split(lake.home, unit(VILLAGE, 1), ["101A", "101B"], order())
        with pytest.raises(LibraryRefusal, match="which stands"):
            reinstate(lake.home, unit(VILLAGE, 1), order(DAY3))

    def test_a_renumbering_taken_back_leads_home(self, lake: Lake) -> None:
        renumber(lake.home, unit(VILLAGE, 3), order(), building_code=NEXT)
        cancel(lake.home, unit(NEXT, 2), order(DAY3))
        reinstate(lake.home, unit(VILLAGE, 3), order(DAY3))
        assert found(lake, code=unit(VILLAGE, 3)) == ("unit", unit(VILLAGE, 3))
        told = History.open(lake.home)
        assert [told.of(unit(VILLAGE, 3), day).status for day in (DAY1, DAY2, DAY3)] == [
            "active",
            "cancelled",
            "active",
        ]

    @pytest.mark.parametrize("work", [cancel, reinstate, confirm])
    def test_what_is_so_already_is_refused(self, lake: Lake, work: Callable[..., Any]) -> None:
        if work is cancel:
            cancel(lake.home, unit(VILLAGE, 3), order())
        with pytest.raises(LibraryRefusal, match=r"is cancelled|is not cancelled|is not proposed"):
            work(lake.home, unit(VILLAGE, 3), order(DAY3))

    def test_a_day_before_the_last_change_is_refused(self, lake: Lake) -> None:
        rename(lake.home, unit(VILLAGE, 3), {"room": "301"}, order(DAY3))
        with pytest.raises(LibraryRefusal, match="was last changed on"):
            cancel(lake.home, unit(VILLAGE, 3), order(DAY2))
        with pytest.raises(LibraryRefusal, match="entered the library"):
            cancel(lake.home, unit(VILLAGE, 1), order(DAY1 - timedelta(days=1)))

    def test_a_provisional_code_is_confirmed(self, home: Any) -> None:
        rooms = town.frames()["address.unit"].with_columns(
            status=pl.when(pl.col("unit_code") == unit(VILLAGE, 3)).then(pl.lit("proposed")).otherwise("status")
        )
        lake = town.settle_in(home, unit=rooms)
        confirm(home, unit(VILLAGE, 3), order())
        assert statuses(lake)[unit(VILLAGE, 3)] == "active"


class TestHistoryOfCodes:
    def test_both_ways_through_splits_and_merges(self, lake: Lake) -> None:
        old = unit(VILLAGE, 3)
        split(lake.home, old, ["201A", "201B"], order(DAY2))
        a, b = unit(VILLAGE, 4), unit(VILLAGE, 5)
        merge(lake.home, [a, b], order(DAY3), names={"room": "201"})
        last = unit(VILLAGE, 6)
        renumber(lake.home, last, order(DAY4), building_code=NEXT)
        history = History.open(lake.home)
        told = history.of(old)
        assert (told.status, told.leads_to) == ("cancelled", [unit(NEXT, 2)])
        assert {(step.kind, step.successor) for step in told.became} == {
            ("split", a), ("split", b), ("merge", last), ("renumber", unit(NEXT, 2)),
        }  # fmt: skip
        back = history.of(unit(NEXT, 2))
        assert {step.code for step in back.comes_from} == {old, a, b, last} and back.became == []
        assert [history.of(a, day).status for day in (DAY1, DAY2, DAY3)] == ["absent", "active", "cancelled"]
