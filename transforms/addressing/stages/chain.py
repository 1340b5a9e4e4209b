"""The visible list of text stages, ordered by falling precision. A phrase leaves the chain at the first that answers it."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from transforms.addressing.evidence import choose, weigh
from transforms.addressing.index import Index
from transforms.addressing.stages.components import components
from transforms.addressing.stages.fuzzy import fuzzy
from transforms.addressing.stages.relaxed import relaxed

Stage = Callable[[pl.DataFrame, Index], pl.DataFrame]
TEXT_STAGES: tuple[tuple[str, Stage], ...] = (
    ("components", components),
    ("relaxed", relaxed),
    ("fuzzy", fuzzy),
)


def answer_phrases(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Every phrase some stage answers: phrase, building, score, margin, is_tied, candidates, method.

    A tie ends the chain for its phrase: a looser stage would only add candidates.
    """
    answers = []
    open_phrases = phrases
    for method, stage in TEXT_STAGES:
        chosen = choose(weigh(stage(open_phrases, index), open_phrases, index), method)
        answers.append(chosen)
        open_phrases = open_phrases.join(chosen.select("phrase"), on="phrase", how="anti")
    return pl.concat(answers)
