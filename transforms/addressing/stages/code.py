"""Stage `code`: the record brings a code. Cancelled codes follow their lineage; where that leads nowhere or to several
places the text may say which, else the building that stands; unknown ones break the rule code_unknown.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.library import AddressLibrary

METHOD = "code"
_SCHEMA: dict[str, pl.DataType] = {
    "question": pl.UInt32(), "level": pl.String(), "unit_code": pl.String(), "building_code": pl.String(),
    "area_code": pl.String(), "candidates": pl.List(pl.String()), "reason": pl.String(), "broken_rule": pl.String(),
}  # fmt: skip


def code(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """For questions (question, code) that bring a code: question, level, unit_code, building_code, area_code,
    candidates, reason, broken_rule. Of level none with a building_code: nothing sure but the building.

    Kinds (SZDB/Z 281—2017): 25 positions a unit, suffix 000000 or 19 positions the building, `*` in 20–25 something
    inside the building, `*` in 15–25 something in the base grid outside any building.
    """
    given = asked.filter(pl.col("code").is_not_null()).select("question", code=pl.col("code").str.strip_chars())
    if given.is_empty():  # most files bring none
        return pl.DataFrame(schema=_SCHEMA)
    units = library.units_of(given["code"]).select(code="unit_code", unit_building="building_code", unit_live="is_live")
    buildings = library.buildings_of(given["code"].str.slice(0, 19))
    buildings = buildings.select(asked_building="building_code", building_live="is_live")
    asked_codes = pl.concat([given["code"], given["code"].str.slice(0, 19)]).unique()
    follow = _standing(library.successors.filter(pl.col("code").is_in(asked_codes.implode())), library)
    frame = given.with_columns(
        asked_building=pl.col("code").str.slice(0, 19),
        is_outside=pl.col("code").str.slice(14, 1) == "*",
        is_building=(pl.col("code").str.len_chars() == 19) | pl.col("code").str.slice(19).is_in(["000000", "******"]),
    )
    frame = (
        frame.join(units, on="code", how="left")
        .join(buildings, on="asked_building", how="left")
        .with_columns(moved=pl.when("is_building").then("asked_building").otherwise("code"))
        .join(follow.rename({"code": "moved"}), on="moved", how="left")
    )
    at_building = pl.col("is_building")
    found_unit = pl.col("unit_live").fill_null(False)
    found_building = at_building & pl.col("building_live").fill_null(False)
    moved = pl.col("final").is_not_null() & ~found_unit & ~found_building
    # The code is the library's, its place is gone or became several: what stands of it is a building at best.
    is_over = ~found_unit & ~found_building & ~moved & (
        pl.col("unit_live").is_not_null() | (at_building & pl.col("building_live").is_not_null())
        | pl.col("finals").is_not_null()
    )  # fmt: skip
    stands = pl.coalesce("shared", pl.when(pl.col("building_live") & ~at_building).then("asked_building"))
    unit = pl.when(found_unit).then("code").when(moved & (pl.col("final").str.len_chars() == 25)).then("final")
    building = (
        pl.when(found_unit)
        .then("unit_building")
        .when(found_building)
        .then("asked_building")
        .when(moved)
        .then(pl.col("final").str.slice(0, 19))
    )
    grids = library.area.filter(pl.col("level") == "grid")["area_code"]
    grid = pl.when("is_outside").then(pl.col("code").str.slice(0, 14))
    split = pl.col("finals").list.len().fill_null(0) > 1
    frame = frame.with_columns(
        unit_code=unit, building_code=building, area_code=grid, is_over=is_over, stands=pl.when(is_over).then(stands)
    )
    known_grid = pl.col("area_code").is_in(grids.implode()) if grids.len() else pl.lit(True)
    level = (
        pl.when(pl.col("unit_code").is_not_null())
        .then(pl.lit("unit"))
        .when(pl.col("building_code").is_not_null())
        .then(pl.lit("building"))
        .when(pl.col("is_outside") & known_grid)
        .then(pl.lit("grid"))
        .otherwise(pl.lit("none"))
    )
    return frame.with_columns(level=level).select(
        "question",
        "level",
        "unit_code",
        pl.coalesce("building_code", "stands"),
        "area_code",
        candidates=pl.when("is_over").then(pl.col("finals").fill_null([])).otherwise(pl.lit([], pl.List(pl.String))),
        reason=pl.when(moved)
        .then(pl.lit("code cancelled; its successor by lineage"))
        .when(pl.col("is_over") & split)
        .then(pl.lit("code cancelled; it has several successors"))
        .when("is_over")
        .then(pl.lit("code cancelled; nothing took its place"))
        .when(pl.col("level") == "none")
        .then(pl.lit("code not in the library"))
        .otherwise(pl.lit("code given")),
        broken_rule=pl.when((pl.col("level") == "none") & ~pl.col("is_over")).then(pl.lit("code_unknown")),
    )


def _standing(follow: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """Rows of `successors` with those codes alone that stand in the library; `shared` is the one building all of them
    lie in.
    """
    ends = follow.select("code", one="finals").explode("one").drop_nulls("one")
    units = library.units_of(ends["one"]).filter("is_live").select(one="unit_code", building="building_code")
    buildings = library.buildings_of(ends["one"]).filter("is_live")
    standing = pl.concat([units, buildings.select(one="building_code", building="building_code")])
    shared = (
        ends.join(standing, on="one", how="inner")
        .group_by("code")
        .agg(
            standing=pl.col("one").sort(),
            shared=pl.when(pl.col("building").n_unique() == 1).then(pl.col("building").first()),
        )
    )
    return follow.join(shared, on="code", how="left").select(
        "code",
        pl.col("standing").fill_null([]).alias("finals"),
        "shared",
        final=pl.when(pl.col("standing").list.contains(pl.col("final"))).then("final"),
    )
