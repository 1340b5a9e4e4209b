"""The door of keying: records in, one answer per record out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl

from transforms.addressing.areas import area_hints
from transforms.addressing.fallback import ANSWER, settle
from transforms.addressing.library import AddressLibrary
from transforms.addressing.question import distinct_questions, read_texts
from transforms.addressing.stages.chain import place_texts
from transforms.addressing.stages.code import code
from transforms.addressing.stages.exact import exact
from transforms.addressing.thresholds import probability

CHUNK = 250_000  # records answered at a time by one thread: memory does not grow with the file
LEAST = 30_000  # records that are worth a thread of their own: a tenth of a second it takes whatever it answers


def key_addresses(records: pl.DataFrame, library: AddressLibrary, threads: int | None = None) -> pl.DataFrame:
    """Key records to the library.

    `records`: row (UInt32) and any of address, code, lon, lat (EPSG:4490), area_code with area_scheme and area_name,
    subject_code (String; coordinates Float64). Returns one row per record in the same order: row and the columns of
    `fallback.ANSWER`. match_level is unit, building, estate, grid, community, outside or none; match_score is 0 to 1;
    a tie is never a match (match_margin is the distance to the runner-up); broken_rule names the rule
    (schemas/rules.yaml) that a record's code or area breaks. `threads`: as many as there are cores, if not told.
    """
    if records.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32(), **ANSWER})
    threads = threads or pl.thread_pool_size()
    size = min(CHUNK, -(-records.height // max(1, min(threads, records.height // LEAST))))
    parts = list(records.iter_slices(size))
    _ = library.index  # made once, before the threads need it
    if len(parts) == 1:
        return _key_part(records, library)
    with ThreadPoolExecutor(threads) as pool:
        return pl.concat(pool.map(lambda part: _key_part(part, library), parts))


def _key_part(records: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    questions = distinct_questions(records)
    answers = _answer(questions.asked, library).select(*ANSWER)
    if questions.of_record is not None:
        answers = answers[questions.of_record]
    return records.select(pl.col("row").cast(pl.UInt32)).hstack(answers)


def _answer(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """The columns of ANSWER for distinct questions, in order."""
    index = library.index
    hints = area_hints(asked, library) if asked["area_code"].count() else None
    by_code = code(asked, library)
    written = asked.filter(pl.col("address").is_not_null())
    if not by_code.is_empty():
        answered = by_code.filter((pl.col("level") != "none") | pl.col("broken_rule").is_not_null()).select("question")
        written = written.join(answered, on="question", how="anti")
    texts = read_texts(written, hints, index)
    by_text = exact(texts, index)
    is_open = np.ones(asked.height, dtype=bool)
    is_open[by_text["question"].to_numpy()] = False
    readings = texts.readings.filter(pl.Series(is_open).gather(texts.readings["question"]))
    placed = place_texts(readings, texts, index)
    settled = settle(asked, texts, library, by_code=by_code, by_text=by_text, placed=placed, hints=hints)
    return settled.with_columns(probability(settled))
