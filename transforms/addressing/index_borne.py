"""Names and doorplates of buildings as numbers: who bears this name with this number, does this one bear that name."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from transforms.addressing.keys import name_keys_of, number_of, pair_key
from transforms.addressing.similar_names import OWN
from transforms.addressing.sorted_keys import SortedKeys

OWN_NAME = 2  # characters of a name that are its own: 碧海 of 碧海花园, none of 东区新村
VILLAGE = "(?:[村围坊屯庄队组]|[^小]区)$"


@dataclass(frozen=True)
class Names:
    """Names with their numbers, and the buildings that answer to them."""

    keys: SortedKeys  # of name and number; rows are those of `rows`
    rows: pl.DataFrame  # building, how, mark, name_key, number, is_own: the name tells its place without its street

    @classmethod
    def of(cls, rows: pl.DataFrame) -> Names:
        """From rows of building, how, mark, name_key and number."""
        own = pl.col("name_key").str.replace(OWN, "").str.len_chars()
        # 塘尾村 may lie in several streets of a city; who wrote 碧海花园 meant the only one there is.
        enough = pl.when(pl.col("name_key").str.contains(VILLAGE)).then(OWN_NAME + 1).otherwise(OWN_NAME)
        rows = rows.with_columns(is_own=own >= enough)
        return cls(SortedKeys.of(name_keys_of(rows["name_key"], rows["number"])), rows)


@dataclass(frozen=True)
class Borne:
    """What buildings bear, for yes or no."""

    on_road: SortedKeys  # building and road
    on_numbered_road: SortedKeys  # the same, where a number is known
    at_plate: SortedKeys  # building and road, and number
    names: SortedKeys  # building and name
    estates: SortedKeys  # names of anything but roads


def borne(roads: pl.DataFrame, names: pl.DataFrame) -> Borne:
    """From `roads` (building, road_key, plate) and `names` (building, name_key, how)."""
    roads = roads.filter(pl.col("road_key").is_not_null())
    numbers = roads.select("building", road=number_of(pl.col("road_key")), plate=number_of(pl.col("plate")))
    pairs = pair_key(numbers["building"].to_numpy(), numbers["road"].to_numpy())
    numbered = roads["plate"].is_not_null().to_numpy()
    by_name = names.select("building", name=number_of(pl.col("name_key")))
    places = names.filter(pl.col("how") != "road").select(number_of(pl.col("name_key")).unique()).to_series()
    return Borne(
        SortedKeys.of(pairs),
        SortedKeys.of(pairs[numbered]),
        SortedKeys.of(pair_key(pairs, numbers["plate"].to_numpy())[numbered]),
        SortedKeys.of(pair_key(by_name["building"].to_numpy(), by_name["name"].to_numpy())),
        SortedKeys.of(places.to_numpy()),
    )
