from __future__ import annotations

from collections.abc import Callable

from tests.addressing.small_library import building_code, unit_code


def test_without_an_address_the_earlier_key_stands(ask: Callable[..., dict]) -> None:
    answer = ask(None, subject_code=unit_code(1, 2))
    assert (answer["match_level"], answer["unit_code"]) == ("unit", unit_code(1, 2))
    assert answer["match_method"] == "subject"


def test_where_only_the_building_is_said_the_room_is_the_earlier_one(ask: Callable[..., dict]) -> None:
    assert ask("固戍一村66号", subject_code=unit_code(1, 2))["unit_code"] == unit_code(1, 2)


def test_it_never_overrides_what_is_said(ask: Callable[..., dict]) -> None:
    assert ask("固戍一村67号", subject_code=unit_code(1, 2))["building_code"] == building_code(2)
    assert ask("固戍一村66号101", subject_code=unit_code(1, 2))["unit_code"] == unit_code(1, 1)
    assert ask("固戍一村66号888", subject_code=unit_code(1, 2))["unit_code"] is None
    assert ask("无名村1号", subject_code=unit_code(1, 2))["match_level"] == "none"
    assert ask(None, subject_code=unit_code(99, 1))["match_level"] == "none"
