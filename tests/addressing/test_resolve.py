from __future__ import annotations

from tests.addressing.small_library import building_code, unit_code
from transforms.addressing.library import AddressLibrary
from transforms.addressing.resolve import resolve_text


def test_a_text_with_one_meaning(village: AddressLibrary) -> None:
    found = resolve_text("西乡固戍一村66号501", village)
    assert (found.level, found.code) == ("unit", unit_code(1, 2))
    assert found.components["room"] == "501"


def test_a_tie_shows_its_candidates_by_name(village: AddressLibrary) -> None:
    found = resolve_text("同乐花园1栋101", village)
    assert found.code is None
    assert found.candidates == [(building_code(5), "同乐花园1栋"), (building_code(6), "同乐花园1栋")]
