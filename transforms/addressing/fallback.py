"""The one answer of each question: the first of code, outside, exact, placed by text, place on the ground, earlier key,
estate, community; else none. Each with its reason.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from transforms.addressing.library import AddressLibrary
from transforms.addressing.question import Texts
from transforms.addressing.stages.coordinate import METHOD as COORDINATE
from transforms.addressing.stages.coordinate import coordinate
from transforms.addressing.stages.subject import METHOD as SUBJECT
from transforms.addressing.stages.subject import SCORE as SUBJECT_SCORE
from transforms.addressing.stages.subject import subject

ANSWER: dict[str, pl.DataType] = {
    "match_level": pl.String(), "unit_code": pl.String(), "building_code": pl.String(), "area_code": pl.String(),
    "match_method": pl.String(), "match_score": pl.Float64(), "match_margin": pl.Float64(),
    "candidates": pl.List(pl.String()), "proposed_room": pl.String(), "reason": pl.String(),
    "broken_rule": pl.String(),
}  # fmt: skip
ESTATE_SCORE = 0.8
COMMUNITY_SCORE = 0.7
_READ_OF_HEADS = [
    "street_stem", "community_stem", "estate_key", "inner_estate_key", "plain_key", "outer_key", "is_outside",
    "other_county",
]  # fmt: skip
COARSE = ("estate", "community", "none")


def settle(
    asked: pl.DataFrame,
    texts: Texts,
    library: AddressLibrary,
    *,
    by_code: pl.DataFrame,
    by_text: pl.DataFrame,
    placed: pl.DataFrame,
    hints: pl.DataFrame | None,
) -> pl.DataFrame:
    """question and the columns of ANSWER, one row a question, in order."""
    # No question is in two of these: each was asked only where the ones before had no answer.
    sure = pl.concat(
        _shaped(part)
        for part in (_from_code(by_code), _outside(texts), _from_exact(by_text), _from_placed(placed, library))
    )
    is_sure = np.zeros(asked.height, dtype=bool)
    is_sure[sure["question"].to_numpy()] = True
    cuts = texts.cuts.filter(~pl.Series(is_sure).gather(texts.cuts["question"]))
    coarse = cuts.select("question", "is_beside").hstack(texts.heads.select(_READ_OF_HEADS)[cuts["head_id"]])
    open_questions = asked.filter(~pl.Series(is_sure))
    answers = sure
    if open_questions.height:
        over = _from_split_code(by_code.join(open_questions, on="question", how="semi"))
        parts = [_from_nothing(open_questions, coarse)]
        if open_questions["address"].null_count():
            parts.insert(0, _from_told_area(open_questions, hints))
        if over.height:
            parts.insert(0, over)
        if coarse.height:
            parts = [_from_estate(coarse, library), _from_area(coarse, library), *parts]
        if over.height:
            parts.insert(0, over.filter(pl.col("building_code").is_not_null()))
        answers = pl.concat([sure, _first_of(parts)])
    answers = _by_coordinate(answers, asked, texts.cuts, library)
    answers = _by_subject(answers, asked, library)
    if hints is not None:
        answers = (
            answers.join(hints.select("question", "area_rule"), on="question", how="left")
            .with_columns(broken_rule=pl.coalesce("broken_rule", "area_rule"))
            .drop("area_rule")
        )
    alone = pl.when(pl.col("unit_code").is_not_null()).then(pl.concat_list("unit_code"))
    return answers.sort("question").with_columns(
        candidates=pl.coalesce("candidates", alone.otherwise(pl.lit([], pl.List(pl.String))))
    )


def _first_of(parts: list[pl.DataFrame]) -> pl.DataFrame:
    """Each question's answer from the first part that has one."""
    return pl.concat([_shaped(part) for part in parts]).unique("question", keep="first", maintain_order=True)


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    """`candidates` may stay null until the end: the unit alone, or none."""
    return frame.select(_shape(frozenset(frame.columns)))


@cache
def _shape(columns: frozenset[str]) -> list[pl.Expr]:
    return [
        pl.col("question"),
        *(
            pl.col(name).cast(dtype) if name in columns else pl.lit(None, dtype).alias(name)
            for name, dtype in ANSWER.items()
        ),
    ]


def _from_code(by_code: pl.DataFrame) -> pl.DataFrame:
    hit = pl.col("level") != "none"
    return by_code.filter(hit | pl.col("broken_rule").is_not_null()).select(
        "question", "unit_code", "building_code", "area_code", "candidates", "reason", "broken_rule",
        match_level="level",
        match_method=pl.when(hit).then(pl.lit("code")).otherwise(pl.lit("none")),
        match_score=pl.when(hit).then(1.0).otherwise(0.0),
        match_margin=pl.when(hit).then(1.0).otherwise(0.0),
    )  # fmt: skip


def _from_split_code(by_code: pl.DataFrame) -> pl.DataFrame:
    """A code that ended or became several, with no text that says which: the building that stands, or nothing."""
    stands = pl.col("building_code").is_not_null()
    return by_code.filter((pl.col("level") == "none") & pl.col("broken_rule").is_null()).select(
        "question", "candidates", "reason", "building_code",
        match_level=pl.when(stands).then(pl.lit("building")).otherwise(pl.lit("none")),
        match_method=pl.when(stands).then(pl.lit("code")).otherwise(pl.lit("none")),
        match_score=stands.cast(pl.Float64), match_margin=stands.cast(pl.Float64),
    )  # fmt: skip


def _outside(texts: Texts) -> pl.DataFrame:
    head = texts.heads.select("is_outside", "other_county")[texts.cuts["head_id"]]
    return texts.cuts.select("question").hstack(head).filter("is_outside").select(
        "question",
        match_level=pl.lit("outside"),
        match_method=pl.lit("outside"),
        match_score=pl.lit(1.0),
        match_margin=pl.lit(1.0),
        area_code="other_county",
        reason=pl.lit("names another county or city"),
    )  # fmt: skip


def _from_exact(by_text: pl.DataFrame) -> pl.DataFrame:
    is_unit = pl.col("code").str.len_chars() == 25
    return by_text.select(
        "question",
        "building_code",
        match_level=pl.when(is_unit).then(pl.lit("unit")).otherwise(pl.lit("building")),
        unit_code=pl.when(is_unit).then("code"),
        match_method=pl.lit("exact"),
        match_score=pl.lit(1.0),
        match_margin=pl.lit(1.0),
        candidates=pl.when(~is_unit).then(pl.concat_list("code")),
        reason=pl.lit("the whole text is a name of this place"),
    )


def _from_placed(placed: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    codes = library.index.buildings.select("building_code", "estate_key", "community_code")
    is_tied = placed["level"] == "tied"
    firm = placed.filter(~is_tied).select(pl.exclude("rivals"))
    firm = firm.with_columns(
        building_code=codes["building_code"].gather(firm["building"]),
        unit_code=library.index.exact.codes.gather(firm["unit"]),
    )
    itself = pl.when(pl.col("level") == "building").then(pl.concat_list("building_code"))
    firm = firm.with_columns(candidates=pl.coalesce("candidates", itself))
    sure = firm.select(
        "question", "unit_code", "building_code", "candidates", "proposed_room",
        match_level="level", match_method="method", match_score="score", match_margin="margin",
        reason=pl.when(pl.col("level") == "unit").then(pl.lit("building and room agree"))
        .when(pl.col("proposed_room").is_not_null()).then(pl.lit("the library lacks this room"))
        .when(pl.col("candidates").list.len() > 1).then(pl.lit("several units bear this room number"))
        .otherwise(pl.lit("building agrees, no room said")),
    )  # fmt: skip
    if not is_tied.any():
        return sure
    tied = placed.filter(is_tied).select("question", "score", "rivals").explode("rivals")
    shared = tied.drop("rivals").hstack(codes[tied["rivals"]]).group_by("question").agg(
        estates=pl.col("estate_key").n_unique(),
        estate=pl.col("estate_key").first(),
        communities=pl.col("community_code").n_unique(),
        area_code=pl.col("community_code").first(),
        candidates=pl.col("building_code").sort(),
        match_score=pl.col("score").first(),
    )  # fmt: skip
    same_community = pl.col("communities") == 1
    same_estate = same_community & (pl.col("estates") == 1) & pl.col("estate").is_not_null()
    fallen = shared.select(
        "question", "candidates", "match_score",
        match_margin=pl.lit(0.0),
        match_method=pl.lit("none"),
        area_code=pl.when(same_community).then("area_code"),
        match_level=pl.when(same_estate).then(pl.lit("estate"))
        .when(same_community).then(pl.lit("community")).otherwise(pl.lit("none")),
        reason=pl.lit("a tie between several buildings"),
    )  # fmt: skip
    return pl.concat([sure, fallen], how="diagonal")


def _from_estate(head: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """The estate is known, the building is not."""
    index = library.index
    asked = pl.concat(
        [
            head.select("question", "street_stem", estate_key=name)
            for name in ("estate_key", "inner_estate_key", "plain_key", "outer_key")
        ]
    ).filter(pl.col("estate_key").fill_null("") != "")
    streets = index.streets.select("street_code", street_stem="stem", said=pl.lit(True))
    found = (
        asked.join(index.estates, on="estate_key", how="inner")
        .join(streets, on=["street_code", "street_stem"], how="left")
        .filter(pl.col("street_stem").is_null() | pl.col("said").fill_null(False))
    )
    one = found.group_by("question").agg(
        areas=pl.col("community_code").n_unique(), area_code=pl.col("community_code").first()
    )
    return one.filter(pl.col("areas") == 1).select(
        "question",
        "area_code",
        match_level=pl.lit("estate"),
        match_method=pl.lit("components"),
        match_score=pl.lit(ESTATE_SCORE),
        match_margin=pl.lit(1.0),
        reason=pl.lit("the estate is known, the building is not"),
    )


def _from_area(head: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """Only the community is said, by its own name or as the name of a place nobody knows better."""
    index = library.index
    streets = index.streets.select("street_code", street_stem="stem", said=pl.lit(True))
    parent = library.area.filter(pl.col("level") == "community").select(
        community_code="area_code", street_code="parent_code"
    )
    found = (
        head.select("question", "community_stem", "street_stem")
        .drop_nulls("community_stem")
        .join(index.communities.rename({"stem": "community_stem"}), on="community_stem", how="inner")
        .join(parent.unique(), on="community_code", how="left")
        .join(streets, on=["street_code", "street_stem"], how="left")
        .filter(pl.col("street_stem").is_null() | pl.col("said").fill_null(False))
    )
    one = found.group_by("question").agg(codes=pl.col("community_code").unique())
    return one.filter(pl.col("codes").list.len() == 1).select(
        "question",
        area_code=pl.col("codes").list.first(),
        match_level=pl.lit("community"),
        match_method=pl.lit("components"),
        match_score=pl.lit(COMMUNITY_SCORE),
        match_margin=pl.lit(1.0),
        reason=pl.lit("only the community is known"),
    )


def _from_told_area(asked: pl.DataFrame, hints: pl.DataFrame | None) -> pl.DataFrame:
    """No address at all, but an area code that holds (a warning for a street): that community or street."""
    if hints is None:
        return asked.select("question").clear()
    area = pl.coalesce("community_hint", "street_hint")
    told = hints.filter(area.is_not_null() & pl.col("area_rule").is_null())
    return asked.filter(pl.col("address").is_null()).select("question").join(told, on="question").select(
        "question",
        area_code=area,
        match_level=pl.lit("community"),
        match_method=pl.lit("code"),
        match_score=pl.lit(COMMUNITY_SCORE),
        match_margin=pl.lit(1.0),
        reason=pl.lit("only the area code is known"),
    )  # fmt: skip


def _from_nothing(asked: pl.DataFrame, head: pl.DataFrame) -> pl.DataFrame:
    read = head.select("question", is_read=pl.lit(True)).unique()
    return (
        asked.select("question")
        .join(read, on="question", how="left")
        .select(
            "question",
            match_level=pl.lit("none"),
            match_method=pl.lit("none"),
            match_score=pl.lit(0.0),
            match_margin=pl.lit(0.0),
            reason=pl.when(pl.col("is_read").is_null())
            .then(pl.lit("no address"))
            .otherwise(pl.lit("no building of this name and number")),
        )
    )


def _by_coordinate(
    answers: pl.DataFrame, asked: pl.DataFrame, cuts: pl.DataFrame, library: AddressLibrary
) -> pl.DataFrame:
    """Where the text is coarse or tied, the ground decides, if the text does not contradict it."""
    if not asked["lon"].count():
        return answers
    coarse = answers.filter(pl.col("match_level").is_in(COARSE) & pl.col("broken_rule").is_null())
    spot = coordinate(asked.join(coarse, on="question", how="semi"), library)
    if spot.is_empty():
        return answers
    places = library.buildings_of(spot["building_code"]).select("building_code", here="community_code")
    beside = cuts.select("question", "is_beside").unique("question")
    judged = (
        spot.join(coarse.select("question", said="area_code", tied="candidates"), on="question")
        .join(places, on="building_code", how="left")
        .join(beside, on="question", how="left")
    )
    among = (pl.col("tied").list.len().fill_null(0) == 0) | pl.col("tied").list.contains(pl.col("building_code"))
    agrees = pl.col("said").is_null() | pl.col("here").is_null() | (pl.col("said") == pl.col("here"))
    stands = (
        pl.when(pl.col("level") == "building")
        .then(among & agrees & ~pl.col("is_beside").fill_null(False))
        .otherwise(pl.col("said").is_null())
    )
    taken = judged.filter(stands).select(
        "question", "building_code", "area_code", "candidates",
        match_level="level", match_method=pl.lit(COORDINATE), match_score="score", match_margin="margin",
        reason=pl.lit("nearest building at ") + pl.col("metres").round(1).cast(pl.String) + pl.lit(" m"),
    )  # fmt: skip
    return _first_of([taken, answers])


def _by_subject(answers: pl.DataFrame, asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """The earlier key, where the record says no address, or just the building that key lies in."""
    if not asked["subject_code"].count():
        return answers
    earlier = subject(asked, library).rename({"building_code": "earlier_building", "unit_code": "earlier_unit"})
    if earlier.is_empty():
        return answers
    judged = answers.join(earlier, on="question", how="inner")
    silent = (pl.col("match_level") == "none") & (pl.col("reason") == "no address") & pl.col("broken_rule").is_null()
    same = (
        (pl.col("match_level") == "building")
        & (pl.col("building_code") == pl.col("earlier_building"))
        & pl.col("proposed_room").is_null()
        & (pl.col("match_method") != "code")
        & pl.col("earlier_unit").is_not_null()
        & (
            (pl.col("candidates").list.len().fill_null(0) <= 1)
            | pl.col("candidates").list.contains(pl.col("earlier_unit"))
        )
    )
    taken = judged.filter(silent | same).select(
        "question",
        unit_code="earlier_unit",
        building_code="earlier_building",
        match_level=pl.when(pl.col("earlier_unit").is_null()).then(pl.lit("building")).otherwise(pl.lit("unit")),
        candidates=pl.lit([], pl.List(pl.String)),
        match_method=pl.lit(SUBJECT),
        match_score=pl.lit(SUBJECT_SCORE),
        match_margin=pl.lit(1.0),
        reason=pl.lit("where the same subject was keyed before"),
    )
    return _first_of([taken, answers])
