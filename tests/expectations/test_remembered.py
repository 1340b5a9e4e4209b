"""What was told to be sound is not asked again; what was not is, every time."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from expectations.check import Check, Outcome, metric
from expectations.engine import run
from expectations.release import judge_release, release_numbers
from expectations.remembered import SOUND, Remembered
from tests.expectations.test_release import BROKEN, _frames

NUMBERS = pl.DataFrame(
    {"a": [0.0], "b": [0.0], "c": [3.0], "d": [None], "e": [0.5]}, schema_overrides={"d": pl.Float64}
)
CHECKS = (
    metric("a", None, 0, "no row is counted under a"),
    metric("b", None, 0, "no row is counted under b"),
    metric("c", None, 0, "no row is counted under c"),
    metric("c", 1, 5, "c is a few"),
    metric("d", None, 0, "d is known"),
    metric("e", None, 0.4, "e is small", severity="warning"),
    metric("missing", None, 0, "there is such a number"),
)


class Asked:
    """Great Expectations, and how many questions it was asked each time."""

    def __init__(self) -> None:
        self.times: list[int] = []

    def __call__(self, suite: str, frame: pl.DataFrame, checks: Sequence[Check]) -> list[Outcome]:
        self.times.append(len(checks))
        return run(suite, frame, checks)


def test_the_answers_are_great_expectations_own_whether_remembered_or_not() -> None:
    expected = run("release", NUMBERS, CHECKS)
    asked = Asked()
    first = Remembered(asks=asked)
    assert first.judged("release", NUMBERS, CHECKS) == expected
    again = Remembered.of(first.sound)
    again.asks = asked
    assert again.judged("release", NUMBERS, CHECKS) == expected
    assert asked.times == [6, 4], "0 within 0 is one question; what failed or could not be judged is asked again"
    assert again.sound.equals(first.sound)


def test_nothing_new_asks_nobody() -> None:
    first = Remembered()
    told = judge_release(_frames(), release="2026-03-02.01", remembered=first)
    again = Remembered.of(first.sound)
    again.asks = lambda *given: pytest.fail("everything was known")
    known = judge_release(_frames(), release="2026-03-02.01", remembered=again)
    assert known.results.equals(told.results)


@pytest.mark.parametrize("changed", BROKEN.values(), ids=BROKEN)
def test_who_remembers_a_sound_release_still_holds_back_a_broken_one(changed: dict[str, pl.DataFrame]) -> None:
    first = Remembered()
    judge_release(_frames(), remembered=first)
    assert not judge_release(_frames(**changed), remembered=Remembered.of(first.sound)).passed


def test_an_answer_of_another_version_is_asked_for_again() -> None:
    first = Remembered()
    first.judged("release", NUMBERS, CHECKS[:2])
    asked = Asked()
    older = Remembered.of(first.sound.with_columns(version=pl.lit("0.1")))
    older.asks = asked
    older.judged("release", NUMBERS, CHECKS[:2])
    assert asked.times == [1]
    assert first.sound.schema == SOUND


def test_what_was_searched_for_identifiers_and_is_the_same_is_not_searched_again() -> None:
    frames = {"block.building": _frames()["block.building"]}
    first = Remembered()
    release_numbers(frames, remembered=first, contents={"block.building": "as it is"})
    broken = {"block.building": BROKEN["an ID number in a name"]["block__building"]}
    again = Remembered.of(first.sound)
    same = release_numbers(broken, remembered=again, contents={"block.building": "as it is"})
    assert same["identifiers:block.building"] == 0, "its content is told to be the same"
    other = release_numbers(broken, remembered=again, contents={"block.building": "another"})
    untold = release_numbers(broken, remembered=again)
    assert other["identifiers:block.building"] == untold["identifiers:block.building"] == 1
    third = release_numbers(broken, remembered=Remembered.of(again.sound), contents={"block.building": "another"})
    assert third["identifiers:block.building"] == 1, "a table that holds one is searched every time"
