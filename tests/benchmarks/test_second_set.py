"""The second set: the same from the same seed, its truth in its library, and what is decidable."""

from __future__ import annotations

import polars as pl
import pytest

from benchmarks.second_set.decide import Gazetteer, stem
from benchmarks.second_set.districts import BAO_AN, DISTRICTS
from benchmarks.second_set.hard import HARD
from benchmarks.second_set.housing import Estate, House, Room
from benchmarks.second_set.make import SecondSet, second_set
from benchmarks.second_set.nothing import NOTHING
from benchmarks.second_set.ordinary import ORDINARY
from benchmarks.second_set.said import Said
from benchmarks.second_set.slips import is_slip
from schemas.code import checked


@pytest.fixture(scope="module", params=list(DISTRICTS))
def made(request: pytest.FixtureRequest) -> SecondSet:
    return second_set(request.param, seed=3, rows=900, buildings=500)


def test_the_same_seed_makes_the_same_set(made: SecondSet) -> None:
    again = second_set(made.district, seed=3, rows=900, buildings=500)
    assert again.rows.equals(made.rows)
    other = second_set(made.district, seed=4, rows=900, buildings=500)
    assert not other.rows.equals(made.rows)


def test_truth_is_a_room_of_the_library(made: SecondSet) -> None:
    rooms = made.library.frames["unit"]["unit_code"]
    assert rooms.is_unique().all()
    meant = made.rows.filter(pl.col("unit_code").is_not_null())
    assert meant["unit_code"].is_in(rooms.implode()).all()
    assert (meant["unit_code"].str.slice(0, 19) == meant["building_code"]).all()
    assert (made.rows["class"].is_in(["ordinary", "hard"]) == made.rows["unit_code"].is_not_null()).all()


def test_codes_keep_the_standard_and_some_are_temporary() -> None:
    frames = second_set("bao_an", seed=3, rows=10, buildings=600).library.frames
    told = frames["unit"].select(told=checked(pl.col("unit_code"))).unnest("told")
    assert told["is_valid"].all()
    assert frames["building"]["is_temporary"].any()


def test_every_kind_of_noise_is_there() -> None:
    kinds = set(second_set("bao_an", seed=3, rows=3000, buildings=1500).rows["kind"])
    assert kinds == {*ORDINARY, *HARD, *NOTHING}


def test_what_two_houses_share_does_not_decide() -> None:
    twins = [
        House(
            Estate("碧海花园", "estate", street, community),
            "3栋",
            None,
            None,
            (Room("501", 5),),
            "estate",
            street,
            community,
        )
        for street, community in (("西乡街道", "固戍社区"), ("新安街道", "上川社区"))
    ]
    gazetteer = Gazetteer(twins, BAO_AN.former)
    said = Said(estate="碧海花园", number="3栋", room="501")
    assert gazetteer.units(said) == [(0, 0), (1, 0)]
    assert gazetteer.units(Said(street="新安街道", estate="碧海花园", number="3栋", room="501")) == [(1, 0)]
    assert gazetteer.units(Said(street="新安街道", estate="碧海花园", number="3栋", room="502")) == []


def test_a_name_reaches_those_one_character_away() -> None:
    names = ["碧海花园", "碧湖花园", "金丰苑"]
    houses = [House(Estate(name, "estate", "", ""), "1栋", None, None, (), "estate", "", "") for name in names]
    gazetteer = Gazetteer(houses, {})
    assert gazetteer.near("碧海华园") == {"碧海花园"}
    assert gazetteer.near("碧涛花园") == {"碧海花园", "碧湖花园"}
    assert gazetteer.near("碧海") == {"碧海花园", "碧湖花园"}
    assert stem("碧海花园") == "碧海" and stem("新村") == "新村"


def test_a_slip_is_one_character_that_sounds_or_looks_alike() -> None:
    assert is_slip("碧诲花园", "碧海花园") and is_slip("碧海华园", "碧海花园")
    assert (
        not is_slip("碧湖花园", "碧海花园") and not is_slip("固戍二村", "固戍一村") and not is_slip("碧海", "碧海花园")
    )
