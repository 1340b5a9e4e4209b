"""What speaks for and against a candidate building, in one score; and the choice that refuses ties."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.keys import number_of, pair_key
from transforms.addressing.sorted_keys import SortedKeys
from transforms.addressing.thresholds import thresholds

CLOSE = 1e-9  # sums of costs are not exact
# What each disagreement costs. A number that disagrees is never forgiven.
COUNTY_OTHER = 1.0
STREET_OTHER = 0.25  # a street of the district that this place never lay in
STREET_SLIP = 0.15  # the same, of a place with a name of its own: another place of that name would be a tie
STREET_UNKNOWN = 0.04  # a street nobody knows: a slip, or a name older than the library
STREET_FORMER = 0.02
STREET_UNSAID = 0.01
COMMUNITY_OTHER = 0.25  # a community of the district that this place never lay in
COMMUNITY_UNKNOWN = 0.02
ROAD_OTHER = 0.06
ROAD_UNKNOWN = 0.04  # nearly as bad as another road: a lack of roads must not win
ESTATE_OTHER = 0.35
ESTATE_UNKNOWN = 0.06
NUMBER_OTHER = 1.0
NUMBER_UNKNOWN = 0.25
MARK_OTHER = 0.04
STRICT = 4.0  # times as much for another area, where the name itself is doubtful


def weigh(candidates: pl.DataFrame, phrases: pl.DataFrame, index: Index, *, is_strict: bool = False) -> pl.DataFrame:
    """Score candidates against all that the phrase says. Returns phrase (the source), building, score.

    `phrases`: by phrase (its number is its row), with `source`.
    Candidates: phrase, building, by, mark_there, base, named, numbered, is_own. `by` is what led there: `name` (estate,
    building name, alias with number) or `road` (doorplate); `named` the name it was asked by, and whether with a
    number; is_own as in `Names`. Strict: another area than said rules it out.
    """
    if candidates.is_empty():
        return pl.DataFrame(schema={"phrase": pl.UInt32, "building": pl.UInt32, "score": pl.Float64})
    said = phrases.select(_READ)[candidates["phrase"]]
    frame = candidates.hstack(said).hstack(index.facts.drop("building")[candidates["building"]])
    frame = frame.with_columns(_other_road())
    frame = frame.hstack(_looked_up(frame, index)).with_columns(**_agreement())
    scored = frame.with_columns(score=_score(is_strict))
    return scored.group_by(phrase="source", building="building").agg(pl.col("score").max())


@cache
def _other_road() -> pl.Expr:
    """road_key; null where the name asked by was read as a road (三联三区四巷): then no other road was said."""
    asked_as_road = pl.col("road_key") == pl.col("named")
    return pl.when(asked_as_road & (pl.col("by") == "name")).then(None).otherwise("road_key").alias("road_key")


@cache
def _score(is_strict: bool) -> pl.Expr:
    """The base of a candidate less what each disagreement costs. Made once, as `_agreement` is: for few candidates
    saying it takes longer than working it out.
    """
    by_road = pl.col("by") == "road"
    own_lane = (
        pl.col("road_key").str.starts_with(pl.col("named")) | pl.col("road_key").str.starts_with(pl.col("estate_there"))
    ).fill_null(False)
    factor = STRICT if is_strict else 1.0
    hint = pl.col("street_hint")
    cost = [
        pl.when((pl.col("county") != pl.col("county_code")).fill_null(False)).then(COUNTY_OTHER).otherwise(0.0),
        pl.when(pl.col("street_stem").is_null() & pl.col("street_hint").is_null())
        .then(STREET_UNSAID)
        .when(pl.col("street_agrees"))
        .then(0.0)
        .when(pl.col("street_was"))
        .then(STREET_FORMER)
        .when(~pl.col("is_street") & pl.col("street_hint").is_null())
        .then(STREET_UNKNOWN * factor)
        .when(pl.col("is_own") & (hint.is_null() | (hint == pl.col("street_code"))))
        .then(STREET_SLIP * factor)
        .otherwise(STREET_OTHER * factor),
        pl.when(pl.col("community_agrees").fill_null(True))
        .then(0.0)
        .when(~pl.col("is_community") & pl.col("community_hint").is_null())
        .then(COMMUNITY_UNKNOWN * factor)
        .otherwise(COMMUNITY_OTHER * factor),
        pl.when(by_road | pl.col("road_key").is_null() | (pl.col("plain_key") == pl.col("estate_there")))
        .then(0.0)
        .when(pl.col("on_road"))
        .then(pl.when(pl.col("plate_agrees").fill_null(True)).then(0.0).otherwise(NUMBER_OTHER))
        # A house number that was said and not found: on a road of the place's own (水田一区二巷1号), or where the
        # library knows its roads, it is another house.
        .when(~pl.col("numbered") & pl.col("road_plate").is_not_null() & (pl.col("has_road") | own_lane))
        .then(NUMBER_OTHER)
        # So is the number of a lane: 永靖路989弄 is not 永靖路898弄.
        .when(pl.col("road_key").str.contains("[0-9]弄$") & pl.col("has_road"))
        .then(NUMBER_OTHER)
        .when(pl.col("has_road"))
        .then(ROAD_OTHER)
        .otherwise(ROAD_UNKNOWN),
        pl.when(~by_road | pl.col("estate_key").is_null() | pl.col("estate_agrees"))
        .then(0.0)
        .when(pl.col("estate_there").is_null() & ~pl.col("is_known"))
        .then(ESTATE_UNKNOWN)
        .otherwise(ESTATE_OTHER),
        pl.when(~by_road | pl.col("left_number").is_null())
        .then(0.0)
        .when(pl.col("number_there").is_null())
        .then(NUMBER_UNKNOWN)
        .when(pl.col("number_there") == pl.col("left_number"))
        .then(0.0)
        .otherwise(NUMBER_OTHER),
        pl.when((pl.col("mark_said") != pl.col("mark_there")).fill_null(False)).then(MARK_OTHER).otherwise(0.0),
    ]
    return pl.col("base") - pl.sum_horizontal(cost)


# What is read of a phrase.
_READ = [
    "source", "county", "street_stem", "community_stem", "street_hint", "community_hint", "road_key", "road_plate",
    "plain_key", "estate_key", "inner", "plate", "number", "mark",
]  # fmt: skip


def _looked_up(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """What the library knows of each candidate with what is said of it, yes or no: is_now (the building lies in a
    street of this name), is_was (it once did), is_street (there is one), is_named and is_community (the same of
    communities), on_road, is_numbered, is_at_plate (see `Borne`; False for those a road led to), is_borne (the building
    bears the estate's name), is_known (another may; both False but for those a road led to).
    """
    asked = frame.select("building", **_asked())
    said = {name: asked[name].to_numpy() for name in asked.columns}
    areas, borne = index.area_keys, index.borne
    found: dict[str, np.ndarray] = {}

    def look(has: str, keys: dict[str, SortedKeys], *names: str) -> None:
        """Only the rows that say it need looking up."""
        where = np.flatnonzero(said[has])
        number = said[names[0]][where]
        for name in names[1:]:
            number = pair_key(number, said[name][where])
        for name, known in keys.items():
            found[name] = np.zeros(frame.height, dtype=bool)
            if len(where):
                found[name][where] = known.find(number) >= 0

    look("has_street", {"is_now": areas.streets_now}, "street_code", "street_stem")
    look("has_street", {"is_was": areas.streets_was}, "community_code", "street_stem")
    look("has_street", {"is_street": areas.streets}, "street_stem")
    look("has_community", {"is_named": areas.communities_named}, "community_code", "community_stem")
    look("has_community", {"is_community": areas.communities}, "community_stem")
    look("has_road", {"on_road": borne.on_road, "is_numbered": borne.on_numbered_road}, "building", "road_key")
    look("has_road", {"is_at_plate": borne.at_plate}, "building", "road_key", "plate")
    look("has_estate", {"is_borne": borne.names}, "building", "estate_key")
    look("has_estate", {"is_known": borne.estates}, "estate_key")
    return pl.DataFrame(found)


@cache
def _asked() -> dict[str, pl.Expr]:
    """What is said as numbers, and which rows say it."""
    by_road = pl.col("by") == "road"
    plate = pl.coalesce("road_plate", pl.when(pl.col("estate_key").is_null()).then("plate"))
    texts = {name: pl.col(name) for name in _HASHED} | {"plate": plate}
    return {name: number_of(text) for name, text in texts.items()} | {
        "has_street": pl.col("street_stem").is_not_null(),
        "has_community": pl.col("community_stem").is_not_null(),
        "has_road": ~by_road & pl.col("road_key").is_not_null(),
        "has_estate": by_road & pl.col("estate_key").is_not_null(),
    }


_HASHED = ("street_code", "street_stem", "community_code", "community_stem", "road_key", "estate_key")


@cache
def _agreement() -> dict[str, pl.Expr]:
    """street_agrees, street_was (a former street of the place), community_agrees (null where unsaid), plate_agrees
    (null where no number was said, or none is known), estate_agrees, left_number, mark_said.
    """
    hint = (pl.col("street_hint") == pl.col("street_code")).fill_null(True)
    community_hint = pl.col("community_hint") == pl.col("community_code")
    plate = pl.coalesce("road_plate", pl.when(pl.col("estate_key").is_null()).then("plate"))
    return {
        "street_agrees": (pl.col("street_stem").is_null() | pl.col("is_now")) & hint,
        "street_was": pl.col("is_was") & hint,
        "community_agrees": pl.when(pl.col("community_stem").is_null())
        .then(community_hint)
        .otherwise(pl.col("is_named") & community_hint.fill_null(True)),
        "plate_agrees": pl.when(pl.col("on_road") & pl.col("is_numbered") & plate.is_not_null()).then("is_at_plate"),
        "estate_agrees": pl.col("is_borne") | (pl.col("estate_key") == pl.col("estate_there")).fill_null(False),
        "left_number": pl.when(pl.col("road_plate").is_not_null())
        .then(pl.coalesce("number", "plate", "inner"))
        .when(pl.col("plate").is_not_null())
        .then("number"),
        "mark_said": pl.when(pl.col("number").is_not_null())
        .then("mark")
        .when(pl.col("plate").is_not_null())
        .then(pl.lit("号")),
    }


def believed(scored: pl.DataFrame, method: str) -> pl.DataFrame:
    """The candidates (score) of a stage that bring enough evidence for its method."""
    return scored.filter(pl.col("score") >= thresholds().least(method) - CLOSE)


def choose(scored: pl.DataFrame, method: str) -> pl.DataFrame:
    """The best building of each phrase that has a believable one.

    Returns phrase, building, score, margin, is_tied, candidates (buildings within the margin of the best; null where
    the best is alone), method.
    """
    likely = believed(scored, method)
    if likely.is_empty():
        return CHOSEN
    several = likely["phrase"].is_duplicated()
    has_several = several.any()
    alone = (likely.filter(~several) if has_several else likely).select(
        "phrase", "building", "score", margin=pl.lit(1.0), candidates=pl.lit(None, pl.List(pl.UInt32)),
        is_tied=pl.lit(False), method=pl.lit(method),
    )  # fmt: skip
    if not has_several:
        return alone
    best = likely.filter(several).sort(["phrase", "score", "building"], descending=[False, True, False])
    top = pl.col("score").first()
    rivals = best.group_by("phrase", maintain_order=True).agg(
        pl.col("building").first(),
        top.alias("score"),
        margin=(top - pl.col("score").get(1, null_on_oob=True)).fill_null(1.0),
        candidates=pl.col("building").filter(pl.col("score") > top - thresholds().margin - CLOSE).head(20),
    )
    tied = (pl.col("candidates").list.len() > 1).fill_null(False)
    return pl.concat([alone, rivals.with_columns(is_tied=tied, method=pl.lit(method))])


CHOSEN = pl.DataFrame(
    schema={
        "phrase": pl.UInt32, "building": pl.UInt32, "score": pl.Float64, "margin": pl.Float64,
        "candidates": pl.List(pl.UInt32), "is_tied": pl.Boolean, "method": pl.String,
    }
)  # fmt: skip
