"""Stage `components`: estate with building number, or road with house number, exactly as the library has them."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.stages.mentions import answer, mention

METHOD = "components"
BASE = 1.0


def components(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Candidates of phrases whose estate+number, whole name+number or road+house number stands in the library."""
    main = pl.col("main")
    outer = phrases.filter(pl.col("inner").is_null())
    inner = phrases.filter(pl.col("inner").is_not_null() & pl.col("number").is_null())
    on_road = phrases.filter(pl.col("estate_key").is_null() & pl.col("road_plate").is_null())
    mentions = [
        mention(outer, "estate_key", main, "name"),
        mention(outer.filter(pl.col("road_key").is_not_null()), "plain_key", main, "name"),
        mention(inner, "inner_estate_key", pl.col("inner"), "name", 0.01),
        mention(phrases.filter(pl.col("road_plate").is_not_null()), "road_key", pl.col("road_plate"), "road"),
        mention(on_road, "road_key", pl.coalesce("plate", "number"), "road"),
    ]
    return answer(pl.concat(mentions), index, BASE)
