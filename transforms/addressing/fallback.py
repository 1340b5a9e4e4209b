"""The one answer of each question: the first of code, exact, placed; else estate, community, outside or none, with its reason."""

from __future__ import annotations

import polars as pl

from transforms.addressing.library import AddressLibrary
from transforms.addressing.question import Texts


def fall_back(
    asked: pl.DataFrame,
    texts: Texts,
    by_code: pl.DataFrame,
    by_text: pl.DataFrame,
    placed: pl.DataFrame,
    hints: pl.DataFrame,
    library: AddressLibrary,
) -> pl.DataFrame:
    """question and the columns of `key.ANSWER`."""
    from transforms.addressing.key import ANSWER

    index = library.index
    frame = asked.select("question", "address").join(hints, on="question", how="left", maintain_order="left")
    head = texts.cuts.select("question", "head", "text").join(texts.heads, on="head", how="left")
    outside = _outside(head, index.counties)
    parts = [
        _from_code(by_code),
        outside,
        _from_exact(by_text.join(outside, on="question", how="anti"), library),
        _from_placed(placed, library),
        _from_estate(head, library),
        _from_area(head, library),
    ]
    answers: list[pl.DataFrame] = []
    open_questions = frame.select("question")
    for part in parts:
        mine = part.join(open_questions, on="question", how="semi").unique("question", keep="first")
        answers.append(_shaped(mine, ANSWER))
        open_questions = open_questions.join(mine.select("question"), on="question", how="anti")
    left = open_questions.join(asked.select("question", "address"), on="question", how="left").select(
        "question",
        match_level=pl.lit("none"),
        match_method=pl.lit("none"),
        match_score=pl.lit(0.0),
        match_margin=pl.lit(0.0),
        reason=pl.when(pl.col("address").fill_null("").str.strip_chars() == "")
        .then(pl.lit("no address"))
        .otherwise(pl.lit("no building of this name and number")),
    )
    answers.append(_shaped(left, ANSWER))
    every = pl.concat(answers)
    return (
        every.join(hints.select("question", "area_rule"), on="question", how="left")
        .with_columns(broken_rule=pl.coalesce("broken_rule", "area_rule"))
        .drop("area_rule")
    )


def _shaped(frame: pl.DataFrame, answer: dict) -> pl.DataFrame:  # type: ignore[type-arg]
    empty = {"candidates": pl.lit([], pl.List(pl.String))}
    return frame.select(
        "question",
        *[
            (pl.col(name) if name in frame.columns else empty.get(name, pl.lit(None, dtype))).cast(dtype).alias(name)
            for name, dtype in answer.items()
        ],
    )


def _from_code(by_code: pl.DataFrame) -> pl.DataFrame:
    hit = pl.col("level") != "none"
    return by_code.filter(hit | pl.col("broken_rule").is_not_null()).select(
        "question", "unit_code", "building_code", "area_code", "candidates", "reason", "broken_rule",
        match_level="level",
        match_method=pl.when(hit).then(pl.lit("code")).otherwise(pl.lit("none")),
        match_score=pl.when(hit).then(1.0).otherwise(0.0),
        match_margin=pl.when(hit).then(1.0).otherwise(0.0),
    )  # fmt: skip


def _outside(head: pl.DataFrame, counties: frozenset[str]) -> pl.DataFrame:
    cities = sorted({county[:4] for county in counties})
    provinces = sorted({county[:2] for county in counties})
    county = pl.col("county")
    elsewhere = (
        (county.is_not_null() & ~county.is_in(sorted(counties)))
        | (county.is_null() & pl.col("has_county"))
        | (pl.col("city").is_not_null() & ~pl.col("city").is_in(cities))
        | (pl.col("province").is_not_null() & ~pl.col("province").is_in(provinces))
    )
    return head.filter(elsewhere).select(
        "question",
        match_level=pl.lit("outside"),
        match_method=pl.lit("outside"),
        match_score=pl.lit(1.0),
        match_margin=pl.lit(1.0),
        area_code=county,
        reason=pl.lit("names another county"),
    )


def _from_exact(by_text: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    is_unit = pl.col("code").str.len_chars() == 25
    owner = library.unit.select(code="unit_code", of="building_code")
    return by_text.join(owner, on="code", how="left").select(
        "question",
        match_level=pl.when(is_unit).then(pl.lit("unit")).otherwise(pl.lit("building")),
        unit_code=pl.when(is_unit).then("code"),
        building_code=pl.coalesce("of", pl.col("code").str.slice(0, 19)),
        match_method=pl.lit("exact"),
        match_score=pl.lit(1.0),
        match_margin=pl.lit(1.0),
        candidates=pl.concat_list("code"),
        reason=pl.lit("the whole text is a name of this place"),
    )


def _from_placed(placed: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    index = library.index
    codes = index.buildings.select("building", "building_code", "estate_key", "community_code")
    sure = placed.filter(pl.col("level") != "tied").join(codes, on="building", how="left").select(
        "question", "unit_code", "building_code", "candidates", "proposed_room",
        match_level="level", match_method="method", match_score="score", match_margin="margin",
        reason=pl.when(pl.col("level") == "unit").then(pl.lit("building and room agree"))
        .when(pl.col("proposed_room").is_not_null()).then(pl.lit("the library lacks this room"))
        .when(pl.col("candidates").list.len() > 1).then(pl.lit("several units bear this room number"))
        .otherwise(pl.lit("building agrees, no room said")),
    )  # fmt: skip
    tied = placed.filter(pl.col("level") == "tied").select("question", "score", "method", building_code="candidates")
    spread = tied.explode("building_code").join(codes, on="building_code", how="left")
    shared = spread.group_by("question").agg(
        estates=pl.col("estate_key").n_unique(),
        estate=pl.col("estate_key").first(),
        communities=pl.col("community_code").n_unique(),
        area_code=pl.col("community_code").first(),
        candidates=pl.col("building_code").sort(),
        match_score=pl.col("score").first(),
    )
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
    name = pl.coalesce("inner_estate_key", "estate_key", "plain_key")
    asked = head.select("question", "street_stem", estate_key=name).filter(pl.col("estate_key").fill_null("") != "")
    streets = index.streets.select("street_code", street_stem="stem", _said=pl.lit(True))
    found = asked.join(index.estates, on="estate_key", how="inner").join(
        streets, on=["street_code", "street_stem"], how="left"
    )
    found = found.filter(pl.col("street_stem").is_null() | pl.col("_said").fill_null(False))
    one = found.group_by("question").agg(
        areas=pl.col("community_code").n_unique(),
        area_code=pl.col("community_code").first(),
        buildings=pl.col("buildings").sum(),
    )
    return one.filter(pl.col("areas") == 1).select(
        "question",
        "area_code",
        match_level=pl.lit("estate"),
        match_method=pl.lit("components"),
        match_score=pl.lit(0.8),
        match_margin=pl.lit(1.0),
        reason=pl.lit("the estate is known, the building is not"),
    )


def _from_area(head: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """Only the community is said."""
    index = library.index
    streets = index.streets.select("street_code", street_stem="stem")
    of = library.area.filter(pl.col("level") == "community").select(
        community_code="area_code", street_code="parent_code"
    )
    found = (
        head.select("question", "community_stem", "street_stem")
        .drop_nulls("community_stem")
        .join(index.communities.rename({"stem": "community_stem"}), on="community_stem", how="inner")
        .join(of.unique(), on="community_code", how="left")
        .join(streets.with_columns(_said=pl.lit(True)), on=["street_code", "street_stem"], how="left")
        .filter(pl.col("street_stem").is_null() | pl.col("_said").fill_null(False))
    )
    one = found.group_by("question").agg(codes=pl.col("community_code").unique())
    return one.filter(pl.col("codes").list.len() == 1).select(
        "question",
        area_code=pl.col("codes").list.first(),
        match_level=pl.lit("community"),
        match_method=pl.lit("components"),
        match_score=pl.lit(0.7),
        match_margin=pl.lit(1.0),
        reason=pl.lit("only the community is known"),
    )
