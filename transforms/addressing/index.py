"""The keys of a library, prepared once: names with numbers → buildings, building with room → units, areas by name.

Ambiguity is kept: a key may lead to several buildings, and the stages then refuse the tie.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from transforms.addressing.division_names import division_names
from transforms.addressing.heads import read_heads
from transforms.addressing.names import KIND, community_stem, fold, street_stem
from transforms.addressing.normalise import normalise_series
from transforms.addressing.similar_names import deletions
from transforms.addressing.tail import number_key, parse_tail, split_tail

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary


@dataclass(frozen=True)
class Index:
    """Prepared keys. `building` (UInt32) is the row of the building in `buildings`."""

    buildings: (
        pl.DataFrame
    )  # building, building_code, estate_key, number, mark, street_code, community_code, grid_code, lon, lat
    names: pl.DataFrame  # key (name + number), building, how (estate, road, name, alias), mark, name_key
    stems: pl.DataFrame  # key (name without its generic suffix + number), building, mark
    deletions: pl.DataFrame  # left, at, name: names with one character taken out (at = -1: none)
    explained: list[str]  # words that may precede a place: streets, communities, roads, the district itself
    roads: pl.DataFrame  # building, road_key, plate: every doorplate a building has
    estates: pl.DataFrame  # estate_key, community_code, buildings (count), building (one of them)
    units: pl.DataFrame  # room_key (building + room), unit_code, entrance, floor
    exact: pl.DataFrame  # text_key, code: whole texts that name one building or unit
    streets: pl.DataFrame  # stem, street_code, is_current
    communities: pl.DataFrame  # stem, community_code
    street_of: pl.DataFrame  # community_code, stem: streets a community belongs or once belonged to
    foreign_streets: pl.DataFrame  # stem, county: streets the library lists in districts without buildings
    counties: frozenset[str]  # codes of the counties the library describes


def name_key(name: pl.Expr, number: pl.Expr) -> pl.Expr:
    """One UInt64 for a folded name and a number ("" where there is none)."""
    return pl.concat_str(name, number.fill_null(""), separator="\x1f").hash(11)


def room_key(building: pl.Expr, room: pl.Expr) -> pl.Expr:
    """One UInt64 for a building (row) and a room key."""
    return pl.concat_str(building.cast(pl.String), room, separator="\x1f").hash(13)


def text_key(local: pl.Expr, tail: pl.Expr) -> pl.Expr:
    """One UInt64 for a whole normalised text without its divisions."""
    return pl.concat_str(local, tail, separator="\x1f").hash(17)


def build_index(library: AddressLibrary) -> Index:
    """Prepare every key of `library`. Cancelled buildings and units are left out: the code stage knows them."""
    live = pl.col("status").fill_null("active") != "cancelled"
    stock = library.building.filter(live).with_row_index("building")
    numbers = _numbers(stock, "estate_number")
    named = _cut(stock.select("building", text="name"))
    buildings = stock.select(
        "building", "building_code", "street_code", "community_code", "grid_code", "county_code", "lon", "lat",
        estate_key=_key("estate"), road_key=_key("road"),
    ).join(numbers, on="building", how="left")  # fmt: skip
    bare = named.filter(pl.col("plain") == "").select(
        "building", name_number=pl.coalesce("number", "plate"), name_mark="mark"
    )
    buildings = buildings.join(bare, on="building", how="left").with_columns(
        number=pl.coalesce("number", "name_number"), mark=pl.coalesce("mark", "name_mark")
    )
    roads = _roads(library, stock)
    kinds = _kinds(stock.with_columns(estate_key=_key("estate")))
    names = _names(library, buildings, roads, named, kinds)
    estates = (
        buildings.filter(pl.col("estate_key").is_not_null())
        .group_by("estate_key", "community_code", "street_code")
        .agg(pl.len().alias("buildings"), pl.col("building").first())
    )
    home = _home(library, stock)
    streets, communities, street_of = _areas(library, home)
    units = _units(library, buildings)
    return Index(
        buildings=buildings.select(
            "building", "building_code", "estate_key", "number", "mark", "street_code", "community_code", "grid_code",
            "county_code", "lon", "lat",
        ),
        names=names,
        stems=_stems(names, streets, communities),
        deletions=deletions(names["name_key"].unique()),
        explained=_explained(library, home, streets, communities, roads),
        roads=roads,
        estates=estates,
        units=units,
        exact=_exact(library),
        streets=streets,
        communities=communities,
        street_of=street_of,
        foreign_streets=_foreign_streets(library, home),
        counties=frozenset(home),
    )  # fmt: skip


def _key(column: str) -> pl.Expr:
    return fold(pl.col(column).map_batches(normalise_series, return_dtype=pl.String)).alias(f"{column}_key")


KIND_NUMBER = rf"^({KIND})([0-9A-Z]+)(?:号楼|栋|号|座)?$"
NUMBER_KIND = rf"^([0-9A-Z]+)(?:号楼|栋|号|座)?({KIND})$"


def _kinds(frame: pl.DataFrame) -> pl.DataFrame:
    """building, estate_key, number of buildings named by kind and number within an estate: 宿舍8号楼, 4号厂房 → 宿舍8."""
    text = pl.concat(
        [
            frame.select(
                "building", "estate_key", text=pl.col(name).map_batches(normalise_series, return_dtype=pl.String)
            )
            for name in ("estate_number", "name")
        ]
    ).filter(pl.col("estate_key").is_not_null() & pl.col("text").is_not_null())
    before = pl.col("text").str.extract_groups(KIND_NUMBER)
    behind = pl.col("text").str.extract_groups(NUMBER_KIND)
    number = pl.coalesce(
        before.struct.field("1") + number_key(before.struct.field("2")),
        behind.struct.field("2") + number_key(behind.struct.field("1")),
    )
    return text.select("building", "estate_key", number=number).drop_nulls().unique()


def _numbers(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """building, number, mark of a written number such as 3栋, 12号, A座."""
    text = frame.select("building", tail=pl.col(column).map_batches(normalise_series, return_dtype=pl.String))
    text = text.filter(pl.col("tail").is_not_null())
    read = _read_numbers(text.select(pl.col("tail").unique()))
    return text.join(read, on="tail", how="inner").select(
        "building", number=pl.coalesce("number", "plate"), mark="mark"
    )


def _read_numbers(tails: pl.DataFrame) -> pl.DataFrame:
    """tail, plate, number, mark: what a tail that names a building (no room) says."""
    read = parse_tail(tails)
    building = pl.concat_str("building", "wing", separator="-", ignore_nulls=True)
    number = pl.when(building != "").then(building).otherwise(pl.when(pl.col("plate").is_null()).then("room"))
    return read.select(
        "tail",
        plate=number_key(pl.col("plate")),
        number=number_key(number),
        mark=pl.when(pl.col("mark").is_not_null())
        .then(pl.lit("栋"))
        .when(pl.col("plate").is_not_null())
        .then(pl.lit("号")),
    )


def _cut(frame: pl.DataFrame) -> pl.DataFrame:
    """Names in `text` cut into plain (head without areas), road, road_number, estate, and plate, number, mark of its end."""
    text = frame.with_columns(text=pl.col("text").map_batches(normalise_series, return_dtype=pl.String))
    text = text.filter(pl.col("text").is_not_null())
    head, tail = split_tail(pl.col("text"))
    text = text.with_columns(head=head, tail=tail)
    heads = read_heads(text["head"]).select("head", "local", "plain", "road", "road_number", "estate")
    numbers = _read_numbers(text.select(pl.col("tail").unique()))
    return text.join(heads, on="head", how="left").join(numbers, on="tail", how="left")


def _roads(library: AddressLibrary, stock: pl.DataFrame) -> pl.DataFrame:
    plates = pl.concat(
        [
            stock.select("building", "road", "road_number"),
            library.doorplate.join(stock.select("building", "building_code"), on="building_code").select(
                "building", "road", "road_number"
            ),
        ]
    ).filter(pl.col("road").is_not_null())
    text = plates.with_columns(tail=pl.col("road_number").map_batches(normalise_series, return_dtype=pl.String))
    read = _read_numbers(text.select(pl.col("tail").unique().drop_nulls()))
    return (
        text.join(read, on="tail", how="left")
        .select("building", road_key=_key("road"), plate=pl.coalesce("plate", "number"))
        .unique()
    )


def _names(
    library: AddressLibrary,
    buildings: pl.DataFrame,
    roads: pl.DataFrame,
    named: pl.DataFrame,
    kinds: pl.DataFrame,
) -> pl.DataFrame:
    columns = ["name_key", "number", "mark", "building", "how"]
    estate = buildings.filter(pl.col("estate_key").is_not_null() & pl.col("number").is_not_null())
    alone = buildings.filter(pl.col("estate_key").is_not_null() & (pl.len().over("estate_key") == 1))
    lanes = (
        buildings.select("building", "estate_key")
        .join(roads, on="building")
        .filter(pl.col("estate_key").is_not_null() & pl.col("plate").is_not_null())
    )
    proper = named.filter(pl.col("plain") != "")
    aliases = _cut(
        library.alias.filter(pl.col("code").str.len_chars() == 19)
        .join(buildings.select("building", "building_code"), left_on="code", right_on="building_code")
        .select("building", "text")
    ).filter(pl.col("plain") != "")
    plated = roads.filter(pl.col("plate").is_not_null())
    parts = [
        estate.select(name_key="estate_key", number="number", mark="mark", building="building", how=pl.lit("estate")),
        alone.select(
            name_key="estate_key", number=pl.lit(""), mark=pl.lit(None, pl.String), building="building",
            how=pl.lit("estate"),
        ),
        kinds.select(
            name_key="estate_key", number="number", mark=pl.lit(None, pl.String), building="building",
            how=pl.lit("estate"),
        ),
        plated.select(name_key="road_key", number="plate", mark=pl.lit("号"), building="building", how=pl.lit("road")),
        lanes.select(
            name_key=pl.col("estate_key") + pl.col("road_key"), number="plate", mark=pl.lit("号"), building="building",
            how=pl.lit("estate"),
        ),
        *[
            frame.select(
                name_key=fold(pl.col(column)),
                number=pl.coalesce("number", "plate").fill_null(""),
                mark="mark",
                building="building",
                how=pl.lit(how),
            )
            for frame, how in ((proper, "name"), (aliases, "alias"))
            for column in ("plain", "estate")
        ],
        aliases.filter(pl.col("road_number").is_not_null()).select(
            name_key=fold(pl.col("road")), number=number_key(pl.col("road_number")), mark=pl.lit("号"),
            building="building", how=pl.lit("road"),
        ),
    ]  # fmt: skip
    names = pl.concat([part.select(columns) for part in parts]).filter(pl.col("name_key").fill_null("") != "")
    return names.unique().with_columns(key=name_key(pl.col("name_key"), pl.col("number")))


# What a place's name may lose: 碧海花园 is 碧海 to those who live there.
LOSABLE = (
    r"(?:花园|花苑|家园|嘉园|新村|小区|住宅区|公寓|大厦|大楼|工业区|工业园|工业城|科技园|产业园|创业园|创意园|物流园|软件园|"
    r"商业广场|商业城|广场|山庄|别墅|商务楼|写字楼|商务中心|苑|村|城)$"
)


def _stems(names: pl.DataFrame, streets: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    areas = pl.concat([streets["stem"], communities["stem"]]).unique()
    cut = names.filter(pl.col("how") != "road").with_columns(stem=pl.col("name_key").str.replace(LOSABLE, ""))
    taken = names.select(stem="name_key").unique()
    usable = (
        cut.filter((pl.col("stem") != pl.col("name_key")) & (pl.col("stem").str.len_chars() >= 2))
        .join(taken, on="stem", how="anti")
        .join(fold_frame(areas, "stem"), on="stem", how="anti")
    )
    return usable.select(
        "building", "mark", "how", key=name_key(pl.col("stem"), pl.col("number")), name_key="stem", number="number"
    ).unique()


def fold_frame(names: pl.Series, column: str) -> pl.DataFrame:
    """Distinct folded names as a one-column frame."""
    return names.drop_nulls().alias(column).to_frame().select(fold(pl.col(column)).unique())


def _explained(
    library: AddressLibrary,
    home: list[str],
    streets: pl.DataFrame,
    communities: pl.DataFrame,
    roads: pl.DataFrame,
) -> list[str]:
    near = library.area.filter(
        pl.col("area_code").is_in(home)
        | pl.col("area_code").is_in(streets["street_code"].implode())
        | pl.col("area_code").is_in(communities["community_code"].implode())
    )
    district = library.area.filter(pl.col("area_code").is_in(home))["name"].drop_nulls()
    words = pl.concat(
        [
            normalise_series(near["name"].drop_nulls().unique()).drop_nulls(),
            district.str.replace("(?:新区|区|县|市)$", ""),
            streets["stem"],
            communities["stem"],
            roads["road_key"],
        ]
    ).drop_nulls()
    folded = fold_frame(words, "word").filter(pl.col("word").str.len_chars() >= 2)
    return folded.sort(pl.col("word").str.len_chars(), "word", descending=[True, False])["word"].to_list()


def _units(library: AddressLibrary, buildings: pl.DataFrame) -> pl.DataFrame:
    live = pl.col("status").fill_null("active") != "cancelled"
    stock = library.unit.filter(live).select("unit_code", "building_code", "entrance", "floor", "room")
    rooms = _room_keys(stock["room"])
    entrances = _room_keys(stock["entrance"])
    return (
        stock.join(buildings.select("building", "building_code"), on="building_code")
        .join(rooms, left_on="room", right_on="text")
        .join(entrances.rename({"key": "entrance_key"}), left_on="entrance", right_on="text", how="left")
        .select(
            "unit_code",
            "building",
            room_key=room_key(pl.col("building"), pl.col("key")),
            entrance="entrance_key",
        )
    )


def _room_keys(texts: pl.Series) -> pl.DataFrame:
    """Distinct room or entrance texts and their keys: text, key."""
    unique = texts.unique().drop_nulls()
    frame = pl.DataFrame({"text": unique, "tail": normalise_series(unique)}).filter(pl.col("tail").is_not_null())
    read = parse_tail(frame.select(pl.col("tail").unique()))
    key = pl.coalesce("room", "entrance", "plate", "building", "tail")
    return frame.join(read, on="tail", how="left").select("text", key=number_key(key))


def _exact(library: AddressLibrary) -> pl.DataFrame:
    live = pl.col("status").fill_null("active") != "cancelled"
    units = library.unit.filter(live & pl.col("standard_address").is_not_null())
    dead = pl.concat(
        [
            library.unit.filter(~live).select(code="unit_code"),
            library.building.filter(~live).select(code="building_code"),
        ]
    )
    texts = pl.concat(
        [
            units.select(code="unit_code", text="standard_address"),
            library.alias.filter(pl.col("code").str.len_chars() >= 19)
            .join(dead, on="code", how="anti")
            .select("code", "text"),
        ]
    ).filter(pl.col("code").is_not_null())
    text = texts.with_columns(text=normalise_series(texts["text"])).filter(pl.col("text").is_not_null())
    head, tail = split_tail(pl.col("text"))
    cut = text.with_columns(head=head, tail=tail)
    heads = read_heads(cut["head"]).select("head", "local")
    return (
        cut.join(heads, on="head", how="left")
        .select("code", text_key=text_key(pl.col("local"), pl.col("tail")))
        .unique()
        .filter(pl.len().over("text_key") == 1)
    )


def _home(library: AddressLibrary, stock: pl.DataFrame) -> list[str]:
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


def _foreign_streets(library: AddressLibrary, home: list[str]) -> pl.DataFrame:
    streets = library.area.filter(
        (pl.col("level") == "street") & pl.col("valid_to").is_null() & ~pl.col("parent_code").is_in(home)
    )
    text = pl.col("name").map_batches(normalise_series, return_dtype=pl.String)
    return streets.select(stem=street_stem(text), county="parent_code").drop_nulls().unique()


def _areas(library: AddressLibrary, home: list[str]) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
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
    belonged = area.filter((pl.col("level") == "community") & pl.col("parent_code").is_not_null()).select(
        community_code="area_code", street_code="parent_code"
    )
    street_of = belonged.join(streets, on="street_code").select("community_code", "stem").unique()
    return streets, communities, street_of
