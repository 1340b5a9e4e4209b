"""The visible list of text stages, ordered by falling precision. A phrase leaves the chain at the first that answers
it.
"""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from transforms.addressing.evidence import CHOSEN, choose
from transforms.addressing.index import Index
from transforms.addressing.question import Texts
from transforms.addressing.rooms import NOWHERE, PLACED, place_buildings, place_units
from transforms.addressing.stages.asking import Asking, among
from transforms.addressing.stages.components import components
from transforms.addressing.stages.fuzzy import fuzzy, guess
from transforms.addressing.stages.relaxed import relaxed

# The open phrases in, phrase, building, score of their candidates out.
Stage = Callable[[Asking, Index], pl.DataFrame]
TEXT_STAGES: tuple[tuple[str, Stage], ...] = (
    ("components", components),
    ("relaxed", relaxed),
    ("fuzzy", fuzzy),
    ("fuzzy", guess),
)
DISCOUNT = 0.85  # of the score of what only a room proves
ROOM_PROVES = frozenset({guess})  # what these lead to is believed only with a room that is there


def place_texts(readings: pl.DataFrame, texts: Texts, index: Index) -> pl.DataFrame:
    """The place of every question some stage answers: `rooms.PLACED`, level unit, building or tied.

    A question leaves the chain with its unit; what is left over is a building, or a tie of buildings.
    """
    placed = [NOWHERE]
    answers = CHOSEN
    open_readings = readings.filter(pl.col("phrase").is_not_null())
    asking = Asking(texts.phrases.filter(among(texts.phrases["phrase"], open_readings["phrase"])), index)
    has_unclear = False
    for method, stage in TEXT_STAGES:
        found = choose(stage(asking, index), method) if asking.phrases.height else CHOSEN
        is_proof = stage in ROOM_PROVES
        # Without anything new the same answers lead to the same units; but a proof may settle what was unclear.
        if found.is_empty() and not (is_proof and has_unclear):
            continue
        chosen = merge_ties(answers, found)
        units = place_units(open_readings, chosen, texts.spoken, index, is_proof=is_proof)
        if is_proof:
            units = units.filter(pl.col("level") == "unit").with_columns(pl.col("score") * DISCOUNT)
        else:
            answers = chosen
        has_unclear = bool(units["is_unclear"].any())
        placed.append((units.filter(~pl.col("is_unclear")) if has_unclear else units).select(PLACED))
        if placed[-1].height:
            open_readings = open_readings.filter(~among(open_readings["question"], placed[-1]["question"]))
        phrases = asking.phrases
        answered = among(phrases["phrase"], answers.filter(~pl.col("is_tied"))["phrase"])
        asking = asking.only(phrases.filter(among(phrases["phrase"], open_readings["phrase"]) & ~answered))
    return pl.concat([*placed, place_buildings(open_readings, answers, texts.spoken)])


def merge_ties(answers: pl.DataFrame, chosen: pl.DataFrame) -> pl.DataFrame:
    """`answers` with what a later stage chose. It may settle a tie, but only for one of the tied: it reads what the
    earlier left unread, such as a street written without its 街道.
    """
    tied = answers.filter("is_tied").select("phrase", tied="candidates")
    if tied.is_empty():  # what is answered is not asked again
        return pl.concat([answers, chosen])
    kept = (
        chosen.join(tied, on="phrase", how="left")
        .filter(pl.col("tied").is_null() | (~pl.col("is_tied") & pl.col("tied").list.contains(pl.col("building"))))
        .drop("tied")
    )
    return pl.concat([answers.join(kept.select("phrase"), on="phrase", how="anti"), kept])
