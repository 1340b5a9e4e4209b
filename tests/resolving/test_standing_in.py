from __future__ import annotations

import polars as pl

from transforms.resolving.standing_in import placed, redrawn

BEFORE = pl.DataFrame(
    [("a", "s1", "c1"), ("b", "s1", "c1"), ("c", "s1", None), ("gone", "s1", "c1")],
    schema=["building_code", "street_code", "community_code"],
    orient="row",
)
NOW = pl.DataFrame(
    [("a", "s1", "c1"), ("b", "s1", "c2"), ("c", "s1", None), ("new", "s2", "c3")],
    schema=["building_code", "street_code", "community_code"],
    orient="row",
)


def test_redrawn_are_those_of_which_something_else_is_said_now() -> None:
    assert sorted(redrawn(BEFORE, NOW)) == ["b", "gone", "new"]
    assert redrawn(NOW, NOW).is_empty()


def test_rows_carry_what_their_building_says_now_whatever_they_carried() -> None:
    rows = pl.DataFrame({"building_code": ["b", "gone", None, "b"], "n": [1, 2, 3, 4]})
    first = placed(rows, BEFORE)
    assert first["community_code"].to_list() == ["c1", "c1", None, "c1"]
    again = placed(first, NOW)
    assert again["community_code"].to_list() == ["c2", None, None, "c2"]
    assert again["n"].to_list() == [1, 2, 3, 4] and again.columns == first.columns
