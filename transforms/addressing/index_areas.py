"""Areas of the library by the names people write: current, former and those of other codings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.keys import number_of, pair_key
from transforms.addressing.lineage import successors
from transforms.addressing.names import community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.replacing import Words
from transforms.addressing.sorted_keys import SortedKeys

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary


@dataclass(frozen=True)
class AreaKeys:
    """Names of areas as numbers, for yes or no."""

    streets_now: SortedKeys  # street_code and the stem of one of its names
    streets_was: SortedKeys  # community_code and the stem of a street it belongs or once belonged to
    streets: SortedKeys  # stems
    communities_named: SortedKeys  # community_code and the stem of one of its names
    communities: SortedKeys  # stems

    @classmethod
    def of(cls, streets: pl.DataFrame, communities: pl.DataFrame, street_of: pl.DataFrame) -> AreaKeys:
        """From the tables of `area_names`."""
        return cls(
            _keys(streets, "street_code", "stem"),
            _keys(street_of, "community_code", "stem"),
            _keys(streets, "stem"),
            _keys(communities, "community_code", "stem"),
            _keys(communities, "stem"),
        )


# Words that name no place of their own.
FILLERS = (
    "辖区",
    "片区",
    "管理区",
    "办事处",
    "街道办",
    "街道",
    "社区",
    "居委会",
    "村委会",
    "工作站",
    "的",
    "中国",
    "原名",
    "原",
    "现",
)


@dataclass(frozen=True)
class Explaining:
    """Words that explain what stands before a place: all of them, and those that name what it lies in."""

    every: Words
    streets: Words
    communities: Words
    roads: Words

    @classmethod
    def of(cls, explained: list[str], streets: pl.Series, communities: pl.Series, roads: pl.Series) -> Explaining:
        """From explained words, the stems of streets and communities, and folded roads."""
        named = (part.drop_nulls().unique().to_list() for part in (streets, communities, roads))
        return cls(*(Words(dict.fromkeys(filter(None, words), "")) for words in ([*explained, *FILLERS], *named)))


def _keys(frame: pl.DataFrame, *names: str) -> SortedKeys:
    numbers = frame.select(names).drop_nulls().select(number_of(pl.col(name)) for name in names)
    columns = [numbers[name].to_numpy() for name in names]
    return SortedKeys.of(columns[0] if len(columns) == 1 else pair_key(*columns))


def home_districts(library: AddressLibrary, stock: pl.DataFrame) -> list[str]:
    """Codes of the districts that have buildings here: the library may list the areas of its neighbours too.

    Found through the parents of areas, never read off a code; without any areas, from the buildings' street codes.
    """
    parents = dict(library.area.filter(pl.col("valid_to").is_null()).select("area_code", "parent_code").iter_rows())
    districts = set(library.area.filter(pl.col("level") == "district")["area_code"])
    streets = stock["street_code"].drop_nulls().unique().to_list()
    home = {parents.get(code) for code in streets} & districts
    if not districts:
        home = {code[:6] for code in streets} & set(division_names().names)
    return sorted(code for code in home or districts if code)


def area_names(library: AddressLibrary, home: list[str]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Names of streets and communities as stems, former ones and those of other schemes included."""
    area = library.area.with_columns(
        is_current=pl.col("valid_to").is_null(),
        text=pl.col("name").map_batches(normalise_series, return_dtype=pl.String),
    )
    cross = library.area_crosswalk.select("area_code", text="name").drop_nulls()
    alias = library.alias.select(area_code="code", text="text").filter(
        pl.col("area_code").str.len_chars().is_in([9, 12])
    )
    other = pl.concat([cross, alias]).with_columns(
        is_current=pl.lit(False), text=pl.col("text").map_batches(normalise_series, return_dtype=pl.String)
    )
    streets_there = area.filter(pl.col("level") == "street").select("area_code", "parent_code")
    foreign = streets_there.filter(pl.col("parent_code").is_not_null() & ~pl.col("parent_code").is_in(home))
    area = area.join(foreign.select("area_code"), on="area_code", how="anti").join(
        foreign.select(parent_code="area_code").unique(), on="parent_code", how="anti"
    )
    levels = area.select("area_code", "level").unique()
    every = pl.concat([area.select("area_code", "text", "is_current"), other]).join(levels, on="area_code")
    streets = every.filter(pl.col("level") == "street").select(
        stem=street_stem(pl.col("text")), street_code="area_code", is_current="is_current"
    )
    streets = streets.group_by("stem", "street_code").agg(pl.col("is_current").any())
    communities = (
        every.filter(pl.col("level") == "community")
        .select(stem=community_stem(pl.col("text")), community_code="area_code")
        .unique()
    )
    # A community redrawn under a new code lay where the old one lay, and bears its name.
    moved = successors(library.lineage).explode("finals").drop_nulls("finals")
    renamed = communities.join(moved, left_on="community_code", right_on="code").select("stem", community_code="finals")
    communities = pl.concat([communities, renamed]).unique()
    belonged = area.filter((pl.col("level") == "community") & pl.col("parent_code").is_not_null()).select(
        community_code="area_code", street_code="parent_code"
    )
    inherited = belonged.join(moved, left_on="community_code", right_on="code").select(
        "street_code", community_code="finals"
    )
    belonged = pl.concat([belonged, inherited.select(belonged.columns)]).unique()
    street_of = belonged.join(streets, on="street_code").select("community_code", "stem").unique()
    return streets, communities, street_of


def foreign_streets(library: AddressLibrary, home: list[str]) -> pl.DataFrame:
    """stem, county: streets of districts the library lists without having buildings there."""
    streets = library.area.filter(
        (pl.col("level") == "street") & pl.col("valid_to").is_null() & ~pl.col("parent_code").is_in(home)
    )
    text = pl.col("name").map_batches(normalise_series, return_dtype=pl.String)
    return streets.select(stem=street_stem(text), county="parent_code").drop_nulls().unique()


def explained_words(
    library: AddressLibrary,
    home: list[str],
    streets: pl.DataFrame,
    communities: pl.DataFrame,
    roads: pl.DataFrame,
) -> list[str]:
    """Folded words that may precede a place: the district and what it lies in, its streets, communities, roads."""
    near = library.area.filter(
        pl.col("area_code").is_in(home)
        | pl.col("area_code").is_in(streets["street_code"].implode())
        | pl.col("area_code").is_in(communities["community_code"].implode())
    )
    district = library.area.filter(pl.col("area_code").is_in(home))["name"].drop_nulls()
    above = [division_names().names.get(code[:size], "") for code in home for size in (2, 4)]
    short = [re.sub("(?:省|市|自治区)$", "", name) for name in above]
    words = pl.concat(
        [
            pl.Series([*above, *short], dtype=pl.String),
            normalise_series(near["name"].drop_nulls().unique()).drop_nulls(),
            district.str.replace("(?:新区|区|县|市)$", ""),
            streets["stem"],
            communities["stem"],
            communities["stem"].str.replace("村$", "") + "村",  # 固戍村 for 固戍社区
            roads["road_key"],
        ]
    ).drop_nulls()
    folded = folded_names(words, "word").filter(pl.col("word").str.len_chars() >= 2)
    return folded.sort(pl.col("word").str.len_chars(), "word", descending=[True, False])["word"].to_list()


def folded_names(names: pl.Series, column: str) -> pl.DataFrame:
    """Distinct folded names as a one-column frame."""
    return names.drop_nulls().alias(column).to_frame().select(fold(pl.col(column)).unique())
