"""Area codes a record brings: translated by the crosswalk of their scheme, checked against the name beside them."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.library import AddressLibrary
from transforms.addressing.names import community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series

_BEFORE_ROAD = (
    r"^(?P<before>\p{Han}{1,5}?村|[A-Z]?[0-9]{1,2}区)(?P<road>\p{Han}[\p{Han}0-9]+(?:路|街|巷|道|弄|环|线).*)$"
)


def area_hints(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """question, street_hint, community_hint (unified codes), area_rule.

    A code no scheme knows breaks `area_unknown`; one whose area does not bear the name given with it,
    `area_mismatch`: the three street codings collide, so a number alone proves nothing.
    """
    empty = asked.select(
        "question",
        street_hint=pl.lit(None, pl.String),
        community_hint=pl.lit(None, pl.String),
        area_rule=pl.lit(None, pl.String),
    )
    given = asked.filter(pl.col("area_code").is_not_null()).select("question", "area_code", "area_scheme", "area_name")
    if given.is_empty():
        return empty
    keys = ["area_code", "area_scheme", "area_name"]
    distinct = given.select(keys).unique()
    known = library.known_areas
    tried = distinct.with_columns(
        code=pl.col("area_code").str.strip_chars(),
        scheme=pl.col("area_scheme").fill_null("unified"),
        said=_stem(pl.Series(distinct["area_name"])),
    ).join(known, on=["code", "scheme"], how="left")
    judged = tried.group_by(keys, maintain_order=True).agg(
        found=pl.col("area").is_not_null().any(),
        agrees=(pl.col("said").is_null() | (pl.col("said") == pl.col("stem"))).fill_null(False).any(),
        area=pl.col("area").filter(pl.col("said").is_null() | (pl.col("said") == pl.col("stem"))).first(),
    )
    judged = judged.with_columns(
        area_rule=pl.when(~pl.col("found"))
        .then(pl.lit("area_unknown"))
        .when(~pl.col("agrees"))
        .then(pl.lit("area_mismatch"))
    )
    today = library.successors.select(area="code", today="final").drop_nulls()
    judged = judged.join(today, on="area", how="left", maintain_order="left").with_columns(
        area=pl.coalesce("today", "area")
    )
    size = pl.col("area").str.len_chars()
    hints = given.join(judged, on=keys, how="left", nulls_equal=True).select(
        "question",
        street_hint=pl.when(size >= 9).then(pl.col("area").str.slice(0, 9)),
        community_hint=pl.when(size == 12).then("area"),
        area_rule="area_rule",
    )
    parents = (
        library.area.filter(pl.col("level") == "community")
        .select(community_hint="area_code", _parent="parent_code")
        .unique("community_hint", keep="last")
    )
    # The street of a community is an attribute, never read off its code.
    hints = hints.join(parents, on="community_hint", how="left").with_columns(
        street_hint=pl.coalesce("_parent", "street_hint")
    )
    rest = empty.join(hints.select("question"), on="question", how="anti")
    return pl.concat([hints.select(empty.columns), rest])


def known_areas(library: AddressLibrary) -> pl.DataFrame:
    """code, scheme, area (unified), stem of every name the area bears."""
    cross = library.area_crosswalk.select("code", "scheme", area="area_code", name="name")
    own = library.area.select(code="area_code", scheme=pl.lit("unified"), area="area_code", name="name")
    names = pl.concat([cross.select("area", "name"), own.select("area", "name")]).drop_nulls().unique()
    names = names.with_columns(stem=_stem(names["name"])).select("area", "stem").unique()
    codes = pl.concat([cross, own]).select("code", "scheme", "area").unique()
    return codes.join(names, on="area", how="left")


def _stem(names: pl.Series) -> pl.Series:
    text = normalise_series(names).to_frame("name")
    return text.select(street_stem(community_stem(pl.col("name"))))["name"]


def settle_communities(heads: pl.DataFrame, index: Index) -> pl.DataFrame:
    """`heads` with communities written behind a bare street (西乡永丰社区) cut into the two."""
    unknown = heads.select("community_stem").unique().join(index.communities_known, on="community_stem", how="anti")
    size = pl.col("community_stem").str.len_chars().cast(pl.Int64)
    cuts = unknown.filter(size >= 3).with_columns(at=pl.int_ranges(2, size)).explode("at", empty_as_null=False)
    found = (
        cuts.select(
            "community_stem",
            said_street=pl.col("community_stem").str.head(pl.col("at")),
            said_community=pl.col("community_stem").str.slice(pl.col("at")),
        )
        .join(index.streets_known.select(said_street="street_stem"), on="said_street", how="semi")
        .join(index.communities_known.select(said_community="community_stem"), on="said_community", how="semi")
        .unique("community_stem", keep="first", maintain_order=True)
    )
    return (
        heads.join(found, on="community_stem", how="left", maintain_order="left")
        .with_columns(
            street_stem=pl.coalesce("street_stem", "said_street"),
            community_stem=pl.coalesce("said_community", "community_stem"),
        )
        .drop("said_street", "said_community")
    )


def settle_roads(heads: pl.DataFrame, index: Index) -> pl.DataFrame:
    """`heads` with what was read as the beginning of a road's name told apart: a known village is the community
    (乌山村|金山路284号), a numbered zone of the town says nothing a doorplate does not (24区|宝民一路215号).

    Not where the library has a road of the whole name.
    """
    cut = heads["road"].str.extract_groups(_BEFORE_ROAD).struct
    before, road = cut.field("before"), cut.field("road")
    village = before.is_in(index.communities_known["community_stem"].implode()) & heads["community_stem"].is_null()
    zone = before.str.ends_with("区") & heads["road_number"].is_not_null()
    hit = (village | zone).fill_null(False)
    if not hit.any():
        return heads
    whole = index.roads["road_key"].filter(index.roads["road_key"].is_in(heads["road_key"].filter(hit).implode()))
    at = (hit & ~heads["road_key"].is_in(whole.implode())).arg_true()
    plain = heads["plain"].gather(at).str.strip_prefix(before.gather(at))
    keys = pl.select(road_key=fold(pl.lit(road.gather(at))), plain_key=fold(pl.lit(plain)))
    said = pl.select(pl.when(village.gather(at)).then(before.gather(at)).otherwise(heads["community_stem"].gather(at)))
    moved = {
        "community_stem": said.to_series(),
        "plain": plain,
        "road_key": keys["road_key"],
        "plain_key": keys["plain_key"],
    }
    return heads.with_columns(heads[name].scatter(at, values) for name, values in moved.items())
