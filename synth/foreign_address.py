"""Addresses that are none of ours: other cities, and nonsense."""

from __future__ import annotations

from functools import cache

import numpy as np
import polars as pl

from synth.area import SHENZHEN, reference
from synth.draw import Draw, take
from synth.name_parts import ESTATE_SUFFIXES, FIRST, NONSENSE, SECOND

NO_CITY = ["市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"]  # what the bureau writes where there is none


@cache
def _streets_elsewhere() -> pl.Series:
    """Province, city, county and street of every street outside Shenzhen; read once, most feeds ask for some."""
    return (
        reference("nbs_streets")
        .filter(pl.col("cityCode") != SHENZHEN)
        .join(
            reference("nbs_areas").select(pl.col("code").alias("areaCode"), county="name"),
            on="areaCode",
            maintain_order="left",
        )
        .join(
            reference("nbs_cities").select(pl.col("code").alias("cityCode"), city="name"),
            on="cityCode",
            maintain_order="left",
        )
        .join(
            reference("nbs_provinces").select(pl.col("code").alias("provinceCode"), province="name"),
            on="provinceCode",
            maintain_order="left",
        )
        .select(place=pl.col("province") + pl.col("city").replace(NO_CITY, "") + pl.col("county") + pl.col("name"))
    )["place"]


def other_cities(size: int, draw: Draw) -> pl.Series:
    """Real provinces, cities, counties and streets outside Shenzhen, with made estates."""
    streets = _streets_elsewhere()
    place = take(streets, draw.integers(0, streets.len() - 1, size))
    estate = draw.pick(FIRST, size) + draw.pick(SECOND, size) + draw.pick(list(ESTATE_SUFFIXES), size)
    block, room = (pl.Series(draw.integers(*ends, size)).cast(pl.String) for ends in ((1, 30), (1, 18)))
    ending = pl.DataFrame({"estate": estate, "block": block, "room": room, "village": draw.chance(size, 0.3)})
    return (
        place
        + ending.select(
            pl.when("village")
            .then(pl.format("{}组{}号", "block", "room"))
            .otherwise(pl.format("{}{}栋{}02室", "estate", "block", "room"))
        ).to_series()
    )


def strays(
    address: pl.Series, meaning: pl.DataFrame, draw: Draw, *, outside: float = 0.004, nonsense: float = 0.002
) -> tuple[pl.Series, pl.DataFrame]:
    """Puts addresses of other cities and nonsense in place of some; what they mean changes with them."""
    chance = draw.generator.random(address.len())
    away, empty = chance < outside, (chance >= outside) & (chance < outside + nonsense)
    text = address.scatter(np.flatnonzero(away), other_cities(int(away.sum()), draw)) if away.any() else address
    text = text.scatter(np.flatnonzero(empty), draw.pick(NONSENSE, int(empty.sum()))) if empty.any() else text
    lost = pl.Series(away | empty)
    return text, meaning.with_columns(
        _unit=pl.when(~lost).then("_unit"),
        _building=pl.when(~lost).then("_building"),
        _level=pl.when(pl.Series(away)).then(pl.lit("outside")).when(lost).then(pl.lit("none")).otherwise("_level"),
    )
