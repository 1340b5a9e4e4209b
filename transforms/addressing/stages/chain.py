"""The visible list of text stages, ordered by falling precision. A phrase leaves the chain at the first that answers
it.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from transforms.addressing.evidence import choose
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

    A later stage may settle a tie, but only for one of the tied: it reads what the earlier left unread, such as a
    street
    written without its 街道.
    """
    answers = []
    ties = choose(pl.DataFrame(schema={"phrase": pl.UInt32, "building": pl.UInt32, "score": pl.Float64}), "")
    left = phrases
    for method, stage in TEXT_STAGES:
        chosen = choose(stage(left, index), method)
        among = ties.select("phrase", tied="candidates")
        chosen = (
            chosen.join(among, on="phrase", how="left")
            .filter(pl.col("tied").is_null() | (~pl.col("is_tied") & pl.col("tied").list.contains(pl.col("building"))))
            .drop("tied")
        )
        sure = chosen.filter(~pl.col("is_tied"))
        answers.append(sure)
        ties = pl.concat([ties.join(sure.select("phrase"), on="phrase", how="anti"), chosen.filter("is_tied")])
        left = left.join(sure.select("phrase"), on="phrase", how="anti")
    return pl.concat([*answers, ties])
