from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from schemas.home import Home
from tests.library import town
from tests.library.town import GRID, NEXT, TOWER, VILLAGE, unit
from transforms.lake.store import Lake

BY = ("--by", "地址管理岗", "--reason", "测试", "--date", "2026-03-05")
COMMANDS = {
    "mint": ("--building", VILLAGE, "--room", "301"),
    "rename": (VILLAGE, "--estate", "幸福里"),
    "split": (unit(VILLAGE, 3), "--into", "201A", "--into", "201B"),
    "merge": (unit(VILLAGE, 1), unit(VILLAGE, 2), "--room", "101-102"),
    "renumber": (unit(VILLAGE, 3), "--building", NEXT),
    "cancel": (VILLAGE, "--with-units"),
    "alias": (VILLAGE, "--kind", "colloquial", "--text", "老供销社"),
}


@pytest.fixture
def lake(home: Home) -> Lake:
    return town.settle_in(home)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_operation_is_one_command(lake: Lake, blockdata: Callable[..., Any], command: str) -> None:
    tried = blockdata("library", command, *COMMANDS[command], *BY, "--dry-run", "--json")
    assert tried.code == 0 and json.loads(tried.out)["status"] == "tried" and lake.standing().number == 0
    done = blockdata("library", command, *COMMANDS[command], *BY, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["operation"], told["kind"], told["status"]) == (1, command, "done") and told["codes"]
    again = blockdata("library", command, *COMMANDS[command], *BY)
    assert again.code == 0 and "had been done before" in again.out and lake.standing().number == 1


def test_frequent_ones_need_no_library_before_them(lake: Lake, blockdata: Callable[..., Any]) -> None:
    assert blockdata("mint", "--building", VILLAGE, "--room", "301", *BY).code == 0
    told = blockdata("history", unit(VILLAGE, 4), "--json")
    assert json.loads(told.out)["status"] == "active"
    assert " mint " not in blockdata("--help").out


def test_a_building_a_split_of_one_and_its_way_back(lake: Lake, blockdata: Callable[..., Any]) -> None:
    minted = blockdata("library", "mint", "--grid", GRID, "--name", "岗亭", "--temporary", *BY)
    assert f"mint: {GRID}T0005" in minted.out
    split = blockdata(
        "library", "split", TOWER, "--into", "A栋", "--into", "B栋", "--assign", "1=A栋", "--rest", "B栋", *BY
    )
    assert split.code == 0 and f"split: {TOWER} → " in split.out
    told = blockdata("library", "history", unit(TOWER, 1))
    assert "cancelled" in told.out and "renumber" in told.out and "in force today" in told.out
    before = blockdata("library", "history", unit(TOWER, 1), "--on", "2026-03-04")
    assert before.out.startswith(f"unit {unit(TOWER, 1)} on 2026-03-04: active")
    assert blockdata("library", "cancel", unit(VILLAGE, 1), *BY).code == 0
    assert blockdata("library", "reinstate", unit(VILLAGE, 1), *BY).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("cancel", unit(VILLAGE, 99), *BY), 1, "not in the library"),
        (("split", unit(VILLAGE, 3), "--into", "201A", *BY), 1, "fewer than two"),
        (("split", TOWER, "--into", "A", "--into", "B", "--assign", "1", *BY), 2, "says no part"),
        (("cancel", unit(VILLAGE, 3), "--reason", "测试"), 2, "--by"),
        (("mint", *BY), 2, "what should get a code"),
        (("history", unit(VILLAGE, 99)), 1, "never had"),
        (("confirm", unit(VILLAGE, 3), *BY), 1, "not proposed"),
        (("redraw", *BY), 2, "nothing to redraw"),
    ],
)
def test_a_refusal_says_why(
    lake: Lake, blockdata: Callable[..., Any], arguments: tuple[str, ...], code: int, said: str
) -> None:
    told = blockdata("library", *arguments)
    assert (told.code, said in told.err) == (code, True), told.err
    assert lake.standing().number == 0
