"""Which records a difference of libraries reaches: asked of the stages themselves, not guessed from texts.

The chain reads a library by lookups alone. An answer can change only if one of its lookups found, or would now find,
a row that differs. So every stage is run with candidates taken from the changed buildings only, once as they were and
once as they are: whoever finds one there is touched, whoever finds none is answered as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl

from transforms.addressing.areas import area_hints
from transforms.addressing.evidence import believed
from transforms.addressing.fallback import COARSE
from transforms.addressing.heads import read_heads
from transforms.addressing.index import Index
from transforms.addressing.index_units import rooms_of
from transforms.addressing.library import AddressLibrary
from transforms.addressing.names import fold
from transforms.addressing.normalise import normalise_series
from transforms.addressing.question import Questions, Texts, distinct_questions, read_texts
from transforms.addressing.similar_names import deletions, near_names
from transforms.addressing.stages.chain import TEXT_STAGES
from transforms.addressing.stages.coordinate import METHOD as COORDINATE
from transforms.addressing.stages.coordinate import coordinate
from transforms.addressing.stages.mentions import mentions
from transforms.addressing.stages.relaxed import EXTRA
from transforms.addressing.stages.splits import derived_phrases
from transforms.addressing.tail import split_tail
from transforms.rekeying.difference import Difference, rows_of

HEAD_NAMES = ("estate_key", "inner_estate_key", "plain_key", "outer_key")  # what the estate fallback asks for
STORED = ["unit_code", "building_code", "match_level", "match_method"]


def touched(records: pl.DataFrame, old: AddressLibrary, new: AddressLibrary, difference: Difference) -> pl.Series:
    """Rows (`row`) whose answer could differ between the two libraries.

    `records`: what keying reads (see `key_addresses`) and, from the old library's answer, unit_code, building_code,
    match_level, match_method.
    """
    if difference.is_wide:
        return records["row"]
    if difference.is_empty or records.is_empty():
        return records["row"].head(0)
    questions = distinct_questions(records)
    said, said_estate = by_text(questions.asked, old, new, difference)
    is_open = records.filter(_is_open())["row"]
    coarse = _rows(records, questions, said_estate)
    found = [
        by_code(records, difference),
        _rows(records, questions, said),
        coarse.filter(coarse.is_in(is_open.implode())),
        by_ground(records, old, new, difference),
    ]
    return pl.concat(found).unique()


def _rows(records: pl.DataFrame, questions: Questions, some: pl.Series) -> pl.Series:
    """The rows that ask one of some questions."""
    is_asked = questions.asked["question"].is_in(some.implode())
    of_record: pl.Series | None = questions.of_record
    return records["row"].filter(is_asked if of_record is None else is_asked.gather(of_record))


def _is_open() -> pl.Expr:
    """Answers which no code and no building gave: estate, area or ground decided, or nothing."""
    return pl.col("match_level").is_in(COARSE) | (pl.col("match_method") == COORDINATE)


def by_code(records: pl.DataFrame, difference: Difference) -> pl.Series:
    """Rows whose given code, or whose present unit or building, is told otherwise."""
    names = [name for name in ("code", "subject_code", "unit_code", "building_code") if name in records.columns]
    codes = difference.codes.implode()
    said = [pl.col(name).str.strip_chars().is_in(codes) for name in names]
    said += [pl.col(name).str.strip_chars().str.slice(0, 19).is_in(codes) for name in names if name == "code"]
    return records.filter(pl.any_horizontal(said).fill_null(False))["row"]


def by_text(
    asked: pl.DataFrame, old: AddressLibrary, new: AddressLibrary, difference: Difference
) -> tuple[pl.Series, pl.Series]:
    """Questions whose text asks for something that differs; and those that name an estate which lies elsewhere now,
    which matters where no building was found.

    Texts are read once: what reading takes from a library (areas, words that explain) is the same in both, or the
    text is touched for saying such a word.
    """
    written = asked.filter(pl.col("address").is_not_null())
    hints = area_hints(written, new) if written["area_code"].count() else None
    texts = read_texts(written, hints, new.index)
    phrases = texts.phrases
    derived = derived_phrases(phrases, new.index)
    said = mentions(derived)
    found = [
        *_whole_texts(texts, difference),
        *_names(texts, derived, said, difference),
        *_words(texts, difference),
    ]
    for library in (old, new):
        rooms = _rooms(library, difference)
        codes = pl.concat([difference.buildings, rooms["building_code"].drop_nulls()]).unique()
        only = among(library.index, codes)
        plausible = phrases.join(_plausible(derived, said, only), on="phrase", how="semi")
        found += _candidates(texts, plausible, library, only, rooms=rooms, difference=difference)
    return pl.concat([asked["question"].head(0), *found]).unique(), _estates(texts, difference)


def _whole_texts(texts: Texts, difference: Difference) -> Iterator[pl.Series]:
    """Texts that are a name of their own which came, went or leads elsewhere."""
    spelt = normalise_series(difference.texts).drop_nulls().unique().alias("text").to_frame()
    head, tail = split_tail(pl.col("text"))
    cut = spelt.select(head=head, tail=tail)
    locals_ = read_heads(cut["head"]).select("head", "local")
    changed = cut.join(locals_, on="head", how="left").select("local", "tail").unique()
    written = texts.cuts.select(
        "question",
        local=texts.heads["local"].gather(texts.cuts["head_id"]),
        tail=texts.tails["tail"].gather(texts.cuts["tail_id"]),
    )
    yield written.join(changed, on=["local", "tail"], how="semi", nulls_equal=True)["question"]


def _names(texts: Texts, derived: pl.DataFrame, said: pl.DataFrame, difference: Difference) -> Iterator[pl.Series]:
    """Texts that say a name which is known now and was not, or the other way round."""
    sources = _sources(derived, said.filter(pl.col("name").is_in(difference.names.implode())))
    yield texts.readings.join(sources, on="phrase", how="semi")["question"]


def _words(texts: Texts, difference: Difference) -> Iterator[pl.Series]:
    """Texts with a word that explains what stands before a name, or did."""
    if difference.words.len():
        says = fold(pl.col("plain")).str.contains_any(difference.words.to_list()).fill_null(False)
        yield texts.readings.join(texts.phrases.filter(says).select("phrase"), on="phrase", how="semi")["question"]


def _estates(texts: Texts, difference: Difference) -> pl.Series:
    """Texts whose estate lies in other communities than before."""
    estates = difference.estates.implode()
    same = [pl.col(name).is_in(estates) for name in HEAD_NAMES if name in texts.heads.columns]
    heads = texts.heads.filter(pl.any_horizontal(same).fill_null(False))["head_id"]
    return texts.cuts.filter(pl.col("head_id").is_in(heads.implode()))["question"]


def _rooms(library: AddressLibrary, difference: Difference) -> pl.DataFrame:
    """The units told otherwise, as this library has them, of buildings told as before: who means another building is
    touched for that.
    """
    mine = pl.col("unit_code").is_in(difference.units.implode())
    return library.unit.filter(mine & ~pl.col("building_code").is_in(difference.buildings.implode()))


def _plausible(derived: pl.DataFrame, said: pl.DataFrame, only: Index) -> pl.DataFrame:
    """Phrases that say a name and number of these buildings, or a name one slip away: alone worth the stages."""
    there = pl.concat(
        [rows_of(part).select("name_key", pl.col("number").fill_null("")) for part in (only.names, only.stems)]
    ).unique()
    spoken = said.select(pl.col("name").unique())
    bare = spoken.select("name", meant=pl.col("name").str.replace(EXTRA, ""))
    near = near_names(spoken, replace(only, deletions=deletions(there["name_key"].unique())))
    forms = pl.concat([spoken.select("name", meant="name"), bare, near.select("name", "meant")]).unique()
    meant = forms.join(there, left_on="meant", right_on="name_key").select("name", "number").unique()
    heard = _sources(derived, said.join(meant, on=["name", "number"], how="semi"))
    # A name of two parts written apart is put together by the stages: few, and not looked into here.
    return pl.concat([heard, derived.filter(pl.col("outer_key").is_not_null()).select(phrase="source")]).unique()


def _sources(derived: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The phrases of the text (`phrase`) whose derived phrases are among `said`."""
    return derived.join(said.select("phrase"), on="phrase", how="semi").select(phrase="source").unique()


def _candidates(
    texts: Texts,
    phrases: pl.DataFrame,
    library: AddressLibrary,
    only: Index,
    *,
    rooms: pl.DataFrame,
    difference: Difference,
) -> Iterator[pl.Series]:
    """Texts for which some stage believes in a changed building, or in a building and a changed room of it."""
    index = library.index
    few = phrases.drop("phrase").with_row_index("phrase")  # stages know a phrase by its place
    likely = pl.concat(
        believed(stage(few, only).select("phrase", "building", "score"), method) for method, stage in TEXT_STAGES
    )
    likely = likely.select(pl.lit(phrases["phrase"]).gather(pl.col("phrase")).alias("phrase"), "building").unique()
    changed = index.buildings.filter(pl.col("building_code").is_in(difference.buildings.implode()))
    yield texts.readings.join(
        likely.join(changed.select("building"), on="building", how="semi"), on="phrase", how="semi"
    )["question"]
    doors = _doors(library, rooms)
    spoken = texts.readings.with_columns(texts.spoken["room_there"].gather(texts.readings["spoken"]))
    yield spoken.join(likely, on="phrase").join(doors, on=["building", "room_there"], how="semi")["question"]


def _doors(library: AddressLibrary, rooms: pl.DataFrame) -> pl.DataFrame:
    """building, room_there: in which of its buildings a text may ask for one of these units, and how."""
    named = library.index.buildings.select("building", "building_code")
    spelt = rooms_of(AddressLibrary.from_frames({"unit": rooms}), named).room_names
    inside = named.filter(pl.col("building_code").is_in(rooms["building_code"].implode())).select("building")
    return inside.join(spelt.select(room_there="name"), how="cross")


def among(index: Index, codes: pl.Series) -> Index:
    """`index` as if the buildings of `codes` alone bore names; all that explains a text stays as it is."""
    rows = index.buildings.filter(pl.col("building_code").is_in(codes.implode())).select("building")
    return replace(index, names=_kept(index.names, rows), stems=_kept(index.stems, rows))


def _kept(names: Any, rows: pl.DataFrame) -> Any:
    kept = rows_of(names).join(rows, on="building", how="semi")
    return kept if isinstance(names, pl.DataFrame) else type(names).of(kept)


def by_ground(records: pl.DataFrame, old: AddressLibrary, new: AddressLibrary, difference: Difference) -> pl.Series:
    """Rows the ground decides, or may come to decide, and does so otherwise now."""
    if "lon" not in records.columns or records["lon"].count() == 0:
        return records["row"].head(0)
    spots = records.filter(_is_open() & pl.col("lon").is_not_null()).select(question="row", lon="lon", lat="lat")
    was, now = (coordinate(spots, library) for library in (old, new))
    same = ["question", "level", "building_code", "area_code", "score", "margin", "candidates"]
    kept = was.select(same).join(now.select(same), on=same, how="semi", nulls_equal=True)
    there = kept.filter(~pl.col("building_code").is_in(difference.codes.implode()).fill_null(False))
    found = pl.concat([was["question"], now["question"]]).unique()
    return found.filter(~found.is_in(there["question"].implode())).alias("row")
