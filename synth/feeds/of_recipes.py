"""Feeds made from their recipe: synth/recipes/<department>/<feed>.yaml and the contract of the same name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from schemas.contract import Column, Contract, Role, contract_of
from schemas.errors import ContractError
from synth.address_text import write
from synth.cells import by_role, cell_of, draw_cell
from synth.coordinates import as_text, bd09, gcj02, points, projected
from synth.draw import Draw, Ints, take
from synth.entries import Entries, entries_of
from synth.fields import Fields
from synth.foreign_address import other_cities, strays
from synth.recipe import Recipe, recipe_of
from synth.versions import META, meaning
from synth.world import World

STREET_ENDS = ["路口", "公交站", "人行道", "路边", "公园内"]
NEARBY = ["旁边", "楼下", "对面", "门口", "后面空地"]


def made(world: World, feed_id: str) -> pl.DataFrame:
    """The version frame of a feed with a recipe."""
    contract, recipe = contract_of(feed_id), recipe_of(feed_id)
    if recipe is None:
        raise ContractError(feed_id, "(recipe)", "there is none", "write synth/recipes/<department>/<feed>.yaml")
    check(contract, recipe)
    entries = entries_of(world, recipe, contract.delivery.mode, world.draw("recipe", feed_id))
    fields = Fields(world, entries, world.draw("others", feed_id))
    text, means = _addresses(
        world, recipe, entries, fields, world.draw("address", feed_id), room_apart=_has_room_apart(contract, recipe)
    )
    if contract.column_of(Role.UNIT_CODE):  # a code says what is meant, whatever address stands beside it
        of_rooms = np.full(len(entries.unit), recipe.about != "building")
        means = meaning(world.unit, world.building, entries.unit, of_rooms)
    columns = {column.name: _column(column, contract, recipe, fields, text) for column in contract.columns}
    frame = pl.DataFrame(columns)
    key = pl.concat_str([column.name for column in contract.key_columns], separator="|")
    told = {"_first": entries.first.astype(np.int32), "_last": entries.last.astype(np.int32)}
    return frame.with_columns(
        means.get_columns(),
        _record=frame.select(key).to_series(),
        _rule=pl.lit(None, pl.String),
        **{name: pl.Series(values) for name, values in told.items()},
    ).select(*columns, *META)


def check(contract: Contract, recipe: Recipe) -> None:
    """Every column can be drawn, and every cell has its column. ContractError."""
    where = f"synth/recipes/{contract.department}/{contract.feed_id.split('__')[1]}.yaml"
    names = {column.name for column in contract.columns}
    for name in recipe.cells:
        if name not in names:
            raise ContractError(where, f"cells.{name}", "is no column of the contract", "remove or rename it")
    for column in contract.columns:
        if column.role not in _PLACED and column.role not in _OF_SUBJECT and cell_of(column, recipe) is None:
            raise ContractError(where, f"cells.{column.name}", "is missing", "say how it is drawn (synth/recipe.py)")


_OF_SUBJECT = (Role.SEX, Role.ENTITY_TYPE, Role.INDUSTRY)
_PLACED = (Role.ADDRESS_TEXT, Role.UNIT_CODE, Role.AREA_CODE, Role.AREA_NAME, Role.LONGITUDE, Role.LATITUDE,
           Role.GEOMETRY)  # fmt: skip


def _column(column: Column, contract: Contract, recipe: Recipe, fields: Fields, text: pl.Series) -> pl.Series:
    """One column: the recipe's word first, then where the record lies, then who it is about."""
    if column.name not in recipe.cells and column.role in _PLACED:
        return _where(column, contract, recipe, fields, text)
    cell = cell_of(column, recipe)
    if cell is not None:
        return draw_cell(column, cell, fields, contract)
    found = by_role(column, fields)
    if found is None:
        raise ContractError(contract.feed_id, column.name, "cannot be drawn", "say how in cells of the recipe")
    return found


def _where(column: Column, contract: Contract, recipe: Recipe, fields: Fields, text: pl.Series) -> pl.Series:
    """The columns that say where, in the contract's scheme and coordinate system."""
    match column.role:
        case Role.ADDRESS_TEXT:
            return text
        case Role.UNIT_CODE:
            return fields.field("building_code" if recipe.about == "building" else "unit_code")
        case Role.AREA_CODE:
            return fields.field(f"{recipe.area}_{column.meaning.scheme}")
        case Role.AREA_NAME:
            return fields.field(recipe.area)
        case Role.GEOMETRY:
            shape = fields.world.building["geometry"].gather(pl.Series(fields.building.astype(np.uint32)))
            return projected(shape) if contract.reading.crs == "EPSG:4547" else shape
    lon, lat = _point(fields)
    match contract.reading.crs:
        case "GCJ-02":
            lon, lat = gcj02(lon, lat)
        case "BD-09":
            lon, lat = bd09(lon, lat)
        case "EPSG:4547":
            lon, lat = points(lon, lat)
    return as_text(lon if column.role is Role.LONGITUDE else lat)


def _point(fields: Fields) -> tuple[np.ndarray, np.ndarray]:
    """The middle of the building, or the open ground between its neighbours (no footprint reaches it)."""
    building, outdoors = fields.world.building, fields.entries.is_outdoors
    held = {name: building[name].to_numpy()[fields.building] for name in ("lon", "lat", "cell_width", "cell_height")}
    lon = held["lon"] + np.where(outdoors, held["cell_width"] / 2, 0)
    lat = held["lat"] + np.where(outdoors, held["cell_height"] / 2, 0)
    return lon, lat


def _has_room_apart(contract: Contract, recipe: Recipe) -> bool:
    """Whether the room stands in an address column of its own: one the recipe draws, beside one it does not."""
    drawn = [column.name in recipe.cells for column in contract.columns if column.role is Role.ADDRESS_TEXT]
    return any(drawn) and not all(drawn)


def _addresses(
    world: World, recipe: Recipe, entries: Entries, fields: Fields, draw: Draw, *, room_apart: bool
) -> tuple[pl.Series, pl.DataFrame]:
    """(address, _unit, _building, _level) of every version; told again, a record at the same place reads the same."""
    stay = entries.number.astype(np.int64) * (world.unit.height + 1) + entries.unit
    _, first, again = np.unique(stay, return_index=True, return_inverse=True)
    unit, outdoors = entries.unit[first], entries.is_outdoors[first]
    style = replace(recipe.writing, room=0.0) if room_apart else recipe.writing
    address, named = write(world.unit, world.building, unit, style, draw)
    means = meaning(world.unit, world.building, unit, None if room_apart else named)
    address, means = _vague(recipe, fields, first, (address, means), draw)
    if recipe.place == "household_register":
        away = ~world.people.is_registered_here[entries.person[first]]
        address, means = _away(address, means, away, draw)
    if outdoors.any():
        ends = take(STREET_ENDS, draw.integers(0, len(STREET_ENDS) - 1, len(first)))
        rows = pl.Series(first.astype(np.uint32))
        street = fields.field("street").gather(rows) + fields.field("community").gather(rows)
        open_street = street + fields.field("road").gather(rows) + ends
        address = open_street.zip_with(pl.Series(outdoors), address)
        means = _nowhere(means, outdoors, "grid")
    address, means = strays(address, means, draw, outside=recipe.outside, nonsense=recipe.nonsense)
    back = pl.Series(again.astype(np.uint32))
    return address.gather(back), means[back]


def _vague(
    recipe: Recipe, fields: Fields, rows: Ints, written: tuple[pl.Series, pl.DataFrame], draw: Draw
) -> tuple[pl.Series, pl.DataFrame]:
    """Addresses that say beside which building, or stop at the estate; where there is none, its area is all."""
    address, means = written
    if recipe.reach == "estate":
        text = fields.template("{street}{community}{estate}").gather(pl.Series(rows.astype(np.uint32)))
        place = fields.world.building["place"].to_numpy()
        return text, _nowhere(means, np.bincount(place)[place[fields.building[rows]]] > 1, "estate")
    if recipe.reach == "area":
        return address, _nowhere(means, np.ones(len(rows), dtype=bool), recipe.area)
    if recipe.beside:
        near = draw.pick(NEARBY, len(rows)).set(pl.Series(~draw.chance(len(rows), recipe.beside)), "")
        return address + near, means
    return address, means


def _away(address: pl.Series, means: pl.DataFrame, away: np.ndarray, draw: Draw) -> tuple[pl.Series, pl.DataFrame]:
    """Those who are registered elsewhere have an address of another city."""
    if not away.any():
        return address, means
    return address.scatter(np.flatnonzero(away), other_cities(int(away.sum()), draw)), _nowhere(means, away, "outside")


def _nowhere(means: pl.DataFrame, rows: np.ndarray, level: str) -> pl.DataFrame:
    """What no building holds."""
    lost = pl.Series(rows)
    return means.with_columns(
        _unit=pl.when(~lost).then("_unit"),
        _building=pl.when(~lost).then("_building"),
        _level=pl.when(lost).then(pl.lit(level)).otherwise("_level"),
    )
