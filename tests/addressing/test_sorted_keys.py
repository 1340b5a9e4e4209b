from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.addressing.sorted_keys import SortedKeys

NUMBERS = st.integers(0, 2**64 - 1)


def test_every_row_of_a_key_is_found_in_order() -> None:
    keys = SortedKeys.of(np.array([7, 3, 7, 0, 7], dtype=np.uint64))
    which, rows = keys.pairs(np.array([9, 7, 0, 7], dtype=np.uint64))
    assert list(zip(which.tolist(), rows.tolist(), strict=True)) == [
        (1, 0),
        (1, 2),
        (1, 4),
        (2, 3),
        (3, 0),
        (3, 2),
        (3, 4),
    ]
    assert keys.one(np.array([9, 7, 3], dtype=np.uint64)).tolist() == [-1, 0, 1]


def test_nothing_is_found_among_nothing() -> None:
    none = np.array([], dtype=np.uint64)
    assert SortedKeys.of(none).one(np.array([0, 2**64 - 1], dtype=np.uint64)).tolist() == [-1, -1]
    assert SortedKeys.of(np.array([5], dtype=np.uint64)).pairs(none)[0].tolist() == []


def test_rows_may_be_named() -> None:
    keys = SortedKeys.of(np.array([5, 6], dtype=np.uint64), rows=np.array([40, 10]))
    assert keys.one(np.array([6, 5], dtype=np.uint64)).tolist() == [10, 40]


@settings(deadline=None)  # its time is the machine's
@given(st.lists(NUMBERS, max_size=60), st.lists(NUMBERS, max_size=20))
def test_it_finds_what_a_dictionary_finds(there: list[int], others: list[int]) -> None:
    first = {key: row for row, key in reversed(list(enumerate(there)))}
    asked = [*there, *others]
    found = SortedKeys.of(np.array(there, dtype=np.uint64)).one(np.array(asked, dtype=np.uint64))
    assert found.tolist() == [first.get(key, -1) for key in asked]
