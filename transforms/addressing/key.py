"""The door of keying: records in, one answer per record out."""

from __future__ import annotations

import polars as pl

from transforms.addressing.areas import area_hints
from transforms.addressing.fallback import fall_back
from transforms.addressing.library import AddressLibrary
from transforms.addressing.question import distinct_questions, read_texts
from transforms.addressing.rooms import place_rooms
from transforms.addressing.stages.chain import answer_phrases
from transforms.addressing.stages.code import code
from transforms.addressing.stages.exact import exact

ANSWER = {
    "match_level": pl.String, "unit_code": pl.String, "building_code": pl.String, "area_code": pl.String,
    "match_method": pl.String, "match_score": pl.Float64, "match_margin": pl.Float64,
    "candidates": pl.List(pl.String), "proposed_room": pl.String, "reason": pl.String, "broken_rule": pl.String,
}  # fmt: skip


def key_addresses(records: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """Key records to the library.

    `records`: row (UInt32) and any of address, code, lon, lat (EPSG:4490), area_code with area_scheme and area_name,
    subject_code (String; coordinates Float64). Returns one row per record in the same order: row and the columns of
    ANSWER. match_level is unit, building, estate, grid, community, outside or none; match_score is 0 to 1; a tie is never
    a match (match_margin is the distance to the runner-up); broken_rule names the rule a record's code or area breaks.
    """
    if records.is_empty():
        return pl.DataFrame(schema={"row": pl.UInt32, **ANSWER})
    questions = distinct_questions(records)
    asked = questions.asked
    index = library.index
    hints = area_hints(asked, library)
    by_code = code(asked, library)
    texts = read_texts(asked.filter(pl.col("address").is_not_null()), hints)
    phrases = texts.phrases.filter(_at_home(index.counties))
    placed = place_rooms(texts, answer_phrases(phrases, index), index)
    answers = fall_back(asked, texts, by_code, exact(texts, index), placed, hints, library)
    return questions.rows.join(answers, on="question", how="left", maintain_order="left").select("row", *ANSWER)


def _at_home(counties: frozenset[str]) -> pl.Expr:
    """A phrase that names no other county or city than the library's."""
    cities = {county[:4] for county in counties}
    provinces = {county[:2] for county in counties}
    county = pl.col("county").is_in(sorted(counties)) | (pl.col("county").is_null() & ~pl.col("has_county"))
    return (
        county
        & (pl.col("city").is_null() | pl.col("city").is_in(sorted(cities)))
        & (pl.col("province").is_null() | pl.col("province").is_in(sorted(provinces)))
    )
