"""A library made from any list of addresses with ids, anywhere in China: what `blockdata key --against` keys to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from schemas.errors import BlockdataError
from transforms.addressing.library import AddressLibrary
from transforms.addressing.names import COMMUNITY_TAIL, community_stem
from transforms.addressing.parse import parse_with_codes

_PLACE = ["county", "county_code", "street", "community", "road", "road_number", "estate", "building"]
_MATCHED = ["matched_id", "match_level", "match_method", "match_score", "match_margin", "candidates", "reason"]
EXAMPLES = 3
VILLAGE_NAMES = 3  # roads or estates of one street that begin alike: what they begin with is a village


@dataclass(frozen=True)
class OwnList:
    """A list as a library, and the way from its codes back to the ids."""

    library: AddressLibrary
    ids: pl.DataFrame  # code, id


def own_list(entries: pl.DataFrame) -> OwnList:
    """`entries`: id, name (String). Raises BlockdataError for repeated ids, with a few of them, and for an empty
    list.
    """
    named = entries.filter(pl.col("name").is_not_null() & pl.col("id").is_not_null())
    if named.is_empty():
        raise BlockdataError("the list to key against holds no names", "check --name and --id")
    twice = named.filter(pl.col("id").is_duplicated())["id"].unique().sort()
    if twice.len():
        shown = ", ".join(twice.head(EXAMPLES))
        raise BlockdataError(
            f"{twice.len():,} ids stand more than once in the list (such as {shown})", "make ids unique"
        )
    parts = (
        pl.concat([named, parse_with_codes(named["name"])], how="horizontal").pipe(_villages_apart).pipe(_whole_names)
    )
    everywhere = parts["county"].null_count() > 0
    places = parts.select(_PLACE).unique(maintain_order=True).with_row_index("place")
    parts = parts.join(places, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
    building_code = pl.col("place").cast(pl.String).str.zfill(19)
    has_room = pl.col("room").is_not_null() | pl.col("floor").is_not_null()
    units = parts.filter(has_room).with_row_index("unit")
    units = units.select(
        "entrance", "floor", "id", "name", building_code=building_code,
        unit_code=building_code + (pl.col("unit") + 1).cast(pl.String).str.zfill(6),
        room=pl.coalesce("room", pl.col("floor") + "楼"), standard_address="name",
    )  # fmt: skip
    wholes = parts.filter(~has_room).select("id", "name", code=building_code)
    areas = _areas(places)
    codes = areas.select("county_code", "street", "community", "level", "area_code")
    streets = codes.filter(pl.col("level") == "street").select("county_code", "street", street_code="area_code")
    communities = codes.filter(pl.col("level") == "community").drop("level").rename({"area_code": "community_code"})
    located = places.join(streets, on=["county_code", "street"], how="left", nulls_equal=True).join(
        communities, on=["county_code", "street", "community"], how="left", nulls_equal=True
    )
    buildings = located.select(
        "road", "road_number", "estate", "street_code", "community_code", "county_code",
        building_code=building_code, estate_number="building", name=pl.lit(None, pl.String), status=pl.lit("active"),
    )  # fmt: skip
    library = AddressLibrary.from_frames(
        {
            "building": buildings,
            "unit": units,
            # Where one entry says no county, none can be another's.
            "area": areas.filter(~((pl.col("level") == "district") & everywhere)).select(
                "area_code", "level", "name", "parent_code"
            ),
            "alias": wholes.select("code", kind=pl.lit("full"), text="name"),
        }
    )
    ids = pl.concat([units.select("id", code="unit_code"), wholes.select("id", "code")])
    return OwnList(replace(library, is_own_list=True), ids)


# Words that are no estate's own name: behind a road without a number they end the estate's, 马溪大道小区.
_NO_NAME = (
    r"^(?:小区|住宅区|住宅小区|生活区|家属区|家属院|家属楼|大院|院|宿舍|宿舍楼|单位房|公寓|花园|家园|新村|新居|社区|街坊|坊|散盘|商铺|"
    r"大厦|广场|市场|商场|住宅|[一二三四五六七八九十0-9]+[区段期])+$"
)


def _whole_names(parts: pl.DataFrame) -> pl.DataFrame:
    """`parts` with an estate wherever a numbered building has a name: a road without a number is no doorplate, so it is
    the name or its beginning (绣线巷4幢, 马溪大道小区4幢), and so is a community with nothing behind it (经建村7号,
    梨树社区A座).
    """
    unnumbered = pl.col("road").is_not_null() & pl.col("road_number").is_null()
    is_part = unnumbered & pl.col("estate").str.contains(_NO_NAME).fill_null(False)
    nameless = pl.col("building").is_not_null() & pl.col("estate").is_null()
    is_community = nameless & pl.col("road").is_null() & pl.col("community").is_not_null()
    is_village = is_community & ~pl.col("community").str.contains(COMMUNITY_TAIL)
    return parts.with_columns(
        estate=pl.when(is_part)
        .then(pl.col("road") + pl.col("estate"))
        .when(nameless & unnumbered)
        .then("road")
        .when(is_community)
        .then(community_stem(pl.col("community")))
        .otherwise("estate"),
        road=pl.when(~(is_part | (nameless & unnumbered))).then("road"),
        community=pl.when(~is_village).then("community"),
    )


def _villages_apart(parts: pl.DataFrame) -> pl.DataFrame:
    """`parts` with the community of the addresses that begin with a village's name without saying that it is one
    (慈溪市坎墩街道沈五村峙山街76号): what several roads and estates of a street begin with is no name of theirs.
    """
    named = pl.coalesce("road", "estate")
    village = named.str.extract(r"^(\p{Han}{1,4}?[^新老旧]村)[^一二三四五六七八九十0-9东西南北][\p{Han}]", 1)
    rest = named.str.slice(village.str.len_chars())
    cut = parts.filter(pl.col("community").is_null() & village.is_not_null()).select(
        "county", "street", village=village, rest=rest
    )
    known = (
        cut.group_by("county", "street", "village")
        .agg(names=pl.col("rest").n_unique())
        .filter((pl.col("names") >= VILLAGE_NAMES) & pl.col("street").is_not_null())
        .drop("names")
        .with_columns(is_village=pl.lit(True))
    )
    marked = parts.with_columns(
        village=pl.when(pl.col("community").is_null()).then(village), in_road=pl.col("road").is_not_null()
    ).join(known, on=["county", "street", "village"], how="left", nulls_equal=True, maintain_order="left")
    apart = pl.col("is_village").fill_null(False)
    size = pl.col("village").str.len_chars()
    return marked.with_columns(
        community=pl.when(apart).then("village").otherwise("community"),
        road=pl.when(apart & pl.col("in_road")).then(pl.col("road").str.slice(size)).otherwise("road"),
        estate=pl.when(apart & ~pl.col("in_road")).then(pl.col("estate").str.slice(size)).otherwise("estate"),
    ).drop("village", "is_village", "in_road")


def _areas(places: pl.DataFrame) -> pl.DataFrame:
    """Districts, streets and communities named in the list, with codes of their own: county_code, street, community,
    area_code, level, name, parent_code.
    """
    columns = ["county_code", "street", "community", "area_code", "level", "name", "parent_code"]
    absent = {name: pl.lit(None, pl.String) for name in ("street", "community", "parent_code")}
    counties = places.select("county_code", name="county").drop_nulls().unique("county_code", maintain_order=True)
    counties = counties.with_columns(area_code="county_code", level=pl.lit("district"), **absent)
    streets = _numbered(places.select("county_code", "street").unique(maintain_order=True).drop_nulls("street"), 9)
    streets = streets.with_columns(absent["community"].alias("community"), level=pl.lit("street"), name="street")
    inside = places.select("county_code", "street", "community").unique(maintain_order=True).drop_nulls("community")
    communities = _numbered(inside, 12).with_columns(level=pl.lit("community"), name="community").join(
        streets.select("county_code", "street", parent_code="area_code"), on=["county_code", "street"], how="left",
        nulls_equal=True,
    )  # fmt: skip
    streets = streets.with_columns(absent["parent_code"].alias("parent_code"))
    return pl.concat([frame.select(columns) for frame in (counties, streets, communities)])


def _numbered(areas: pl.DataFrame, width: int) -> pl.DataFrame:
    """`areas` with an area_code of `width` digits; a 9 begins it, as no real code's."""
    number = pl.int_range(pl.len()).cast(pl.String).str.zfill(width - 1)
    return areas.with_columns(area_code=pl.lit("9") + number)


def to_ids(answers: pl.DataFrame, listed: OwnList) -> pl.DataFrame:
    """Answers of `key_addresses` in the list's own ids: row, matched_id, match_level, … A place several entries share
    is no match, only their candidates.
    """
    per_code = listed.ids.group_by("code").agg(owners=pl.col("id").sort())
    code = pl.coalesce("unit_code", "building_code")
    known = answers.with_columns(code=code).join(per_code, on="code", how="left", maintain_order="left")
    among = (
        answers.select("row", code="candidates")
        .explode("code")
        .join(listed.ids, on="code")
        .group_by("row")
        .agg(candidate_ids=pl.col("id").sort())
    )
    known = known.join(among, on="row", how="left", maintain_order="left")
    one = pl.col("owners").list.len() == 1
    return known.select(
        "row",
        matched_id=pl.when(one).then(pl.col("owners").list.first()),
        match_level=pl.when(one | (pl.col("match_level") == "outside")).then("match_level").otherwise(pl.lit("none")),
        match_method=pl.when(one | (pl.col("match_level") == "outside")).then("match_method").otherwise(pl.lit("none")),
        match_score=pl.when(one).then("match_score").otherwise(0.0),
        match_margin=pl.when(one).then("match_margin").otherwise(0.0),
        candidates=pl.coalesce("candidate_ids", "owners"),
        reason=pl.when(one | pl.col("owners").is_null())
        .then("reason")
        .otherwise(pl.lit("several entries of the list lie at this place")),
    ).select("row", *_MATCHED)
