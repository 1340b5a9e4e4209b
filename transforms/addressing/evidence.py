"""What speaks for and against a candidate building, in one score; and the choice that refuses ties."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.index_borne import Borne
from transforms.addressing.keys import number_of, pair_key
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
PLATE_OTHER = 0.04
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
    said = phrases.select(_READ)[candidates["phrase"]]
    frame = candidates.hstack(said).hstack(index.facts.drop("building")[candidates["building"]])
    # The name asked by may have been read as a road (三联三区四巷): then no other road was said.
    asked_as_road = pl.col("road_key") == pl.col("named")
    frame = frame.with_columns(
        road_key=pl.when(asked_as_road & (pl.col("by") == "name")).then(None).otherwise("road_key")
    )
    frame = _with_areas(frame, index)
    frame = _with_roads(frame, index)
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
        .when(pl.col("is_street").is_null() & pl.col("street_hint").is_null())
        .then(STREET_UNKNOWN * factor)
        .when(pl.col("is_own") & (hint.is_null() | (hint == pl.col("street_code"))))
        .then(STREET_SLIP * factor)
        .otherwise(STREET_OTHER * factor),
        pl.when(pl.col("community_agrees").fill_null(True))
        .then(0.0)
        .when(pl.col("is_community").is_null() & pl.col("community_hint").is_null())
        .then(COMMUNITY_UNKNOWN * factor)
        .otherwise(COMMUNITY_OTHER * factor),
        pl.when(by_road | pl.col("road_key").is_null() | (pl.col("plain_key") == pl.col("estate_there")))
        .then(0.0)
        .when(pl.col("road_agrees"))
        .then(
            pl.when(pl.col("plate_agrees").fill_null(True))
            .then(0.0)
            .when("numbered")
            .then(PLATE_OTHER)
            .otherwise(NUMBER_OTHER)
        )
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
    scored = frame.with_columns(score=pl.col("base") - pl.sum_horizontal(cost))
    return scored.group_by(phrase="source", building="building").agg(pl.col("score").max())


# What is read of a phrase.
_READ = [
    "source", "county", "street_stem", "community_stem", "street_hint", "community_hint", "road_key", "road_plate",
    "plain_key", "estate_key", "inner", "plate", "number", "mark",
]  # fmt: skip


def _with_areas(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """street_agrees, street_was (a former street of the place), street_known, community_agrees (null where unsaid)."""
    frame = (
        frame.join(index.streets_now, on=["street_code", "street_stem"], how="left")
        .join(index.streets_was, on=["community_code", "street_stem"], how="left")
        .join(index.streets_known, on="street_stem", how="left")
        .join(index.communities_named, on=["community_code", "community_stem"], how="left")
        .join(index.communities_known, on="community_stem", how="left")
    )
    hint = (pl.col("street_hint") == pl.col("street_code")).fill_null(True)
    community_hint = pl.col("community_hint") == pl.col("community_code")
    said = pl.col("street_stem").is_null() | pl.col("is_now").fill_null(False)
    return frame.with_columns(
        street_agrees=said & hint,
        street_was=pl.col("is_was").fill_null(False) & hint,
        community_agrees=pl.when(pl.col("community_stem").is_null())
        .then(community_hint)
        .otherwise(pl.col("is_named").fill_null(False) & community_hint.fill_null(True)),
    )


def _with_roads(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """road_agrees, plate_agrees (null where no number was said, or none is known), estate_agrees, is_known,
    left_number, mark_said.
    """
    said = pl.coalesce("road_plate", pl.when(pl.col("estate_key").is_null()).then("plate"))
    by_road = pl.col("by") == "road"
    frame = frame.hstack(_on_roads(frame, ~by_road & pl.col("road_key").is_not_null(), said, index.borne))
    frame = frame.hstack(_at_estates(frame, by_road & pl.col("estate_key").is_not_null(), index.borne))
    return frame.with_columns(
        plate_agrees=pl.when(pl.col("road_agrees") & pl.col("is_numbered") & said.is_not_null()).then("is_at_plate"),
        estate_agrees=pl.col("is_borne") | (pl.col("estate_key") == pl.col("estate_there")).fill_null(False),
        left_number=pl.when(pl.col("road_plate").is_not_null())
        .then(pl.coalesce("number", "plate", "inner"))
        .when(pl.col("plate").is_not_null())
        .then("number"),
        mark_said=pl.when(pl.col("number").is_not_null())
        .then("mark")
        .when(pl.col("plate").is_not_null())
        .then(pl.lit("号")),
    )


def _on_roads(frame: pl.DataFrame, asked: pl.Expr, said: pl.Expr, known: Borne) -> pl.DataFrame:
    """road_agrees, is_numbered, is_at_plate of the rows that are `asked`; False elsewhere."""
    some, where = _asked(frame, asked, said=number_of(said), name=number_of(pl.col("road_key")))
    on_road = pair_key(some["building"], some["name"])
    return _scattered(
        frame.height, where,
        road_agrees=known.on_road.has(on_road),
        is_numbered=known.on_numbered_road.has(on_road),
        is_at_plate=known.at_plate.has(pair_key(on_road, some["said"])),
    )  # fmt: skip


def _at_estates(frame: pl.DataFrame, asked: pl.Expr, known: Borne) -> pl.DataFrame:
    """is_borne (the building bears the estate's name), is_known (another may) of the rows that are `asked`."""
    some, where = _asked(frame, asked, name=number_of(pl.col("estate_key")))
    bears = pair_key(some["building"], some["name"])
    return _scattered(frame.height, where, is_borne=known.names.has(bears), is_known=known.estates.has(some["name"]))


def _asked(frame: pl.DataFrame, asked: pl.Expr, **numbers: pl.Expr) -> tuple[dict[str, np.ndarray], pl.Series]:
    """building and `numbers` of the rows that are `asked`, and which they are: the others need no looking up."""
    where = frame.select(asked).to_series().arg_true()
    some = frame.select("building", "road_key", "road_plate", "estate_key", "plate")[where].select(
        "building", **numbers
    )
    return {name: some[name].to_numpy() for name in some.columns}, where


def _scattered(size: int, where: pl.Series, **found: pl.Series) -> pl.DataFrame:
    """Columns of `size`, False but for the rows `where` it was `found`."""
    return pl.DataFrame(
        {name: pl.repeat(False, size, eager=True).scatter(where, value) for name, value in found.items()}
    )


def believed(scored: pl.DataFrame, method: str) -> pl.DataFrame:
    """The candidates (score) of a stage that bring enough evidence for its method."""
    return scored.filter(pl.col("score") >= thresholds().least(method) - CLOSE)


def choose(scored: pl.DataFrame, method: str) -> pl.DataFrame:
    """The best building of each phrase that has a believable one.

    Returns phrase, building, score, margin, is_tied, candidates (buildings within the margin of the best; null where
    the best is alone), method.
    """
    likely = believed(scored, method)
    several = pl.col("phrase").is_duplicated()
    alone = likely.filter(~several).select(
        "phrase", "building", "score", margin=pl.lit(1.0), candidates=pl.lit(None, pl.List(pl.UInt32))
    )
    best = likely.filter(several).sort(["phrase", "score", "building"], descending=[False, True, False])
    top = pl.col("score").first()
    rivals = best.group_by("phrase", maintain_order=True).agg(
        pl.col("building").first(),
        top.alias("score"),
        margin=(top - pl.col("score").get(1, null_on_oob=True)).fill_null(1.0),
        candidates=pl.col("building").filter(pl.col("score") > top - thresholds().margin - CLOSE).head(20),
    )
    tied = (pl.col("candidates").list.len() > 1).fill_null(False)
    return pl.concat([alone, rivals]).with_columns(is_tied=tied, method=pl.lit(method))
