"""Stage `coordinate`: where it lies, when the text does not say which building. Never a unit."""

from __future__ import annotations

import polars as pl

from transforms.addressing.footprints import REACH_METRES
from transforms.addressing.library import AddressLibrary

METHOD = "coordinate"
NEAREST_METRES = 10.0  # farther from any footprint than this it is no building's
MARGIN_METRES = 5.0  # a second building as near as this is a tie


_SCHEMA: dict[str, pl.DataType] = {
    "question": pl.UInt32(), "level": pl.String(), "building_code": pl.String(), "area_code": pl.String(),
    "score": pl.Float64(), "margin": pl.Float64(), "candidates": pl.List(pl.String()), "metres": pl.Float64(),
}  # fmt: skip


def coordinate(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """For questions (question, lon, lat in EPSG:4490): question, level (building, grid), building_code, area_code,
    score, margin, candidates, metres. Footprints where the library has them, points otherwise.
    """
    given = asked.filter(pl.col("lon").is_finite() & pl.col("lat").is_finite()).select("question", "lon", "lat")
    footprints = library.footprints if given.height else None
    if footprints is None:
        return pl.DataFrame(schema=_SCHEMA)
    near = footprints.near(given["lon"].to_numpy(), given["lat"].to_numpy())
    if near.is_empty():
        return pl.DataFrame(schema=_SCHEMA)
    pairs = near.with_columns(question=given["question"].gather(near["at"])).sort("question", "metres", "building_code")
    best = pairs.group_by("question", maintain_order=True).agg(
        pl.col("building_code").first(),
        pl.col("grid_code").first(),
        pl.col("metres").first(),
        second=pl.col("metres").get(1, null_on_oob=True),
        candidates=pl.col("building_code")
        .filter(pl.col("metres") <= pl.col("metres").first() + MARGIN_METRES)
        .head(20),
    )
    inside = pl.col("metres") == 0
    clear = (pl.col("second").is_null() | (pl.col("second") - pl.col("metres") >= MARGIN_METRES)) | (
        inside & (pl.col("second") > 0)
    )
    is_building = (pl.col("metres") <= NEAREST_METRES) & clear
    return (
        best.select(
            "question",
            "candidates",
            "metres",
            level=pl.when(is_building).then(pl.lit("building")).otherwise(pl.lit("grid")),
            building_code=pl.when(is_building).then("building_code"),
            area_code=pl.when(~is_building).then("grid_code"),
            score=pl.when(inside & is_building).then(0.95).when(is_building).then(0.85).otherwise(0.7),
            margin=pl.when(is_building)
            .then((pl.col("second").fill_null(REACH_METRES) - pl.col("metres")) / REACH_METRES)
            .otherwise(0.0)
            .clip(0.0, 1.0),
        )
        .filter((pl.col("level") == "building") | pl.col("area_code").is_not_null())
        .select(_SCHEMA.keys())
    )
