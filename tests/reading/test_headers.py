"""A header the contract does not know may be somebody's data: its place and shape are said, never its text."""

from __future__ import annotations

import pytest

from schemas.contract import load_contracts
from schemas.errors import BatchRefused
from transforms.reading.headers import match_header

CONTRACT = load_contracts()["police__residents"]
HEADER = [column.header for column in CONTRACT.columns]
PERSON = "欧阳青山138"


def test_an_extra_column_is_told_by_place_and_shape() -> None:
    (warning,) = match_header([*HEADER, PERSON], CONTRACT, "f.csv").warnings
    assert warning.rule == "extra_column"
    assert warning.column == f"column {len(HEADER) + 1} (〇〇〇〇###)" and PERSON not in str(warning)


def test_a_foreign_header_that_comes_twice_is_told_so_too() -> None:
    with pytest.raises(BatchRefused) as refused:
        match_header([*HEADER, PERSON, PERSON], CONTRACT, "f.csv")
    assert refused.value.rule == "duplicate_column"
    assert PERSON not in str(refused.value) and f"column {len(HEADER) + 2}" in str(refused.value)


def test_a_known_header_that_comes_twice_is_named() -> None:
    with pytest.raises(BatchRefused) as refused:
        match_header([*HEADER, HEADER[0]], CONTRACT, "f.csv")
    assert refused.value.column == HEADER[0]


def test_a_file_without_header_shows_none_of_its_cells() -> None:
    with pytest.raises(BatchRefused) as refused:
        match_header([PERSON, "某路1号"], CONTRACT, "f.csv")
    assert refused.value.rule == "missing_column"
    assert PERSON not in str(refused.value) and "某路" not in str(refused.value)
