import numpy as np
import polars as pl

from synth.person import MARKED
from synth.world import World


def test_the_marked_have_long_names_that_nobody_else_bears(world: World):
    people = world.people
    marked = people.name.filter(pl.Series(people.is_marked))
    assert marked.len() == MARKED
    assert marked.n_unique() == MARKED
    assert (marked.str.len_chars() >= 6).all()
    others = people.name.filter(pl.Series(~people.is_marked))
    assert not others.is_in(marked.implode()).any()


def test_most_numbers_come_from_other_provinces_and_some_are_permits(world: World):
    province = world.people.id_number.str.slice(0, 2)
    assert (province != "44").mean() > 0.6
    assert {"81", "82", "83"} & set(province)
    assert world.people.id_number.str.starts_with("9").any()


def test_everyone_is_somewhere_until_gone(world: World):
    last = int(world.days[-1])
    assert (world.people.unit_on(last) < world.unit.height).all()
    gone = np.isin(world.people.change, [2, 3]) & (world.people.changed <= last)
    assert (world.people.unit_on(last)[gone] == -1).all()
    assert (world.people.birth <= last).all()
