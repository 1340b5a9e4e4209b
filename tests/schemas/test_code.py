"""SZDB/Z 281—2017: the code's form, its kinds, its masks; scalar and vectorised reading agree."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import code
from schemas.code import Code, CodeError

BUILDING = "4403060100021300483"
TEMPORARY = "44030600800448T0041"
ROOM = BUILDING + "000501"

digits = st.text("0123456789", min_size=1, max_size=1)


def _digits(length: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=length, max_size=length)


def _with_t(number: str, position: int) -> str:
    return number[:position] + "T" + number[position + 1 :]


grids = _digits(14)
parts = _digits(5) | st.builds(_with_t, _digits(5), st.integers(0, 4))
buildings = st.builds(str.__add__, grids, parts)
sequences = st.integers(1, 999_999)
units = st.builds(code.unit_code, buildings, sequences)
# near misses: real alphabets, any length, so that the two readings are compared where it matters
texts = st.text("0123456789T*tXE+. １", max_size=27) | units | buildings | st.builds(lambda t: t[:-1], units)


@pytest.mark.parametrize(
    ("text", "kind", "building", "is_temporary"),
    [
        ("4403040010010100001000001", "unit", "4403040010010100001", False),
        (ROOM, "unit", BUILDING, False),
        (BUILDING, "building", BUILDING, False),
        (TEMPORARY, "building", TEMPORARY, True),
        (TEMPORARY + "000002", "unit", TEMPORARY, True),
        (BUILDING + "000000", "building_itself", BUILDING, False),
        (BUILDING + "******", "in_building", BUILDING, False),
        ("44030601000213***********", "outside", None, False),
    ],
)
def test_a_code_tells_its_kind_and_building(text: str, kind: str, building: str | None, is_temporary: bool) -> None:
    parsed = code.parse(text)
    assert (parsed.kind, parsed.building, parsed.is_temporary) == (kind, building, is_temporary)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("440306010002130048", "wrong_length"),
        (BUILDING + "0005011", "wrong_length"),
        (" " + BUILDING, "wrong_length"),
        (BUILDING + "\n", "wrong_length"),
        ("４403060100021300483", "wrong_character"),
        ("4403060100021300t83", "wrong_character"),
        ("440306010002130TT83", "wrong_character"),
        ("44030T0100021300483", "wrong_character"),
        (BUILDING + "00T501", "wrong_character"),
        (BUILDING + "0005**", "wrong_mask"),
        ("4403060100021**********", "wrong_length"),
        ("4403060100021************", "wrong_mask"),
        ("4403060100021300000000000", "precision_lost"),
        ("4.4E+24", "precision_lost"),
        ("4.40306010002130e+24", "precision_lost"),
        ("4403060100021300224.0", "precision_lost"),
    ],
)
def test_what_is_no_code_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(CodeError) as refusal:
        code.parse(text)
    assert refusal.value.reason == reason
    assert code.REASONS[reason] in str(refusal.value)
    assert len(text) < 5 or text not in str(refusal.value)


def test_the_current_area_is_never_read_off_the_code() -> None:
    assert not {name for name in dir(Code) + dir(code) if "street" in name.lower() or "community" in name.lower()}


def test_masks_and_own_codes_are_of_buildings_and_grids_only() -> None:
    assert code.mask_in_building(BUILDING) == BUILDING + "******"
    assert code.mask_outside("44030601000213") == "44030601000213***********"
    assert code.building_itself(TEMPORARY) == TEMPORARY + "000000"
    for wrong in (ROOM, BUILDING + "******", "44030601000213***********", "4403"):
        with pytest.raises(CodeError):
            code.mask_in_building(wrong)
        with pytest.raises(CodeError):
            code.mask_outside(wrong)
    with pytest.raises(CodeError):
        code.building_of("44030601000213***********")


@pytest.mark.parametrize("sequence", [0, -1, 1_000_000])
def test_a_room_is_counted_from_one_to_999999(sequence: int) -> None:
    with pytest.raises(CodeError):
        code.unit_code(BUILDING, sequence)


@given(units | buildings | st.builds(code.mask_in_building, buildings) | st.builds(code.mask_outside, grids))
def test_parse_and_format_are_inverse(text: str) -> None:
    assert str(code.parse(text)) == text


@given(buildings, sequences)
def test_every_element_of_a_building_leads_back_to_it(building: str, sequence: int) -> None:
    assert code.building_of(building) == building
    assert code.building_of(code.unit_code(building, sequence)) == building
    assert code.building_of(code.mask_in_building(building)) == building


@given(grids)
def test_outside_keeps_its_grid_and_has_no_building(grid: str) -> None:
    parsed = code.parse(code.mask_outside(grid))
    assert (parsed.grid, parsed.building) == (grid, None)


@given(st.lists(texts | st.none(), min_size=1, max_size=30))
def test_vectorised_reading_agrees_with_scalar(given_texts: list[str | None]) -> None:
    frame = pl.DataFrame({"text": given_texts}, schema={"text": pl.String})
    rows = frame.select(
        code.checked(pl.col("text")).alias("checked"), code.building_expr(pl.col("text")).alias("building")
    ).to_dicts()
    for text, row in zip(given_texts, rows, strict=True):
        try:
            parsed = code.parse(text or "")
        except CodeError as error:
            assert row["checked"] == {"is_valid": False, "kind": None, "reason": code.REASONS[error.reason]}
            assert row["building"] is None
        else:
            assert row["checked"] == {"is_valid": True, "kind": parsed.kind, "reason": None}
            assert row["building"] == parsed.building
