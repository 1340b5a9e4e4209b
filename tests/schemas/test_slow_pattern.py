"""Patterns that could take for ever are told by their form; those that cannot are let through."""

from __future__ import annotations

import re
import time

import pytest

from schemas.contract import load_contracts
from schemas.contract_shape import Delivery
from schemas.slow_pattern import why_slow

DAY = r"(?P<day>\d{8})"
SLOW = {
    r"^(\w+_?)+" + DAY: "within a repeat",
    r"^((\d+)*)*x": "within a repeat",
    r"^(.*,)*" + DAY: "within a repeat",
    r"^(?:[a-z]{1,9}){5,}\.csv$": "within a repeat",
    r"^([a-z]+){2,30}\.csv$": "within a repeat",
    r"^(a|aa)+\.csv$": "a choice",
    r"^((a|ab)(c|bcd))+$": "a choice",
    r"^.*.*.*.*x": "in a row",
    r".*[a-z]*\w*x": "in a row",  # where it begins is one more to be tried
    r"^\d*a?\d*b?\d*c?\d*x": "in a row",
    r"^.{0,99}.{1,99}.{0,99}.{0,99}x": "in a row",
    "^" + "a?" * 30 + "a" * 30: "in a row",
    "^" + r"\d?" * 26 + DAY + r"\d" * 26: "in a row",
    r"^(a*)\1*\1*\1*b": "in a row",
    r"(.*)_(.*)_(.*)\.xlsx": "begin it with ^",
}
SOUND = [
    rf"^residents_{DAY}\.csv$",
    rf"^(?i:water)_{DAY}\.(?i:dbf)$",
    rf"^door_outcomes(_[^_]+)?_{DAY}\.xlsx$",
    rf"^[^_]+_[^_]+_[^_]+_[^_]+_[^_]+_{DAY}\.csv$",  # each ends at the next _
    rf"(?P<part>.*)_{DAY}",
    rf"^v?\d?\d?_?{DAY}_?\d?\.csv$",
    rf"^{DAY}(_v\d+)?(_part\d+)?(_of\d+)?\.csv",
    r"(?P<day>.*)",
    rf"^(?:(?:north|south|east)-)+{DAY}$",
    rf"^(?:\d{{2}}-){{3,}}{DAY}$",
    rf"^(?>(?:\d+_?)+){DAY}$",  # never goes back
]


@pytest.mark.parametrize(("pattern", "why"), SLOW.items())
def test_what_could_take_for_ever_is_told(pattern: str, why: str) -> None:
    assert why in why_slow(pattern)


@pytest.mark.parametrize("pattern", SOUND)
def test_what_cannot_is_let_through_and_is_indeed_quick(pattern: str) -> None:
    assert why_slow(pattern) == ""
    for name in ("a" * 255, "_" * 255, "1" * 255, "a_" * 127 + "!", "north-" * 42 + "!", "11-" * 85 + "!"):
        began = time.perf_counter()
        re.search(pattern, name)
        assert time.perf_counter() - began < 1


def test_every_contract_of_the_house_passes() -> None:
    assert {why_slow(contract.delivery.file_pattern) for contract in load_contracts().values()} == {""}


def test_a_contract_says_what_to_write_instead() -> None:
    complete = {"stable_seconds": 60}
    with pytest.raises(ValueError, match=r"a repeat stands within a repeat.*write.*residents_"):
        Delivery.model_validate({"mode": "snapshot", "complete": complete, "file_pattern": rf"^(\w+)+{DAY}$"})
    with pytest.raises(ValueError, match="no regular expression"):
        Delivery.model_validate({"mode": "snapshot", "complete": complete, "file_pattern": "("})
