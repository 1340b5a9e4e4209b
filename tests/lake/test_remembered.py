"""Columns of the library kept in memory are those of the lake that asks, whatever was done to the library before."""

from __future__ import annotations

import pytest

from schemas.home import Home
from tests.library import town
from tests.library.town import VILLAGE, order
from transforms.lake.remembered import columns_of
from transforms.lake.store import Lake
from transforms.library.mint import NewUnit, mint

TOLD = ("unit_code", "status")


def rooms(lake: Lake) -> int:
    return columns_of(lake, "address.unit", TOLD).height


def test_it_is_read_once_and_again_after_each_change(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    lake = town.settle_in(home)
    before, pinned = rooms(lake), lake.pinned()
    assert before == lake.read("address.unit").height > 0
    with monkeypatch.context() as nobody_reads:
        nobody_reads.setattr(Lake, "read", None)
        assert rooms(lake) == before
    mint(home, [NewUnit(VILLAGE, "301")], order())
    assert lake.standing().pending  # the tables are as they were, the journal says more
    assert (rooms(lake), rooms(pinned), rooms(lake)) == (before + 1, before, before + 1)
    lake.settle_library()
    assert (rooms(lake), columns_of(lake, "address.unit", TOLD).columns) == (before + 1, list(TOLD))
    lake.replace("address.unit", lake.read("address.unit").head(3))
    assert rooms(lake) == 3


def test_two_lakes_are_two(home: Home, tmp_path) -> None:
    lake, empty = town.settle_in(home), Lake(Home(tmp_path / "empty"))
    assert rooms(lake) > 0 and columns_of(empty, "address.unit", TOLD).is_empty()
