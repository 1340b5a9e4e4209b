"""A library made from any list of addresses with ids, anywhere in China: what `blockdata key --against` keys to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from schemas.errors import BlockdataError
from transforms.addressing.keys import code_number
from transforms.addressing.library import AddressLibrary
from transforms.addressing.names import community_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.own_list_parts import entry_parts
from transforms.addressing.sorted_keys import SortedKeys
from transforms.addressing.tail import parse_tail, room_there, with_tail

_PLACE = ["county", "county_code", "street", "community", "road", "road_number", "estate", "building"]
_MATCHED = ["matched_id", "match_level", "match_method", "match_score", "match_margin", "candidates", "reason"]
EXAMPLES = 3


@dataclass(frozen=True)
class OwnList:
    """A list as a library, and the way from its codes back to the ids."""

    library: AddressLibrary
    ids: pl.DataFrame  # code, id
    codes: SortedKeys  # the rows of `ids` by code

    def owners(self, codes: pl.DataFrame) -> pl.DataFrame:
        """row, id: every entry at each of `codes` (row, code), in the order of the rows."""
        which, at = self.codes.pairs(code_number(codes["code"]))
        there = self.ids[at]
        same = codes["code"].gather(which) == there["code"]
        return there.select(codes["row"].gather(which), "id").filter(same.fill_null(False))


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
    parts = pl.concat([named, entry_parts(named["name"])], how="horizontal")
    everywhere = parts["county"].null_count() > 0
    heads = parts.select("head", *_PLACE).unique("head", keep="first", maintain_order=True)
    places = heads.select(_PLACE).unique(maintain_order=True).with_row_index("place")
    heads = heads.join(places, on=_PLACE, how="left", nulls_equal=True, maintain_order="left")
    parts = parts.join(heads.select("head", "place"), on="head", how="left", maintain_order="left")
    building_code = pl.col("place").cast(pl.String).str.zfill(19)
    has_room = pl.col("room").is_not_null() | pl.col("floor").is_not_null()
    units = parts.filter(has_room)
    units = units.select(
        "entrance", "floor", "id", "name", building_code=building_code,
        # Numbered within their place: a list may hold more than the million rooms that six digits tell apart.
        unit_code=building_code + pl.int_range(1, pl.len() + 1).over("place").cast(pl.String).str.zfill(6),
        room=pl.coalesce(room_there(), "room", pl.col("floor") + "楼"), standard_address="name",
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
            "alias": pl.concat([wholes.select("code", kind=pl.lit("full"), text="name"), _as_asked(parts)]),
        }
    )
    ids = pl.concat([units.select("id", code="unit_code"), wholes.select("id", "code")])
    return OwnList(replace(library, is_own_list=True), ids, SortedKeys.of(code_number(ids["code"])))


def _as_asked(parts: pl.DataFrame) -> pl.DataFrame:
    """code, kind, text: each place (its first entry) as a text calls it, its rooms left out.

    What a text and an entry both misread in the same way they still have in common. Not where a plate and a building
    are said at once: 首府一号5-1702 would be number 1 of 首府.
    """
    first = parts.unique("place", keep="first", maintain_order=True).select("place", "name")
    cut = with_tail(first.select("place", text=normalise_series(first["name"])).drop_nulls("text"))
    numbers = parse_tail(cut.select(pl.col("tail").unique())).filter(~pl.col("is_odd"))
    numbers = numbers.filter(pl.col("plate").is_null() != pl.col("building").is_null())
    called = cut.join(numbers, on="tail").select(
        "place",
        text=pl.concat_str(
            "head", pl.col("plate") + "号", pl.col("building") + pl.col("mark"), pl.col("wing") + "座",
            ignore_nulls=True,
        ),
    )  # fmt: skip
    # 学朝西路380号沈空社区3栋 is asked for as the community's third building.
    by_community = parts.unique("place").filter(
        pl.col("estate").str.ends_with("社区") & pl.col("building").is_not_null()
    )
    stems = by_community.select("place", text=community_stem(pl.col("estate")) + pl.col("building"))
    return pl.concat([called, stems]).select(
        code=pl.col("place").cast(pl.String).str.zfill(19), kind=pl.lit("other"), text="text"
    )


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
    codes = answers.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        "candidates",
        code=pl.coalesce("unit_code", "building_code"),
    )
    owned = listed.owners(codes)
    owner = owned.filter(_is_alone(owned["row"], answers.height))
    matched = pl.repeat(None, answers.height, dtype=pl.String, eager=True).scatter(owner["row"], owner["id"])
    shared = pl.repeat(False, answers.height, eager=True).scatter(owned["row"], True) & matched.is_null()
    # What leads to one place has no other candidate: its entries are found already.
    said = pl.col("candidates").list.len().fill_null(0)
    is_itself = (said == 0) | (said == 1) & (pl.col("candidates").list.first() == pl.col("code")).fill_null(False)
    itself = codes.select(is_itself).to_series()
    others = listed.owners(codes.filter(~itself).select("row", code="candidates").explode("code"))
    among = pl.concat([owned.filter(itself.gather(owned["row"])), others])
    is_alone = _is_alone(among["row"], answers.height)
    many = among.filter(~is_alone).group_by("row").agg(candidates=pl.col("id").sort())
    among = pl.concat([among.filter(is_alone).select("row", candidates=pl.concat_list("id")), many])
    at = np.full(answers.height, -1)
    at[among["row"].to_numpy()] = np.arange(among.height)
    candidates = among["candidates"].gather(pl.Series(at).replace(-1, None))
    known = answers.with_columns(candidates, matched_id=matched, is_one=matched.is_not_null(), is_shared=shared)
    one, answered = pl.col("is_one"), pl.col("is_one") | (pl.col("match_level") == "outside")
    return known.select(
        "row",
        "matched_id",
        match_level=pl.when(answered).then("match_level").otherwise(pl.lit("none")),
        match_method=pl.when(answered).then("match_method").otherwise(pl.lit("none")),
        match_score=pl.when(one).then("match_score").otherwise(0.0),
        match_margin=pl.when(one).then("match_margin").otherwise(0.0),
        candidates="candidates",
        reason=pl.when("is_shared").then(pl.lit("several entries of the list lie at this place")).otherwise("reason"),
    ).select("row", *_MATCHED)


def _is_alone(rows: pl.Series, height: int) -> pl.Series:
    """Which of `rows` (numbers below `height`) stand there once."""
    numbers = rows.to_numpy()
    return pl.Series(np.bincount(numbers, minlength=height)[numbers] == 1, dtype=pl.Boolean)
