"""Which records a difference of libraries reaches: asked of the stages themselves, not guessed from texts.

The chain reads a library by lookups alone. An answer can change only if one of its lookups found, or would now find,
a row that differs. Texts that may look up such a row are few; for these the stages are run over both libraries, and
whoever is answered by other candidates, or with other scores, is touched. All others are answered as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from transforms.addressing.areas import area_hints
from transforms.addressing.evidence import believed
from transforms.addressing.fallback import COARSE
from transforms.addressing.heads import read_heads
from transforms.addressing.index import Index
from transforms.addressing.index_units import rooms_of
from transforms.addressing.keys import room_key
from transforms.addressing.library import AddressLibrary
from transforms.addressing.names import fold
from transforms.addressing.normalise import normalise_series
from transforms.addressing.question import Questions, Texts, distinct_questions, read_texts
from transforms.addressing.similar_names import Deletions, near_names
from transforms.addressing.stages.asking import Asking
from transforms.addressing.stages.chain import TEXT_STAGES
from transforms.addressing.stages.code import METHOD as CODE
from transforms.addressing.stages.coordinate import METHOD as COORDINATE
from transforms.addressing.stages.coordinate import coordinate
from transforms.addressing.stages.exact import METHOD as EXACT
from transforms.addressing.stages.mentions import mentions
from transforms.addressing.stages.relaxed import EXTRA
from transforms.addressing.stages.splits import derived_phrases
from transforms.addressing.tail import with_tail
from transforms.rekeying.difference import Difference, rows_of

HEAD_NAMES = ("estate_key", "inner_estate_key", "plain_key", "outer_key")  # what the estate fallback asks for
FIRST = TEXT_STAGES[0][0]  # the stage that reads a phrase as it is; those after it cut and mend its name
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
    reached = by_text(questions.asked, old, new, difference)
    # Who was answered early looks nothing up later; nobody asks for an estate who has a building.
    late, is_open = records.filter(~_is_early())["row"], records.filter(_is_open())["row"]
    by_later, by_estate = (_rows(records, questions, some) for some in (reached.later, reached.estates))
    found = [
        by_code(records, difference),
        _rows(records, questions, reached.first),
        by_later.filter(by_later.is_in(late.implode())),
        by_estate.filter(by_estate.is_in(is_open.implode())),
        by_ground(records, old, new, difference),
    ]
    return pl.concat(found).unique()


def _rows(records: pl.DataFrame, questions: Questions, some: pl.Series) -> pl.Series:
    """The rows that ask one of some questions."""
    is_asked = questions.asked["question"].is_in(some.implode())
    of_record: pl.Series | None = questions.of_record
    return records["row"].filter(is_asked if of_record is None else is_asked.gather(of_record))


@dataclass(frozen=True)
class Reached:
    """Questions by what they ask for that differs: the code, the whole text or the first text stage; a later text
    stage; the estate alone.
    """

    first: pl.Series
    later: pl.Series
    estates: pl.Series


def _is_early() -> pl.Expr:
    """Answers that left the chain with its first text stage, or before it."""
    by_first = (pl.col("match_level") == "unit") & (pl.col("match_method") == FIRST)
    return (pl.col("match_method").is_in([CODE, EXACT]) | by_first).fill_null(False)


def _is_open() -> pl.Expr:
    """Answers which no code and no building gave: estate, area or ground decided, or nothing."""
    return pl.col("match_level").is_in(COARSE) | (pl.col("match_method") == COORDINATE)


def by_code(records: pl.DataFrame, difference: Difference) -> pl.Series:
    """Rows whose given code, or whose subject's, is told otherwise."""
    names = [name for name in ("code", "subject_code") if name in records.columns]
    if not names:
        return records["row"].head(0)
    codes = difference.codes.implode()
    said = [pl.col(name).str.strip_chars().is_in(codes) for name in names]
    said += [pl.col(name).str.strip_chars().str.slice(0, 19).is_in(codes) for name in names if name == "code"]
    return records.filter(pl.any_horizontal(said).fill_null(False))["row"]


def by_text(asked: pl.DataFrame, old: AddressLibrary, new: AddressLibrary, difference: Difference) -> Reached:
    """Questions whose text asks for something that differs.

    Texts are read once: what reading takes from a library (areas, words that explain) is the same in both, or the
    text is touched for saying such a word.
    """
    written = asked.filter(pl.col("address").is_not_null())
    hints = area_hints(written, new) if written["area_code"].count() else None
    texts = read_texts(written, hints, new.index)
    derived = derived_phrases(texts.phrases, new.index)
    suspects = texts.phrases.join(_suspects(texts.phrases, derived, old, new, difference), on="phrase", how="semi")
    was, now = (_believed(suspects, library.index) for library in (old, new))
    changed = _other_candidates(was, now)
    return Reached(
        pl.concat(
            [
                _whole_texts(texts, difference),
                _asking(texts, changed.filter(pl.col("stage") == FIRST)),
                _other_rooms(texts, was, old, difference),
                _other_rooms(texts, now, new, difference),
            ]
        ),
        _asking(texts, changed),
        _estates(texts, difference),
    )


def _asking(texts: Texts, phrases: pl.DataFrame) -> pl.Series:
    """Questions with a reading of one of these phrases."""
    return texts.readings.join(phrases.select("phrase").unique(), on="phrase", how="semi")["question"]


def _says_any(words: pl.Series) -> pl.Expr:
    """Phrases with a word that explains what stands before a name, or did."""
    if words.is_empty():
        return pl.lit(False)
    return fold(pl.col("plain")).str.contains_any(words.to_list()).fill_null(False)


def _whole_texts(texts: Texts, difference: Difference) -> pl.Series:
    """Texts that are a name of their own which came, went or leads elsewhere."""
    spelt = normalise_series(difference.texts).drop_nulls().unique().alias("text").to_frame()
    cut = with_tail(spelt).drop("text")
    locals_ = read_heads(cut["head"]).select("head", "local")
    changed = cut.join(locals_, on="head", how="left").select("local", "tail").unique()
    written = texts.cuts.select(
        "question",
        local=texts.heads["local"].gather(texts.cuts["head_id"]),
        tail=texts.tails["tail"].gather(texts.cuts["tail_id"]),
    )
    return written.join(changed, on=["local", "tail"], how="semi", nulls_equal=True)["question"]


def _estates(texts: Texts, difference: Difference) -> pl.Series:
    """Texts whose estate lies in other communities than before."""
    estates = difference.estates.implode()
    same = [pl.col(name).is_in(estates) for name in HEAD_NAMES if name in texts.heads.columns]
    heads = texts.heads.filter(pl.any_horizontal(same).fill_null(False))["head_id"]
    return texts.cuts.filter(pl.col("head_id").is_in(heads.implode()))["question"]


def _suspects(
    phrases: pl.DataFrame, derived: pl.DataFrame, old: AddressLibrary, new: AddressLibrary, difference: Difference
) -> pl.DataFrame:
    """Phrases for which a stage may find something else: those that say, as they are or derived, a name and number of
    a changed building or of one with a changed unit, or a name one slip away; a name that came or went; a word that
    explains what stands before a name, or did.
    """
    said = mentions(derived)
    names = difference.names.implode()
    parts = [
        phrases.filter(pl.col("estate_key").is_in(names) | _says_any(difference.words)).select("phrase"),
        _sources(derived, said.filter(pl.col("name").is_in(names))),
        # A name of two parts written apart is put together by the stages: few, and not looked into here.
        derived.filter(pl.col("outer_key").is_not_null()).select(phrase="source"),
    ]
    codes = pl.concat([difference.buildings, _owners(old, difference), _owners(new, difference)]).unique()
    spoken = said.select(pl.col("name").unique())
    bare = spoken.select("name", meant=pl.col("name").str.replace(EXTRA, ""))
    for index in (old.index, new.index):
        there = _names_of(index, codes)
        near = near_names(spoken, replace(index, deletions=Deletions.of(there["name_key"])))
        forms = pl.concat([spoken.select("name", meant="name"), bare, near.select("name", "meant")]).unique()
        meant = forms.join(there, left_on="meant", right_on="name_key").select("name", "number").unique()
        parts.append(_sources(derived, said.join(meant, on=["name", "number"], how="semi")))
    return pl.concat(part.select(pl.col("phrase").cast(phrases.schema["phrase"])) for part in parts).unique()


def _names_of(index: Index, codes: pl.Series) -> pl.DataFrame:
    """name_key, number ("" where there is none) of all that these buildings answer to."""
    rows = index.buildings.filter(pl.col("building_code").is_in(codes.implode())).select("building")
    return pl.concat(
        rows_of(part).join(rows, on="building", how="semi").select("name_key", pl.col("number").fill_null(""))
        for part in (index.names, index.stems)
    ).unique()


def _sources(derived: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """The phrases of the text (`phrase`) whose derived phrases are among `said`."""
    return derived.join(said.select("phrase"), on="phrase", how="semi").select(phrase="source").unique()


def _believed(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """phrase, stage, building, score and what a tie reads of it: the buildings each stage believes in."""
    asking = Asking(phrases, index)
    scored = pl.concat(
        believed(stage(asking, index).select("phrase", "building", "score"), name).with_columns(
            stage=pl.lit(stage.__name__)
        )
        for name, stage in TEXT_STAGES
    )
    return scored.join(
        index.buildings.select("building", "building_code", "estate_key", "community_code"), on="building"
    )


def _owners(library: AddressLibrary, difference: Difference) -> pl.Series:
    """building_code of the buildings with units that are told otherwise."""
    return library.unit.filter(pl.col("unit_code").is_in(difference.units.implode()))["building_code"].drop_nulls()


def _other_candidates(was: pl.DataFrame, now: pl.DataFrame) -> pl.DataFrame:
    """phrase, stage where a stage believes in other buildings, or not as much as before."""
    same = ["phrase", "stage", "building_code", "score", "estate_key", "community_code"]
    return pl.concat(
        mine.join(other, on=same, how="anti", nulls_equal=True).select("phrase", "stage")
        for mine, other in ((was, now), (now, was))
    )


def _other_rooms(texts: Texts, likely: pl.DataFrame, library: AddressLibrary, difference: Difference) -> pl.Series:
    """Texts that ask for a changed unit, in a building some stage believes in."""
    units = library.unit.filter(pl.col("unit_code").is_in(difference.units.implode()))
    doors = rooms_of(AddressLibrary.from_frames({"unit": units}), library.index.buildings)
    spelt = doors.room_names.select(room_there="name", room="id")
    spoken = texts.readings.with_columns(texts.spoken["room_there"].gather(texts.readings["spoken"]))
    asked = spoken.join(spelt, on="room_there").join(likely.select("phrase", "building").unique(), on="phrase")
    is_changed = doors.keys.has(room_key(asked["building"].to_numpy(), asked["room"].to_numpy()))
    return asked.filter(is_changed)["question"]


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
