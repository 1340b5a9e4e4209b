"""The keys of a library, prepared once: names with numbers → buildings, building with room → units, areas by name.

Ambiguity is kept: a key may lead to several buildings, and the stages then refuse the tie.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import polars as pl

from transforms.addressing.alike import load as load_characters
from transforms.addressing.index_areas import (
    AreaKeys,
    Explaining,
    area_names,
    explained_words,
    foreign_streets,
    home_districts,
)
from transforms.addressing.index_borne import Borne, Names, borne
from transforms.addressing.index_names import (
    cut_names,
    folded,
    kind_numbers,
    name_rows,
    name_stems,
    part_numbers,
    road_plates,
    written_numbers,
)
from transforms.addressing.index_units import Rooms, WholeTexts, rooms_of, whole_texts
from transforms.addressing.seen import Seen
from transforms.addressing.similar_names import Deletions

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary


@dataclass(frozen=True)
class Index:
    """Prepared keys. `building` (UInt32) is the row of the building in `buildings`."""

    buildings: (
        pl.DataFrame
    )  # building, building_code, estate_key, number, mark, street_code, community_code, grid_code, lon, lat
    names: Names  # with building, how (estate, road, name, alias), mark, name_key, number
    stems: Names  # the same without their generic suffix
    deletions: Deletions  # names with one character taken out
    explained: list[str]  # words that may precede a place: streets, communities, roads, the district itself
    roads: pl.DataFrame  # building, road_key, plate: every doorplate a building has
    estates: pl.DataFrame  # estate_key, community_code, buildings (count), building (one of them)
    rooms: Rooms  # live rooms by building and room
    exact: WholeTexts  # whole texts that name one building or unit
    streets: pl.DataFrame  # stem, street_code, is_current
    communities: pl.DataFrame  # stem, community_code
    street_of: pl.DataFrame  # community_code, stem: streets a community belongs or once belonged to
    facts: (
        pl.DataFrame
    )  # by building: building, street_code, community_code, county_code, estate_there, number_there, has_road
    streets_known: pl.DataFrame  # street_stem
    communities_known: pl.DataFrame  # community_stem
    area_keys: AreaKeys  # names of areas with the places that lie in them
    borne: Borne  # every name and doorplate a building answers to
    foreign_streets: pl.DataFrame  # stem, county: streets the library lists in districts without buildings
    counties: frozenset[str]  # codes of the counties the library describes
    is_own_list: bool  # see AddressLibrary
    # Read of texts before, kept between the pieces of a file.
    seen_heads: Seen = field(default_factory=lambda: Seen("head"))
    seen_tails: Seen = field(default_factory=lambda: Seen("tail"))
    seen_plains: Seen = field(default_factory=lambda: Seen("plain"))
    seen_slips: Seen = field(default_factory=lambda: Seen("name"))

    @cached_property
    def words(self) -> Explaining:
        """Words that explain what stands before a place."""
        return Explaining.of(self.explained, self.streets["stem"], self.communities["stem"], self.roads["road_key"])


def build_index(library: AddressLibrary) -> Index:
    """Prepare every key of `library`. Cancelled buildings and units are left out: the code stage knows them."""
    load_characters()
    live = pl.col("status").fill_null("active") != "cancelled"
    stock = library.building.filter(live).with_row_index("building")
    numbers = written_numbers(stock, "estate_number")
    named = cut_names(stock.select("building", text="name"))
    buildings = stock.select(
        "building", "building_code", "street_code", "community_code", "grid_code", "county_code", "lon", "lat",
        estate_key=folded("estate"), road_key=folded("road"),
    ).join(numbers, on="building", how="left", maintain_order="left")  # fmt: skip
    bare = named.filter(pl.col("plain") == "").select(
        "building", name_number=pl.coalesce("number", "plate"), name_mark="mark"
    )
    buildings = buildings.join(bare, on="building", how="left", maintain_order="left").with_columns(
        number=pl.coalesce("number", "name_number"), mark=pl.coalesce("mark", "name_mark")
    )
    buildings = buildings.join(part_numbers(stock), on="building", how="left", maintain_order="left")
    roads = road_plates(library, stock)
    kinds = kind_numbers(stock.with_columns(estate_key=folded("estate")))
    names = name_rows(library, buildings, roads, named, kinds)
    estates = (
        buildings.filter(pl.col("estate_key").is_not_null())
        .group_by("estate_key", "community_code", "street_code")
        .agg(pl.len().alias("buildings"), pl.col("building").first())
    )
    home = home_districts(library, stock)
    streets, communities, street_of = area_names(library, home)
    return Index(
        buildings=buildings.select(
            "building", "building_code", "estate_key", "number", "mark", "street_code", "community_code", "grid_code",
            "county_code", "lon", "lat",
        ),
        names=Names.of(names),
        stems=Names.of(name_stems(names, streets, communities)),
        deletions=Deletions.of(names["name_key"]),
        explained=explained_words(library, home, streets, communities, roads),
        roads=roads,
        estates=estates,
        rooms=rooms_of(library, buildings),
        exact=whole_texts(library),
        streets=streets,
        communities=communities,
        street_of=street_of,
        facts=buildings.select(
            "building", "street_code", "community_code", "county_code", estate_there="estate_key",
            number_there=pl.coalesce("number", "part_number"),
            has_road=pl.col("building").is_in(roads["building"].implode()),
        ),
        streets_known=streets.select(street_stem="stem").unique(),
        communities_known=communities.select(community_stem="stem").unique(),
        area_keys=AreaKeys.of(streets, communities, street_of),
        borne=borne(roads, names),
        foreign_streets=foreign_streets(library, home),
        counties=frozenset(home),
        is_own_list=library.is_own_list,
    )  # fmt: skip
