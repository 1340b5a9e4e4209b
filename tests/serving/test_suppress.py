"""Small cells are withheld, and no margin gives them back."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from serving.suppress import RECORDS, WITHHELD, small_cells, small_numbers


def withheld(cells: list[tuple[str, str, int]], minimum: int) -> set[tuple[str, str]]:
    frame = pl.DataFrame(cells, schema=["street", "age", RECORDS], orient="row")
    marked = small_cells(frame, ["street", "age"], minimum)
    return set(marked.filter(WITHHELD).select("street", "age").iter_rows())


def test_nothing_small_nothing_withheld() -> None:
    assert withheld([("a", "x", 9), ("a", "y", 7), ("b", "x", 5), ("b", "y", 5)], 5) == set()


def test_a_small_cell_takes_neighbours_along_so_that_no_total_gives_it_back() -> None:
    cells = [("a", "x", 2), ("a", "y", 20), ("b", "x", 30), ("b", "y", 40)]
    assert withheld(cells, 5) == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_the_smallest_neighbour_is_the_one_taken() -> None:
    frame = pl.DataFrame({"street": ["a", "b", "c", "d"], RECORDS: [30, 2, 12, 8]})
    assert small_cells(frame, ["street"], 5)[WITHHELD].to_list() == [False, True, False, True]


def test_two_small_cells_that_sum_to_little_take_a_third() -> None:
    frame = pl.DataFrame({"street": ["a", "b", "c", "d"], RECORDS: [1, 1, 9, 30]})
    assert small_cells(frame, ["street"], 5)[WITHHELD].to_list() == [True, True, True, False]


def test_a_lone_small_cell_is_withheld_though_nothing_can_protect_it() -> None:
    frame = pl.DataFrame({"street": ["a"], RECORDS: [1]})
    assert small_cells(frame, ["street"], 3)[WITHHELD].to_list() == [True]


counts = st.lists(st.integers(1, 30), min_size=1, max_size=12)


@settings(deadline=None)  # two cores are shared; the law is not about time
@given(counts, st.integers(2, 8))
def test_law_of_one_line(values: list[int], minimum: int) -> None:
    """No shown cell is small; the withheld are two and count the minimum together, or the line is withheld whole."""
    frame = pl.DataFrame({"place": list(range(len(values))), RECORDS: values})
    marked = small_cells(frame, ["place"], minimum)
    hidden = marked.filter(WITHHELD)[RECORDS].to_list()
    assert all(value >= minimum for value in marked.filter(~pl.col(WITHHELD))[RECORDS])
    if hidden and len(hidden) < len(values):
        assert len(hidden) >= 2 and sum(hidden) >= minimum


def test_numbers_of_places_are_protected_within_their_parent_only() -> None:
    numbers = pl.Series([2, 9, 40, 7, 0])
    parents = pl.Series(["s1", "s1", "s1", "s2", "s2"])
    assert small_numbers(numbers, parents, 5).to_list() == [True, True, False, False, False]


def test_zero_is_shown_while_another_can_protect() -> None:
    assert small_numbers(pl.Series([1, 0, 50]), pl.Series(["s", "s", "s"]), 5).to_list() == [True, False, True]
    assert small_numbers(pl.Series([1, 0, 0]), pl.Series(["s", "s", "s"]), 5).to_list() == [True, True, True]
