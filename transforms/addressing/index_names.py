"""Names and numbers of buildings as the library writes them, made into rows a text can ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from transforms.addressing.heads import read_heads
from transforms.addressing.index_areas import folded_names
from transforms.addressing.names import KIND, PLATE_SIGN, WITHIN, fold
from transforms.addressing.normalise import normalise_series
from transforms.addressing.tail import number_key, parse_tail, with_tail

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary

KIND_NUMBER = rf"^({KIND})([0-9A-Z]+)(?:号楼|栋|号|座)?$"
NUMBER_KIND = rf"^([0-9A-Z]+)(?:号楼|栋|号|座)?({KIND})$"


# What a place's name may lose: 碧海花园 is 碧海 to those who live there.
LOSABLE = (
    r"(?:花园小区|花园|花苑|家园|嘉园|名苑|雅苑|豪苑|御苑|佳苑|丽苑|名园|名居|雅居|新居|豪庭|华庭|雅庭|名庭|华府|名轩|新村|老村|旧村|新围|老围|"
    r"小区|住宅区|生活区|家属院|家属区|家属楼|宿舍区|公寓|大厦|大楼|工业区|工业园|工业城|高新产业园|科技园|产业园|创业园|创意园|物流园|"
    r"软件园|商业广场|商业城|广场|山庄|别墅|商务楼|写字楼|商务中心|公馆|国际|苑|村|城)$"
)


# Words that are no place's own name: 小区 behind 马溪大道.
GENERIC = (
    r"^(?:小区|住宅区|住宅小区|生活区|家属区|家属院|家属楼|大院|院|宿舍|宿舍楼|宿舍区|单位房|公寓|花园|家园|新村|新居|社区|街坊|坊|散盘|"
    r"商铺|大厦|广场|市场|商场|住宅|工业区|工业园|工业城|产业园|科技园|创业园|物流园|[增甲乙丙丁]|[一二三四五六七八九十0-9]+[区段期])+$"
)


def folded(column: str) -> pl.Expr:
    """The key of a name column, as `<column>_key`."""
    return fold(pl.col(column).map_batches(normalise_series, return_dtype=pl.String)).alias(f"{column}_key")


def kind_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """building, estate_key, number of buildings named by kind and number within an estate: 宿舍8号楼, 4号厂房 →
    宿舍8.
    """
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


def written_numbers(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """building, number, mark of a written number such as 3栋, 12号, A座."""
    text = frame.select("building", tail=pl.col(column).map_batches(normalise_series, return_dtype=pl.String))
    text = text.filter(pl.col("tail").is_not_null())
    read = read_numbers(text.select(pl.col("tail").unique()))
    return text.join(read, on="tail", how="inner").select(
        "building", number=pl.coalesce("number", "plate"), mark="mark"
    )


def part_numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """building, part_number: what tells a building apart within an estate by a part and a number: 宿舍1栋 is 宿舍1,
    2期5栋 is 2期5, 宿舍楼 itself.
    """
    own = cut_names(frame.select("building", text=pl.coalesce("estate_number", "name")))
    number = pl.coalesce("number", "plate").fill_null("")
    return own.filter(pl.col("plain").str.contains(WITHIN)).select(
        "building", part_number=fold(pl.col("plain")) + number
    )


def read_numbers(tails: pl.DataFrame) -> pl.DataFrame:
    """tail, plate, number, mark: what a tail that names a building (no room) says."""
    read = parse_tail(tails)
    building = pl.concat_str("building", "wing", separator="-", ignore_nulls=True)
    bare = pl.when(pl.col("plate").is_null()).then(pl.coalesce("room", "floor"))  # 4楼 may be a building's name
    number = pl.when(building != "").then(building).otherwise(bare)
    return read.select(
        "tail",
        plate=number_key(pl.col("plate")),
        number=number_key(number),
        mark=pl.when(pl.col("mark").is_not_null())
        .then(pl.lit("栋"))
        .when(pl.col("plate").is_not_null())
        .then(pl.lit("号")),
    )


def cut_names(frame: pl.DataFrame) -> pl.DataFrame:
    """Names in `text` cut into plain (head without areas), road, road_number, estate, and plate, number, mark of its
    end.
    """
    text = frame.with_columns(text=pl.col("text").map_batches(normalise_series, return_dtype=pl.String))
    text = text.filter(pl.col("text").is_not_null())
    text = with_tail(text)
    heads = read_heads(text["head"]).select("head", "local", "plain", "road", "road_number", "estate")
    numbers = read_numbers(text.select(pl.col("tail").unique()))
    return text.join(heads, on="head", how="left").join(numbers, on="tail", how="left")


def road_plates(library: AddressLibrary, stock: pl.DataFrame) -> pl.DataFrame:
    """building, road_key, plate: the building's own doorplate and every other it has."""
    plates = pl.concat(
        [
            stock.select("building", "road", "road_number"),
            library.doorplate.join(stock.select("building", "building_code"), on="building_code").select(
                "building", "road", "road_number"
            ),
        ]
    ).filter(pl.col("road").is_not_null())
    text = plates.with_columns(tail=pl.col("road_number").map_batches(normalise_series, return_dtype=pl.String))
    read = read_numbers(text.select(pl.col("tail").unique().drop_nulls()))
    return (
        text.join(read, on="tail", how="left")
        .select(
            "building", road_key=folded("road"), plate=pl.coalesce("plate", "number", _marked_plate(pl.col("tail")))
        )
        .unique()
    )


def _marked_plate(tail: pl.Expr) -> pl.Expr:
    """甲12, 增352: a plate with a sign before its number."""
    return number_key(tail.str.extract(rf"^({PLATE_SIGN}[0-9]+(?:-[0-9]+)*)号?$", 1))


def name_rows(
    library: AddressLibrary,
    buildings: pl.DataFrame,
    roads: pl.DataFrame,
    named: pl.DataFrame,
    kinds: pl.DataFrame,
) -> pl.DataFrame:
    """name_key, number, mark, building, how: every name with number a building answers to."""
    columns = ["name_key", "number", "mark", "building", "how"]
    estate = buildings.filter(pl.col("estate_key").is_not_null() & pl.col("number").is_not_null())
    alone = buildings.filter(pl.col("estate_key").is_not_null() & (pl.len().over("estate_key", "community_code") == 1))
    lanes = (
        buildings.select("building", "estate_key")
        .join(roads, on="building")
        .filter(pl.col("estate_key").is_not_null() & pl.col("plate").is_not_null())
    )
    # 联丰小区59号 is house 59 of the lane the estate lies in.
    houses = lanes.filter(pl.col("road_key").str.contains("[0-9]弄$")).join(
        buildings.filter(pl.col("number").is_null()).select("building"), on="building", how="semi"
    )
    estate_buildings = buildings.filter(pl.col("estate_key").is_not_null())["building"]
    proper = named.filter(pl.col("plain") != "")
    whole = cut_names(_whole_names(library, buildings)).filter(pl.col("plain") != "")
    aliases = cut_names(
        library.alias.filter(pl.col("code").str.len_chars() == 19)
        .join(buildings.select("building", "building_code"), left_on="code", right_on="building_code")
        .select("building", "text")
    ).filter(pl.col("plain") != "")
    # 五巷13号 and 2期3栋 are names within an estate and none of their own; an estate, and a road without one, may be
    # called 东区 or 南街.
    in_estate = pl.col("building").is_in(estate_buildings.implode())
    plated = roads.filter(pl.col("plate").is_not_null() & ~(in_estate & pl.col("road_key").str.contains(WITHIN)))
    estates = [
        estate.select(name_key="estate_key", number="number", mark="mark", building="building", how=pl.lit("estate")),
        alone.select(
            name_key="estate_key",
            number=pl.lit(""),
            mark=pl.lit(None, pl.String),
            building="building",
            how=pl.lit("estate"),
        ),
        houses.select(
            name_key="estate_key", number="plate", mark=pl.lit("号"), building="building", how=pl.lit("estate")
        ),
        kinds.select(
            name_key="estate_key",
            number="number",
            mark=pl.lit(None, pl.String),
            building="building",
            how=pl.lit("estate"),
        ),
    ]
    others = [
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
            for frame, how in ((proper, "name"), (whole, "estate"), (aliases, "alias"))
            for column in ("plain", "estate")
        ],
        aliases.filter(pl.col("road_number").is_not_null()).select(
            name_key=fold(pl.col("road")), number=number_key(pl.col("road_number")), mark=pl.lit("号"),
            building="building", how=pl.lit("road"),
        ),
    ]  # fmt: skip
    is_name = ~pl.col("name_key").str.contains(f"{WITHIN}|{GENERIC}") | (pl.col("how") == "road")
    others = [part.filter(is_name) for part in others]
    names = pl.concat([part.select(columns) for part in (*estates, *others)])
    return names.filter(pl.col("name_key").fill_null("") != "").unique()


def _whole_names(library: AddressLibrary, buildings: pl.DataFrame) -> pl.DataFrame:
    """building, text: the estate with what tells its building apart, where that is more than a number (五巷13号,
    2期5栋, 宿舍楼), whole and without what the estate's own name may lose: a text writes them as one.
    """
    stock = library.building.join(buildings.select("building", "building_code", "number"), on="building_code")
    parts = stock.select("building", "number", "estate", own=pl.coalesce("estate_number", "name")).drop_nulls(
        ["estate", "own"]
    )
    own = pl.col("own")
    parts = parts.filter(
        own.str.contains(r"\p{Han}.*[0-9一二三四五六七八九十]")
        | pl.col("number").is_null()
        | ~own.str.contains("[0-9A-Z]")
    )
    stem = pl.col("estate").str.replace(LOSABLE, "")
    return pl.concat(
        [
            parts.select("building", text=pl.col("estate") + pl.col("own")),
            parts.filter(stem.str.len_chars() >= 2).select("building", text=stem + pl.col("own")),
        ]
    ).unique()


def name_stems(names: pl.DataFrame, streets: pl.DataFrame, communities: pl.DataFrame) -> pl.DataFrame:
    """The rows of `names` without their generic suffix, where the rest is no name of its own and no area's."""
    areas = pl.concat([streets["stem"], communities["stem"]]).unique()
    cut = names.filter(pl.col("how") != "road").with_columns(stem=pl.col("name_key").str.replace(LOSABLE, ""))
    taken = names.select(stem="name_key").unique()
    usable = (
        cut.filter((pl.col("stem") != pl.col("name_key")) & (pl.col("stem").str.len_chars() >= 2))
        .join(taken, on="stem", how="anti")
        .join(folded_names(areas, "stem"), on="stem", how="anti")
    )
    return usable.select("building", "mark", "how", name_key="stem", number="number").unique()
