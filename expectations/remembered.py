"""Answers of Great Expectations kept from one judgement to the next: the same number between the same bounds is asked
once, and not at all where an earlier judgement was told that it is sound.

Most numbers of a release are counts that must be 0 and are: a thousand checks come down to a handful of questions,
and on most days none is new. Only what passed is remembered, so a refusal is always said by Great Expectations itself.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version

import polars as pl

from expectations.check import Check, Outcome
from expectations.engine import Judge, run

Question = tuple[str, str, float, str]
Since = tuple[str, Callable[[], float]]
SOUND = pl.Schema({"expectation": pl.String, "arguments": pl.String, "number": pl.Float64, "version": pl.String})


@dataclass
class Remembered:
    """Questions answered soundly before (`known`, of SOUND), and those of this judgement (`sound`)."""

    known: frozenset[Question] = frozenset()
    told: set[Question] = field(default_factory=set)
    asks: Judge = run

    @classmethod
    def of(cls, frame: pl.DataFrame | None) -> Remembered:
        """What an earlier judgement kept; nothing without one."""
        return cls(frozenset(frame.select(SOUND.names()).iter_rows()) if frame is not None else frozenset())

    def with_known(self, other: Remembered) -> Remembered:
        """The same, knowing too what another judgement of the same release was told."""
        return Remembered(self.known | other.told, self.told, self.asks)

    @property
    def sound(self) -> pl.DataFrame:
        """Everything this judgement asked that was sound, wherever the answer came from: what the next may know."""
        return pl.DataFrame(sorted(self.told), schema=SOUND, orient="row")

    def counted(self, what: str, of: str, how: str, count: Callable[[], float], since: Since | None = None) -> float:
        """A count of rows that must be 0: not made again where `what` of the same content (`of`) was 0, counted so.

        `since` is a content it grew from, and a count of what came since that is 0 where the count of all is, provided
        that of the earlier content was; it is made in its place where that is known.
        """
        question = (what, of, 0.0, how)
        earlier = (what, since[0], 0.0, how) if since is not None else question
        if since is not None and earlier in self.known:
            self.told.add(earlier)  # true of that content for good, and what the next judgement begins from
        if question in self.known or (since is not None and earlier in self.known and since[1]() == 0):
            number = 0.0
        else:
            number = count()
        if number == 0:
            self.told.add(question)
        return number

    def judged(self, suite: str, frame: pl.DataFrame, checks: Sequence[Check]) -> list[Outcome]:
        """As `engine.run` judges one row of numbers, in the order given."""
        if frame.height != 1:
            return self.asks(suite, frame, checks)
        numbers = frame.row(0, named=True)
        questions = [_question(check, numbers.get(str(check.column))) for check in checks]
        asked: dict[Question | int, Check] = {}  # what is no such question is asked as it stands
        for place, (check, question) in enumerate(zip(checks, questions, strict=True)):
            if question is None or not (question in self.known or question in self.told):
                asked.setdefault(place if question is None else question, check)
        answers = dict(zip(asked, self.asks(suite, frame, list(asked.values())), strict=True)) if asked else {}
        outcomes = []
        for place, (check, question) in enumerate(zip(checks, questions, strict=True)):
            if question is None:
                outcomes.append(answers[place])
                continue
            told = answers.get(question)
            if told is None or (told.passed and not told.problem):
                self.told.add(question)
                outcomes.append(Outcome(suite, check, True, question[2], frame.height))
            else:
                outcomes.append(Outcome(suite, check, told.passed, told.observed, told.judged_rows, None, told.problem))
        return outcomes


def _question(check: Check, number: object) -> Question | None:
    """What is asked, the column's name apart; None where it is about more than one number between bounds."""
    if check.kind != "expect_column_max_to_be_between" or not isinstance(number, float) or math.isnan(number):
        return None
    arguments = {name: value for name, value in check.arguments.items() if name != "column"}
    return check.kind, json.dumps(arguments, sort_keys=True, default=str), number, _version()


@cache
def _version() -> str:
    return version("great_expectations")
