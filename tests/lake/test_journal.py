"""The journal: operations over several tables, each seen whole or not at all, whatever dies when."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest

from schemas.errors import BlockdataError
from schemas.home import Home
from tests.library import town
from tests.library.town import VILLAGE, order, unit
from transforms.lake import store
from transforms.lake.journal import JOURNAL, MERGE_ABOVE_FILES
from transforms.lake.store import Lake
from transforms.library.mint import NewUnit, mint


@pytest.fixture
def lake(home: Home) -> Lake:
    return town.settle_in(home)


def rooms(lake: Lake) -> int:
    return lake.read("address.unit").height


def test_a_pinned_lake_sees_no_later_operation(lake: Lake) -> None:
    pinned = lake.pinned()
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    assert (rooms(pinned), rooms(lake)) == (6, 7)
    lake.settle_library()
    assert (rooms(pinned), rooms(lake)) == (6, 7)
    assert pinned.read("address.operation").is_empty() and lake.read("address.operation").height == 1


def test_settling_changes_nothing_that_is_read_and_gives_files(lake: Lake) -> None:
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    before = {name: lake.read(name).sort(pl.all()) for name in ("address.unit", "address.operation", "address.change")}
    with pytest.raises(BlockdataError, match="settle"):
        lake.files("address.unit")
    lake.settle_library()
    assert all(lake.read(name).sort(pl.all()).equals(frame) for name, frame in before.items())
    assert pl.read_parquet(lake.files("address.unit")).height == 7
    assert lake.standing().number == 1 and not lake.standing().pending


def test_a_settled_library_counts_its_operations_on(lake: Lake) -> None:
    """Not the versions of its tables: those tell how often it was settled."""
    for number in range(1, 5):
        assert mint(lake.home, [NewUnit(VILLAGE, f"30{number}")], order()).operation == number
        if number in (3, 4):
            lake.settle_library()
            assert lake.standing().number == number
    assert lake.read("address.operation")["number"].sort().to_list() == [1, 2, 3, 4]


def test_many_operations_are_gathered_and_keep_their_numbers(lake: Lake) -> None:
    count = MERGE_ABOVE_FILES + 3
    for number in range(count):
        assert mint(lake.home, [NewUnit(VILLAGE, f"9{number:02d}")], order()).operation == number + 1
    assert lake.standing().files < MERGE_ABOVE_FILES
    assert rooms(lake) == 6 + count and lake.read("address.operation").height == count


class Killed(BaseException):
    """Stands for SIGKILL."""


@pytest.mark.parametrize("allowed", range(6))
def test_a_settle_killed_before_any_write_loses_nothing(
    lake: Lake, allowed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    left, write = [allowed], store._write

    def mortal(*arguments: Any) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        write(*arguments)

    with monkeypatch.context() as dying:
        dying.setattr(store, "_write", mortal)
        try:
            lake.settle_library()
        except Killed:
            assert allowed < 4  # unit, operation, change, journal
    assert rooms(lake) == 7 and lake.read("address.operation").height == 1
    assert mint(lake.home, [NewUnit(VILLAGE, "302")], order()).of_kind("mint") == [unit(VILLAGE, 5)]
    lake.settle_library()
    assert rooms(lake) == 8


def test_two_changes_from_one_standing_do_not_both_land(lake: Lake) -> None:
    pinned = lake.pinned()
    mint(lake.home, [NewUnit(VILLAGE, "301")], order())
    with pytest.raises(BlockdataError, match="meanwhile"):
        pinned.change_library({"address.unit": pinned.read("address.unit").head(1)})


def test_a_lake_written_before_there_was_a_journal_is_taken_as_it_is(home: Home, lake: Lake) -> None:
    import shutil

    shutil.rmtree(lake.path(JOURNAL))
    assert rooms(lake) == 6
    assert mint(home, [NewUnit(VILLAGE, "301")], order()).operation == 1
    assert rooms(lake) == 7
