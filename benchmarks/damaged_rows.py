"""The rows every contestant gets: addresses of a made list as hands write them, with the truth kept apart.

A third of the rows mean a room the list lacks (taken out of it one by one, or with their whole building). Each row is
written in one of several usual forms and then damaged by a draw that knows nothing of how anybody matches.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.made_list import NAMES, made_list, standard_address

ABSENT = 1 / 3
HELD_BUILDINGS, HELD_ROOMS = 0.04, 0.08  # of the rooms made, what the list lacks


@dataclass(frozen=True)
class Damage:
    """Shares of rows."""

    street_dropped: float = 0.35
    street_wrong: float = 0.10
    head_dropped: float = 0.08  # neither province nor city nor county
    province_dropped: float = 0.4
    head_doubled: float = 0.05
    road_dropped: float = 0.3  # where an estate says enough
    estate_dropped: float = 0.03  # where a doorplate says enough
    marker_changed: float = 0.2  # 栋 幢 号楼 座 one for another
    dashed: float = 0.1  # 3-2-501
    room_bare: float = 0.4  # 501 without 室
    character_wrong: float = 0.2  # of the estate's name
    character_missing: float = 0.14
    spaced: float = 0.12
    full_width: float = 0.12


@dataclass(frozen=True)
class DamagedRows:
    """What contestants get (`library`, `rows`) and what they do not (`truth`)."""

    library: pl.DataFrame  # id, name
    rows: pl.DataFrame  # row, address
    truth: pl.DataFrame  # row, id (null: not in the list), kind, and one boolean a defect


def damaged_rows(units: int, rows: int, seed: int = 20260101, damage: Damage | None = None) -> DamagedRows:
    """About `units` entries and exactly `rows` rows, the same for the same seed."""
    draw = np.random.default_rng(seed)
    rooms = made_list(int(units / ((1 - HELD_BUILDINGS) * (1 - HELD_ROOMS))), seed)
    house = pl.struct("county", "street", "road", "road_number", "estate", "building").hash(seed) % 1000
    held = (house < HELD_BUILDINGS * 1000).alias("held")
    rooms = rooms.with_columns(held | pl.Series(draw.random(rooms.height) < HELD_ROOMS))
    absent = int(rows * ABSENT)
    asked = pl.concat([
        rooms.filter(~pl.col("held")).sample(rows - absent, with_replacement=True, seed=seed),
        rooms.filter("held").sample(absent, with_replacement=True, seed=seed + 1),
    ]).sample(fraction=1.0, shuffle=True, seed=seed + 2).with_row_index("row")  # fmt: skip
    written = _write(asked, rooms, damage or Damage(), draw)
    kept = rooms.filter(~pl.col("held"))
    library = kept.select("id", standard_address(kept))
    truth = written.select("row", pl.when(~pl.col("held")).then("id").alias("id"), "kind", *_DEFECTS)
    return DamagedRows(library, written.select("row", "address"), truth)


def save(made: DamagedRows, folder: Path) -> None:
    """library.parquet, rows.parquet and truth.parquet in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made.library.write_parquet(folder / "library.parquet")
    made.rows.write_parquet(folder / "rows.parquet")
    made.truth.write_parquet(folder / "truth.parquet")


_DEFECTS = ["street_dropped", "street_wrong", "head_dropped", "estate_dropped", "character_wrong", "character_missing",
            "spaced", "full_width", "dashed"]  # fmt: skip
_FULL_WIDTH = {digit: chr(ord(digit) + 0xFEE0) for digit in "0123456789"}


def _write(asked: pl.DataFrame, rooms: pl.DataFrame, damage: Damage, draw: np.random.Generator) -> pl.DataFrame:
    """`asked` with address and the defects it got."""
    size = asked.height
    drawn = {name: draw.random(size) < share for name, share in vars(damage).items()}
    frame = asked.with_columns(pl.Series(name, values) for name, values in drawn.items()).with_columns(
        pl.Series("at", draw.random(size)), pl.Series("gap", draw.random(size)),
        pl.Series("stray", draw.choice(_letters(), size)),
        pl.Series("other_marker", draw.choice(["栋", "幢", "号楼", "座"], size)),
        other_street=_another_street(asked, rooms, draw),
        has_estate=pl.col("estate").is_not_null(), has_plate=pl.col("road").is_not_null(),
    )  # fmt: skip
    frame = (
        frame.join(
            _needed(rooms),
            on=["county", "street", "estate", "road", "road_number"],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        .with_columns(
            pl.col("head_dropped") & ~pl.col("needs_county"),
            pl.col("street_dropped") & ~pl.col("needs_street"),
            pl.col("street_wrong") & ~pl.col("needs_street") & ~pl.col("street_dropped"),
            pl.col("road_dropped") & pl.col("has_estate"),
            pl.col("estate_dropped") & pl.col("has_estate") & pl.col("has_plate") & ~pl.col("needs_estate"),
            pl.col("dashed") & pl.col("building").str.contains(r"^\d+(栋|幢|号楼)$").fill_null(False),
        )
        .with_columns(
            pl.col("road_dropped") & ~pl.col("estate_dropped"),
            pl.col("character_wrong") & pl.col("has_estate") & ~pl.col("estate_dropped"),
            pl.col("character_missing") & pl.col("has_estate") & ~pl.col("estate_dropped") & ~pl.col("character_wrong"),
        )
    )
    frame = _misspell(frame, rooms)
    text = pl.concat_str(_head(), _street(), _plate(), _estate(), _tail())
    text = pl.when("full_width").then(text.str.replace_many(_FULL_WIDTH)).otherwise(text)
    at = (pl.col("gap") * text.str.len_chars()).floor().cast(pl.Int64)
    spaced = text.str.slice(0, at) + " " + text.str.slice(at)
    return frame.with_columns(address=pl.when("spaced").then(spaced).otherwise(text))


def _needed(rooms: pl.DataFrame) -> pl.DataFrame:
    """What nobody may leave out, or the row would mean several places: needs_county, needs_street, needs_estate."""
    place = ["county", "street", "estate", "road", "road_number"]
    name = pl.coalesce("estate", "road")
    return rooms.select(place).unique(maintain_order=True).with_columns(
        needs_county=pl.col("county").n_unique().over(name) > 1,
        needs_street=pl.col("estate").is_null() & (pl.col("street").n_unique().over("county", "road") > 1),
        needs_estate=pl.len().over("road", "road_number") > 1,
    )  # fmt: skip


def _misspell(frame: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """One character of the estate wrong or missing. What would be the name of another estate is
    left as it was: it would be no damage but another address.
    """
    name = pl.col("estate")
    at = (pl.col("at") * name.str.len_chars()).floor().cast(pl.Int64)
    before, after = name.str.slice(0, at), name.str.slice(at + 1)
    frame = frame.with_columns(
        misspelt=pl.when("character_wrong").then(before + pl.col("stray") + after)
        .when("character_missing").then(before + after)
    )  # fmt: skip
    real = rooms.select(misspelt="estate").unique().with_columns(is_another=pl.lit(True))
    frame = frame.join(real, on="misspelt", how="left", maintain_order="left")
    kept = pl.col("misspelt").is_not_null() & pl.col("is_another").is_null()
    return frame.with_columns(
        pl.col("character_wrong") & kept,
        pl.col("character_missing") & kept,
        estate=pl.when(kept).then("misspelt").otherwise("estate"),
    )


def _head() -> pl.Expr:
    city = pl.when(pl.col("city") == pl.col("province")).then(pl.lit("")).otherwise("city")
    full, short = pl.concat_str("province", city, "county"), pl.concat_str("city", "county")
    return (
        pl.when("head_dropped").then(pl.lit(""))
        .when("head_doubled").then(full + full)
        .when("province_dropped").then(short)
        .otherwise(full)
    )  # fmt: skip


def _street() -> pl.Expr:
    return (
        pl.when("street_dropped").then(pl.lit(""))
        .when("street_wrong").then("other_street")
        .otherwise("street")
    )  # fmt: skip


def _plate() -> pl.Expr:
    plate = pl.concat_str(pl.col("road").fill_null(""), pl.col("road_number").fill_null(""))
    return pl.when("road_dropped").then(pl.lit("")).otherwise(plate)


def _estate() -> pl.Expr:
    return pl.when("estate_dropped").then(pl.lit("")).otherwise(pl.col("estate").fill_null(""))


def _tail() -> pl.Expr:
    """Building, entrance and room."""
    number = pl.col("building").str.extract(r"^(\d+|[A-Z])(?:栋|幢|号楼|座)$", 1)
    building = pl.when(pl.col("marker_changed") & number.is_not_null()).then(number + pl.col("other_marker"))
    building = building.otherwise(pl.col("building").fill_null(""))
    entrance = pl.col("entrance").str.strip_suffix("单元")
    dashed = pl.concat_str([number, entrance, pl.col("room")], separator="-", ignore_nulls=True)
    room = pl.when("room_bare").then("room").otherwise(pl.col("room") + "室")
    return pl.when("dashed").then(dashed).otherwise(building + pl.col("entrance").fill_null("") + room)


def _letters() -> list[str]:
    """Every character of the estate names, as often as it is written there."""
    return list(NAMES.read_text(encoding="utf-8").replace("\n", ""))


def _another_street(asked: pl.DataFrame, rooms: pl.DataFrame, draw: np.random.Generator) -> pl.Series:
    """A street of the same district drawn for each row (by chance the right one)."""
    per_county = rooms.select("county", "street").unique().sort("county", "street").group_by("county").agg("street")
    joined = asked.select("county").join(per_county, on="county", how="left", maintain_order="left")
    at = pl.Series(draw.random(asked.height))
    index = (at * joined["street"].list.len()).floor().cast(pl.Int64)
    return joined["street"].list.get(index).alias("other_street")


def main() -> None:
    """Write the three files into a folder."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--units", type=int, default=300_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=20260101)
    given = parser.parse_args()
    made = damaged_rows(given.units, given.rows, given.seed)
    save(made, given.folder)
    print(json.dumps({"units": made.library.height, "rows": made.rows.height}))


if __name__ == "__main__":
    main()
