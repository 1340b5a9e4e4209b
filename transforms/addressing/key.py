"""The door of keying: records in, one answer per record out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from transforms.addressing.areas import area_hints
from transforms.addressing.fallback import ANSWER, settle
from transforms.addressing.library import AddressLibrary
from transforms.addressing.outside import mark_outside
from transforms.addressing.question import distinct_questions, read_texts
from transforms.addressing.stages.chain import place_texts
from transforms.addressing.stages.code import code
from transforms.addressing.stages.exact import exact

PART = 20_000  # questions that are worth a thread of their own


def key_addresses(records: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """Key records to the library.

    `records`: row (UInt32) and any of address, code, lon, lat (EPSG:4490), area_code with area_scheme and area_name,
    subject_code (String; coordinates Float64). Returns one row per record in the same order: row and the columns of
    `fallback.ANSWER`. match_level is unit, building, estate, grid, community, outside or none; match_score is 0 to 1;
    a tie is never a match (match_margin is the distance to the runner-up); broken_rule names the rule
    (schemas/rules.yaml) that a record's code or area breaks.
    """
    if records.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32(), **ANSWER})
    questions = distinct_questions(records)
    parts = _parts(questions.asked)
    if len(parts) == 1:
        answers = _answer(parts[0], library)
    else:
        _ = library.index  # made once, before the threads need them
        if questions.asked["lon"].count():
            _ = library.footprints
        with ThreadPoolExecutor(len(parts)) as pool:
            answers = pl.concat(pool.map(lambda part: _answer(part, library), parts))
    return questions.rows.join(answers, on="question", how="left", maintain_order="left").select("row", *ANSWER)


def _parts(asked: pl.DataFrame) -> list[pl.DataFrame]:
    """Questions are answered apart: one part a core, if each is worth a thread."""
    count = max(1, min(pl.thread_pool_size(), asked.height // PART))
    return list(asked.iter_slices(-(-asked.height // count)))


def _answer(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """question and the columns of ANSWER for distinct questions."""
    index = library.index
    hints = area_hints(asked, library)
    by_code = code(asked, library)
    answered = by_code.filter((pl.col("level") != "none") | pl.col("broken_rule").is_not_null()).select("question")
    written = asked.filter(pl.col("address").is_not_null()).join(answered, on="question", how="anti")
    texts = read_texts(written, hints, index)
    texts = replace(texts, heads=mark_outside(texts.heads, index))
    at_home = texts.heads.filter(~pl.col("is_outside")).select("head")
    by_text = exact(texts, index).join(texts.cuts.join(at_home, on="head", how="semi"), on="question", how="semi")
    phrases = texts.phrases.join(at_home, on="head", how="semi")
    readings = texts.readings.join(by_text, on="question", how="anti")
    placed = place_texts(readings, phrases, index)
    return settle(asked, texts, library, by_code=by_code, by_text=by_text, placed=placed, hints=hints)
