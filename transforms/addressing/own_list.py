"""A library made from any list of addresses with ids, anywhere in China: what `blockdata key --against` keys to."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from schemas.errors import BlockdataError
from transforms.addressing.library import AddressLibrary
from transforms.addressing.parse import parse_with_codes

_PLACE = ["county", "county_code", "street", "community", "road", "road_number", "estate", "building"]
_MATCHED = ["matched_id", "match_level", "match_method", "match_score", "match_margin", "candidates", "reason"]
EXAMPLES = 3


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
    parts = pl.concat([named, parse_with_codes(named["name"])], how="horizontal").pipe(_whole_names)
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
    street_codes = areas.select("county_code", "street", street_code="area_code").unique()
    located = places.join(street_codes, on=["county_code", "street"], how="left", nulls_equal=True)
    buildings = located.select(
        "road", "road_number", "estate", "street_code", "county_code",
        building_code=building_code, estate_number="building", name=pl.lit(None, pl.String), status=pl.lit("active"),
    )  # fmt: skip
    library = AddressLibrary.from_frames(
        {
            "building": buildings,
            "unit": units,
            # Where one entry says no county, none can be another's.
            "area": areas.filter(~((pl.col("level") == "district") & everywhere)).select("area_code", "level", "name"),
            "alias": wholes.select("code", kind=pl.lit("full"), text="name"),
        }
    )
    ids = pl.concat([units.select("id", code="unit_code"), wholes.select("id", "code")])
    return OwnList(library, ids)


# Words that are no estate's own name: behind a road without a number they end the estate's, 马溪大道小区.
_NO_NAME = (
    r"^(?:小区|住宅区|住宅小区|生活区|家属区|家属院|家属楼|大院|院|宿舍|宿舍楼|单位房|公寓|花园|家园|新村|新居|社区|街坊|坊|散盘|商铺|"
    r"大厦|广场|市场|商场|住宅|[一二三四五六七八九十0-9]+[区段期])+$"
)


def _whole_names(parts: pl.DataFrame) -> pl.DataFrame:
    """`parts` with an estate wherever a numbered building has a name: a road without a number is no doorplate, so it is
    the name or its beginning (绣线巷4幢, 马溪大道小区4幢).
    """
    unnumbered = pl.col("road").is_not_null() & pl.col("road_number").is_null()
    is_part = unnumbered & pl.col("estate").str.contains(_NO_NAME).fill_null(False)
    is_road = unnumbered & pl.col("building").is_not_null() & pl.col("estate").is_null()
    return parts.with_columns(
        estate=pl.when(is_part).then(pl.col("road") + pl.col("estate")).when(is_road).then("road").otherwise("estate"),
        road=pl.when(~(is_part | is_road)).then("road"),
    )


def _areas(places: pl.DataFrame) -> pl.DataFrame:
    """Districts and streets named in the list, with codes of their own: county, street, area_code, level, name."""
    pairs = places.select("county", "county_code", "street").unique(maintain_order=True)
    districts = pairs.select("county", "county_code").drop_nulls().unique().with_columns(street=pl.lit(None, pl.String))
    districts = districts.with_columns(area_code="county_code", level=pl.lit("district"), name="county")
    streets = pairs.filter(pl.col("street").is_not_null()).with_row_index("n").select(
        "county", "county_code", "street",
        area_code=pl.lit("9") + pl.col("n").cast(pl.String).str.zfill(8), level=pl.lit("street"), name="street",
    )  # fmt: skip
    return pl.concat([districts.select(streets.columns), streets])


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
