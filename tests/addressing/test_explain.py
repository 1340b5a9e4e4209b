"""What was read, and why each candidate won or lost."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from transforms.addressing.explain import Explained, explain_addresses, first_texts
from transforms.addressing.own_list import own_list

NAMES = [
    "广东省深圳市宝安区西乡街道固戍社区固戍一村66号501室",
    "广东省深圳市宝安区西乡街道固戍社区固戍一村67号501室",
    "广东省深圳市宝安区福海街道桥头社区碧海花园3栋2单元501室",
    "广东省深圳市宝安区新桥街道上寮社区碧海花园3栋2单元501室",
]


@pytest.fixture(scope="module")
def explain():  # type: ignore[no-untyped-def]
    listed = own_list(pl.DataFrame({"id": ["a", "b", "c", "d"], "name": NAMES}))
    return lambda text: explain_addresses([text], listed.library)[0]


def outcomes(told: Explained) -> dict[str, str]:
    return {candidate.name: candidate.outcome for candidate in told.candidates}


def test_the_winner_and_what_spoke_for_it(explain) -> None:  # type: ignore[no-untyped-def]
    told = explain("西乡街道固戍一村66号501")
    assert told.components["room"] == "501"
    (candidate,) = told.candidates
    assert candidate.outcome == "won"
    assert candidate.speaks == ["same street 西乡", "same name 固戍1村", "same number 66", "room 501 is in it"]


def test_a_tie_names_both_and_what_they_lack(explain) -> None:  # type: ignore[no-untyped-def]
    told = explain("碧海花园3-2-501")
    assert [candidate.outcome for candidate in told.candidates] == ["tied: another is as likely"] * 2
    assert told.answer["unit_code"] is None


def test_a_room_that_is_not_there_is_said(explain) -> None:  # type: ignore[no-untyped-def]
    told = explain("固戍一村66号909")
    assert "no room 909 in it" in told.candidates[0].speaks
    assert told.answer["proposed_room"] == "909"


@pytest.mark.parametrize("text", ["", "😀", "13800000000", "Room 5", "某" * 2000])
def test_nonsense_is_explained_as_nothing(text: str, explain) -> None:  # type: ignore[no-untyped-def]
    told = explain(text)
    assert told.answer["unit_code"] is None
    assert told.answer["reason"]


def test_the_first_rows_of_a_file_or_the_text_itself(tmp_path: Path) -> None:
    file = tmp_path / "visits.csv"
    pl.DataFrame({"地址": [None, *NAMES]}).write_csv(file)
    assert first_texts(file, "地址", 2) == NAMES[:2]
    assert first_texts(Path("固戍一村66号501"), "address", 2) == ["固戍一村66号501"]
