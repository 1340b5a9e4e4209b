"""Rooms of buildings and whole written addresses, as keys for millions of units."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from transforms.addressing.heads import read_heads
from transforms.addressing.keys import mixed, room_key, text_numbers
from transforms.addressing.normalise import normalise_series
from transforms.addressing.sorted_keys import SortedKeys
from transforms.addressing.tail import number_key, parse_tail, with_tail

if TYPE_CHECKING:
    from transforms.addressing.library import AddressLibrary

PART = 500_000  # whole addresses read at a time
LEAST = 50_000  # that are worth a thread of their own
NO_ENTRANCE = 0


@dataclass(frozen=True)
class Rooms:
    """Live rooms by building and room."""

    keys: SortedKeys  # of `room_key`; rows are places in `unit`
    unit: np.ndarray  # row in the library's units
    entrance: np.ndarray  # number of the entrance's name, NO_ENTRANCE where the library says none
    room_names: pl.DataFrame  # name (key of the text), id (UInt32)
    entrance_names: pl.DataFrame  # name, id (UInt32, from 1)


@dataclass(frozen=True)
class WholeTexts:
    """Whole texts that name one building or unit."""

    keys: SortedKeys  # rows are places in `check`
    check: np.ndarray  # a second number of the text
    named: np.ndarray  # row in the library's units; beyond them, in `others`
    codes: pl.Series  # of the library's units, in order
    buildings: pl.Series  # building_code of the library's units
    others: pl.DataFrame  # code, building_code of aliases


def rooms_of(library: AddressLibrary, buildings: pl.DataFrame) -> Rooms:
    """The rooms of live units in live `buildings` (building, building_code), with doors that went over to them."""
    live = pl.col("status").fill_null("active") != "cancelled"
    stock = library.unit.with_row_index("unit").filter(live).select("unit", "building_code", "entrance", "room")
    stock = pl.concat([stock, _former_doors(library, stock)])
    room_names, rooms = _numbered(stock["room"], 0)
    entrance_names, entrances = _numbered(stock["entrance"], NO_ENTRANCE + 1)
    rows = (
        stock.join(buildings.select("building", "building_code"), on="building_code")
        .join(rooms.rename({"id": "room_id"}), left_on="room", right_on="text")
        .join(entrances.rename({"id": "entrance_id"}), left_on="entrance", right_on="text", how="left")
        .select("unit", "building", "room_id", pl.col("entrance_id").fill_null(NO_ENTRANCE))
    )
    keys = SortedKeys.of(room_key(rows["building"].to_numpy(), rows["room_id"].to_numpy()))
    return Rooms(keys, rows["unit"].to_numpy(), rows["entrance_id"].to_numpy(), room_names, entrance_names)


def _former_doors(library: AddressLibrary, stock: pl.DataFrame) -> pl.DataFrame:
    """Rows as of `stock` for doors that went over to one unit of the same building and that no live unit has."""
    became = library.successors.filter(pl.col("final").str.len_chars() == 25).select(unit_code="code", final="final")
    gone = library.unit.join(became, on="unit_code").select("building_code", "entrance", "room", "final")
    if gone.is_empty():
        return stock.clear()
    rows = library.unit.with_row_index("unit").select("unit", final="unit_code", now="building_code")
    doors = gone.join(rows, on="final").filter(pl.col("building_code") == pl.col("now")).select(stock.columns)
    lives = stock.select("unit").unique()
    return doors.join(lives, on="unit", how="semi").join(
        stock, on=["building_code", "entrance", "room"], how="anti", nulls_equal=True
    )


def _numbered(texts: pl.Series, first: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(name, id) of the distinct names of `texts`, and (text, id) of the distinct texts."""
    spelt = _room_keys(texts)
    names = spelt.select(name="key").drop_nulls().unique().sort("name").with_row_index("id", offset=first)
    return names, spelt.join(names, left_on="key", right_on="name").select("text", "id")


def _room_keys(texts: pl.Series) -> pl.DataFrame:
    """Distinct room or entrance texts and their keys: text, key."""
    unique = texts.unique().drop_nulls()
    frame = pl.DataFrame({"text": unique, "tail": normalise_series(unique)}).filter(pl.col("tail").is_not_null())
    read = parse_tail(frame.select(pl.col("tail").unique()))
    key = pl.coalesce("room", "entrance", "plate", "building", "tail")
    return frame.join(read, on="tail", how="left").select("text", key=number_key(key))


def whole_texts(library: AddressLibrary) -> WholeTexts:
    """Standard addresses of live units and aliases of live units and buildings, without those several places bear."""
    live = pl.col("status").fill_null("active") != "cancelled"
    units = library.unit.select(
        "status", row=pl.int_range(pl.len(), dtype=pl.UInt32), code="unit_code", text="standard_address"
    ).filter(live & pl.col("text").is_not_null() & pl.col("code").is_not_null())
    dead = pl.concat(
        [
            library.unit.filter(~live).select(code="unit_code"),
            library.building.filter(~live).select(code="building_code"),
        ]
    )
    named = library.alias.filter(pl.col("code").str.len_chars() >= 19).join(dead, on="code", how="anti")
    others = named.select(
        "code", "text", row=pl.int_range(pl.len(), dtype=pl.UInt32) + library.unit.height
    ).filter(pl.col("text").is_not_null())  # fmt: skip
    columns = ["row", "code", "text"]
    texts = pl.concat([units.select(columns), others.select(columns)])
    with ThreadPoolExecutor(2) as pool:
        size = min(PART, max(LEAST, -(-texts.height // 2)))
        parts = list(pool.map(_keyed, texts.select("row", "text").iter_slices(size)))
    keyed = pl.concat(parts) if parts else _keyed(texts)
    again = keyed.select(pl.col("key").is_duplicated()).to_series()
    if again.any():
        # One place may bear a text twice; of a text of several places none is meant.
        codes = texts.select("row", "code")
        several = keyed.filter(again).join(codes, on="row")
        one = several.filter(pl.col("code").n_unique().over("key") == 1).unique("key", keep="first")
        keyed = pl.concat([keyed.filter(~again), one.select(keyed.columns)])
    return WholeTexts(
        SortedKeys.of(keyed["key"].to_numpy()), keyed["check"].to_numpy(), keyed["row"].to_numpy(),
        library.unit["unit_code"], library.unit["building_code"], _with_buildings(named, library),
    )  # fmt: skip


def _with_buildings(named: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """code, building_code of aliases, in order."""
    owner = library.unit.select(code="unit_code", of="building_code").join(named.select("code"), on="code", how="semi")
    owned = named.select("code").join(owner.unique("code"), on="code", how="left", maintain_order="left")
    return owned.select("code", building_code=pl.coalesce("of", pl.col("code").str.slice(0, 19)))


def _keyed(texts: pl.DataFrame) -> pl.DataFrame:
    """row, key, check of whole `text`s (row, text) that are not empty."""
    spelt = texts.select("row", text=normalise_series(texts["text"])).filter(pl.col("text").is_not_null())
    cut = with_tail(spelt).drop("text")
    heads = read_heads(cut["head"]).select("head", "local")
    cut = cut.join(heads, on="head", how="left", maintain_order="left")
    key, check = whole_keys(*text_numbers(pl.col("local")), *text_numbers(pl.col("tail")), cut)
    return pl.DataFrame({"row": cut["row"], "key": key, "check": check})


def whole_keys(
    local: pl.Expr, local_check: pl.Expr, tail: pl.Expr, tail_check: pl.Expr, frame: pl.DataFrame
) -> tuple[np.ndarray, np.ndarray]:
    """Key and check of whole texts from the numbers (see `text_numbers`) of their two parts."""
    numbers = frame.select(a=local, b=local_check, c=tail, d=tail_check)
    a, b, c, d = (numbers[name].to_numpy() for name in "abcd")
    return mixed(a, c), mixed(b, d)
