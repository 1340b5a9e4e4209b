"""A slip is a slip only where it says no other place."""

from __future__ import annotations

from types import SimpleNamespace

import polars as pl
import pytest

from transforms.addressing.similar_names import Deletions, near_names

KNOWN = ["碧海花园", "华丰国际大厦", "燕川北区", "上围新村", "盛兴公寓", "万科翡丽公寓", "3区工业园"]


def meant(asked: str) -> dict[str, str]:
    """Library names one slip away, and what the slip proves."""
    index = SimpleNamespace(deletions=Deletions.of(pl.Series(KNOWN)))
    found = near_names(pl.DataFrame({"name": [asked]}), index)  # type: ignore[arg-type]
    return dict(found.select("meant", "trust").iter_rows())


@pytest.mark.parametrize(
    ("asked", "name"),
    [("碧海花圆", "碧海花园"), ("碧海花花园", "碧海花园"), ("华丰国际大夏", "华丰国际大厦"),
     ("华丰囯际大厦", "华丰国际大厦"),
     ("华丰际国大厦", "华丰国际大厦"), ("万科非丽公寓", "万科翡丽公寓"), ("华丰国际大", "华丰国际大厦")],
)  # fmt: skip
def test_slips(asked: str, name: str) -> None:
    assert meant(asked) == {name: "sure"}


@pytest.mark.parametrize("asked", ["燕川南区", "下围新村", "上围老村", "4区工业园", "碧海花园", "某某某某"])
def test_other_places(asked: str) -> None:
    assert meant(asked) == {}


@pytest.mark.parametrize(
    ("asked", "name"), [("燕川北村", "燕川北区"), ("碧新花园", "碧海花园"), ("碧海东园", "碧海花园")]
)
def test_a_side_or_a_place_written_is_meant_unless_something_else_proves_the_slip(asked: str, name: str) -> None:
    assert meant(asked) == {name: "odd"}


def test_a_side_that_ends_half_a_last_word_is_a_slip() -> None:
    assert meant("碧海花北") == {"碧海花园": "weak"}


def test_two_characters_are_hardly_a_name() -> None:
    index = SimpleNamespace(deletions=Deletions.of(pl.Series(["如意坊", "意坊村"])))
    found = near_names(pl.DataFrame({"name": ["意坊"]}), index)  # type: ignore[arg-type]
    assert dict(found.select("meant", "trust").iter_rows()) == {"如意坊": "bold", "意坊村": "bold"}


@pytest.mark.parametrize("asked", ["胜兴公寓", "盛星公寓"])
def test_a_character_of_the_same_sound_is_a_slip_even_in_a_short_name(asked: str) -> None:
    assert meant(asked) == {"盛兴公寓": "sure"}


@pytest.mark.parametrize("asked", ["盛和公寓", "长兴公寓"])
def test_any_other_character_of_a_short_own_name_proves_nothing(asked: str) -> None:
    assert meant(asked) == {"盛兴公寓": "weak"}


def test_any_other_character_of_a_long_own_name_proves_no_more() -> None:
    assert meant("华丰商际大厦") == {"华丰国际大厦": "weak"}
