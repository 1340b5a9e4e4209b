"""Addresses as departments write them: one unit, a dozen ways, none of them the standard address.

A `Style` holds the habits of a department as shares; `write` draws for every row. What a text no longer says (a room
left out) changes what it means, so `write` also returns which rows still name a room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synth.area import DIVIDED, TOWNS
from synth.building import chinese_number
from synth.draw import Draw, Ints
from synth.name_parts import LOOKALIKES, REMARKS, TRADITIONAL
from synth.place import VILLAGE

PREFIXES = [
    "广东省深圳市宝安区",
    "深圳市宝安区",
    "宝安区",
    "",
    "广东深圳宝安区",
    "广东省深圳市宝安区广东省深圳市宝安区",
    "中国广东深圳宝安区",
    "广东深圳宝安区广东省深圳市宝安区",
]
ESTATE_SUFFIX = r"(花园|小区|雅苑|名苑|豪庭|家园|名居|山庄|雅居|工业园|科技园|产业园|创业园)$"
FULL_WIDTH = {digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"}


@dataclass(frozen=True)
class Style:
    """Habits of writing, as shares of rows; `prefix` are weights over PREFIXES."""

    prefix: tuple[float, ...] = (30, 30, 10, 10, 6, 4, 4, 2)
    street: float = 0.75  # the street is written
    community: float = 0.5
    road: float = 0.6  # the road is written where estate and building say enough
    dashes: float = 0.1  # 3-2-501
    room: float = 0.985  # a room is written at all
    estate_short: float = 0.15  # 御景花园 as 御景
    former: float = 0.25  # of those whose estate had another name
    typo: float = 0.04
    remark: float = 0.02
    noise: float = 0.03  # each of: spaces, full-width digits, traditional characters, Chinese numerals


def write(
    unit: pl.DataFrame, building: pl.DataFrame, rows: Ints, style: Style, draw: Draw
) -> tuple[pl.Series, np.ndarray]:
    """(address of each unit row, whether it names the room)."""
    size = len(rows)
    frame = _parts(unit, building, rows)
    chance = pl.DataFrame({f"r_{name}": draw.generator.random(size) for name in _CHANCES})
    frame = pl.concat([frame, chance], how="horizontal").with_columns(
        prefix=draw.pick(PREFIXES, size, style.prefix), remark=draw.pick(REMARKS, size)
    )
    frame = frame.with_columns(
        street=_street(style), community=_community(style), estate_text=_estate(style), building_text=_building()
    )
    frame = frame.with_columns(
        by_second=(pl.col("second_road").is_not_null() & (pl.col("r_second") < 0.3)),
        by_plate=pl.col("road_number").is_not_null() & (pl.col("name").is_null() | (pl.col("r_road") < style.road)),
    )
    place = _place(style)
    named = pl.Series(draw.generator.random(size) < style.room)
    frame = frame.with_columns(place=place, named=named).with_columns(
        tail=pl.when("named").then(_entrance(style) + _room(style)).otherwise(pl.lit(""))
    )
    text = frame.select(pl.concat_str("prefix", "street", "community", "place", "tail")).to_series()
    return _noise(text, frame, style), named.to_numpy()


_CHANCES = ["street", "old", "community", "estate", "typo", "at", "form", "second", "road", "entrance", "room", "dash",
            "noise", "remark"]  # fmt: skip


def _parts(unit: pl.DataFrame, building: pl.DataFrame, rows: Ints) -> pl.DataFrame:
    position = pl.Series(rows.astype(np.uint32))
    units = unit.select("building", "entrance_number", "floor", "room", "needs_entrance")[position]
    buildings = building.select(
        "kind", "estate", "former_estate", "name", "number", "road", "road_number", "second_road", "second_number",
        building_street="street", building_community="community_name",
    )[units["building"]]  # fmt: skip
    return pl.concat([units, buildings], how="horizontal")


def _street(style: Style) -> pl.Expr:
    """The street with 街道 or without, as it was called before it was redrawn, or left out."""
    street = pl.col("building_street")
    bare = street.str.replace("街道$", "")
    old = street.replace_strict(DIVIDED, default=None, return_dtype=pl.String)
    return (
        pl.when(pl.col("r_street") > style.street).then(pl.lit(""))
        .when(old.is_not_null() & (pl.col("r_old") < 0.25)).then(old)
        .when(bare.is_in(list(TOWNS)) & (pl.col("r_old") > 0.97)).then(bare + "镇")
        .when(pl.col("r_street") > style.street * 0.9).then(bare)
        .when(pl.col("r_street") > style.street * 0.87).then(bare + "街道办")
        .otherwise(street)
    )  # fmt: skip


def _community(style: Style) -> pl.Expr:
    community = pl.col("building_community")
    return (
        pl.when(pl.col("r_community") > style.community).then(pl.lit(""))
        .when(pl.col("r_community") > style.community * 0.95).then(community + "居委会")
        .otherwise(community)
    )  # fmt: skip


def _estate(style: Style) -> pl.Expr:
    """The estate or village: in full, without its 花园, under its former name, or misspelt in one character."""
    estate = pl.col("estate")
    short, former = estate.str.replace(ESTATE_SUFFIX, ""), pl.col("former_estate")
    written = (
        pl.when(former.is_not_null() & (pl.col("r_estate") < style.former)).then(former)
        .when((pl.col("r_estate") > 1 - style.estate_short) & (short.str.len_chars() >= 2)).then(short)
        .otherwise(estate)
    )  # fmt: skip
    return pl.when(pl.col("r_typo") < style.typo).then(_misspelt(estate, style)).otherwise(written).fill_null("")


def _misspelt(estate: pl.Expr, style: Style) -> pl.Expr:
    """One character mistaken for one that looks or sounds alike; in made names also one left out or two exchanged.

    Village names differ from their neighbours' by one character, so there nothing is left out: it would be another.
    """
    at = (pl.col("r_at") * estate.str.len_chars()).floor().cast(pl.Int64)
    before, after = estate.str.slice(0, at), estate.str.slice(at + 1)
    this = estate.str.slice(at, 1)
    is_made = (pl.col("kind") != VILLAGE) & (estate.str.len_chars() >= 4)
    return (
        pl.when(is_made & (pl.col("r_typo") < style.typo * 0.15)).then(before + after)
        .when(is_made & (pl.col("r_typo") < style.typo * 0.3))
        .then(before + after.str.slice(0, 1) + this + after.str.slice(1))
        .otherwise(before + this.replace(LOOKALIKES) + after)
    )  # fmt: skip


def _building() -> pl.Expr:
    """3栋 as 3幢, 3座, 3号楼, 3#, 三栋; 12号 as 12栋 or 12."""
    name, form = pl.col("name"), pl.col("r_form")
    digits = name.str.extract(r"^(\d+)(?:栋|号|号楼)$", 1)
    chinese = chinese_number(digits.cast(pl.Int64))
    is_block = name.str.contains(r"^\d+(栋|号楼)$")
    is_number = name.str.contains(r"^\d+号$")
    return (
        pl.when(is_block & (form < 0.10)).then(digits + "幢")
        .when(is_block & (form < 0.17)).then(digits + "座")
        .when(is_block & (form < 0.27)).then(digits + "号楼")
        .when(is_block & (form < 0.34)).then(digits + "栋")
        .when(is_block & (form < 0.38)).then(digits + "#")
        .when((is_block | is_number) & (form > 0.975) & chinese.is_not_null()).then(chinese + name.str.slice(-1))
        .when(is_number & (form < 0.08)).then(digits + "栋")
        .when(name.str.contains("^[A-Z]栋$") & (form < 0.3)).then(name.str.slice(0, 1) + "座")
        .when(name.str.contains("^[A-Z]座$") & (form < 0.3)).then(name.str.slice(0, 1) + "栋")
        .otherwise(name)
        .fill_null("")
    )  # fmt: skip


def _place(style: Style) -> pl.Expr:
    """Road, plate, estate and building, as far as they are written."""
    in_lane = pl.col("road").str.starts_with(pl.col("estate")).fill_null(False)
    plate = pl.col("road") + pl.col("road_number")
    road = pl.when(pl.col("r_road") < style.road).then(pl.col("road")).fill_null("")
    return (
        pl.when("by_second").then(pl.concat_str("second_road", "second_number"))
        .when(in_lane & (pl.col("r_estate") < 0.9)).then(plate)
        .when("by_plate").then(pl.concat_str(plate, "estate_text", "building_text"))
        .when(pl.col("name").is_null() & pl.col("estate").is_null()).then(plate)
        .when(pl.col("estate").is_null()).then(pl.concat_str("road", "building_text"))
        .otherwise(pl.concat_str(road, "estate_text", "building_text"))
    )  # fmt: skip


def _dashed(style: Style) -> pl.Expr:
    """True where building, entrance and room are written 3-2-501; only after a name that ends so."""
    return (pl.col("r_dash") < style.dashes) & pl.col("place").str.contains(r"\d(栋|号|号楼|幢|座|#)$")


def _entrance(style: Style) -> pl.Expr:
    number = pl.col("entrance_number")
    text = number.cast(pl.String)
    there = number > 0
    kept = there & (pl.col("needs_entrance") | (pl.col("r_entrance") < 0.7))
    return (
        pl.when(_dashed(style)).then(pl.when(there).then("-" + text + "-").otherwise(pl.lit("-")))
        .when(~kept).then(pl.lit(""))
        .when(pl.col("r_entrance") > 0.97).then(chinese_number(number) + "单元")
        .otherwise(text + "单元")
    )  # fmt: skip


def _room(style: Style) -> pl.Expr:
    room, form = pl.col("room"), pl.col("r_room")
    shown = (pl.col("entrance_number") > 0) & (pl.col("needs_entrance") | (pl.col("r_entrance") < 0.7))
    glued = pl.col("place").str.contains(r"[0-9A-Za-z#]$") & ~_dashed(style) & ~shown
    plain = (
        pl.when(_dashed(style)).then(room)
        .when(form < 0.30).then(room + "室")
        .when(form < 0.60).then(room + "房")
        .when(form < 0.63).then(room + "号房")
        .when(form < 0.66).then(pl.col("floor").cast(pl.String) + "楼" + room)
        .when(form < 0.68).then(room.str.to_lowercase())
        .otherwise(room)
    )  # fmt: skip
    return pl.when(glued).then("-" + plain).otherwise(plain)


def _noise(text: pl.Series, frame: pl.DataFrame, style: Style) -> pl.Series:
    """Dashed buildings lose their 栋; then spaces, full-width digits, traditional characters, brackets, remarks."""
    text = text.str.replace(r"(?:栋|号楼|号|幢|座|#)-(\d)", "-${1}")
    noise, step = frame["r_noise"].to_numpy(), style.noise
    ways = [
        (noise < step, lambda some: some.str.replace_many(FULL_WIDTH)),
        ((noise >= step) & (noise < 2 * step), lambda some: some.str.replace_many(TRADITIONAL)),
        (
            (noise >= 2 * step) & (noise < 3 * step),
            lambda some: some.str.replace_all("(街道|社区|号|栋|单元)", "${1} "),
        ),
        (
            (noise >= 3 * step) & (noise < 3.5 * step),
            lambda some: some.str.replace(r"(社区|街道)(.+)$", "${1}【${2}】"),
        ),
        (noise > 1 - step / 3, lambda some: some.str.replace("区", "区，")),
        (
            (noise < 1 - step / 3) & (noise > 1 - step),  # as delivery apps write it
            lambda some: some.str.replace(r"(街道|社区)(\p{Han}{2,6})(.*)$", "${1}【${2}${3}】(${2}附近)"),
        ),
        (
            (noise < 1 - step) & (noise > 1 - 1.5 * step),
            lambda some: some.str.replace(r"(\p{Han}{2}街道)", "${1}${1}"),
        ),
    ]
    for where, change in ways:
        rows = np.flatnonzero(where)
        if len(rows):
            text = text.scatter(rows, change(text.gather(rows)))
    remarked = np.flatnonzero(frame["r_remark"].to_numpy() < style.remark)
    if len(remarked):
        text = text.scatter(remarked, text.gather(remarked) + frame["remark"].gather(remarked))
    return text.alias("address")
