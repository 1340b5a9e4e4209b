"""How a phrase asks the library: a name and a number, joined to the prepared keys."""

from __future__ import annotations

from functools import cache

import polars as pl

from transforms.addressing.index_borne import Names
from transforms.addressing.keys import name_keys_of


def mentions(phrases: pl.DataFrame) -> pl.DataFrame:
    """Every way the phrases ask for a building: phrase, name, number ("" = none said), by, cost.

    `by` is `name` (estate, building name, alias) or `road` (doorplate).
    """
    return pl.concat(phrases.select(says).filter("is_said").drop("is_said") for says in _ways())


@cache
def _ways() -> tuple[list[pl.Expr], ...]:
    """The ways to ask, made once: is_said, and the columns of `mentions`."""
    main, number, plate = pl.col("main"), pl.col("number"), pl.col("plate")
    no_inner = pl.col("inner").is_null()
    has_plate, has_estate = pl.col("road_plate").is_not_null(), pl.col("estate_key").is_not_null()
    return (
        _way("estate_key", main, "name"),
        _way("plain_key", main, "name", pl.col("road_key").is_not_null()),
        _way("inner_estate_key", pl.col("inner"), "name", ~no_inner & number.is_null(), 0.01),
        _way("road_key", pl.col("road_plate"), "road", has_plate),
        # 年平路312号4栋: the plate leads there, the number is asked of what stands behind it.
        _way("road_key", pl.coalesce("plate", "number"), "road", ~has_estate & ~has_plate),
        # 永靖路898弄联丰小区59号: the houses of a lane are numbered by it, whatever is called by a name in it.
        _way("road_key", plate, "road", has_estate & ~has_plate & pl.col("road_key").str.ends_with("弄")),
        # 梨树社区A座: where nothing stands behind it, a community is what its buildings are called by.
        _way("community_stem", main, "name", (pl.col("plain_key") == "") & main.is_not_null()),
        # 兴围南七巷19 behind another road: the name is a road's itself.
        _way("estate_key", main, "road", no_inner & main.is_not_null()),
        _way("kind_estate", pl.col("kind") + main, "name", main.is_not_null()),
        _way("own_estate", pl.col("own"), "name", plate.is_null()),
    )


def _way(name: str, number: pl.Expr, by: str, where: pl.Expr | None = None, cost: float = 0.0) -> list[pl.Expr]:
    """The phrases (all, or `where`) that have the name in column `name`, asking for it with `number`."""
    is_said = pl.col(name) != ""
    return [
        pl.col("phrase"), pl.col(name).alias("name"), number.fill_null("").alias("number"), pl.lit(by).alias("by"),
        pl.lit(cost, pl.Float64).alias("cost"), (is_said if where is None else is_said & where).alias("is_said"),
    ]  # fmt: skip


def answer(asked: pl.DataFrame, names: Names, base: float) -> pl.DataFrame:
    """Candidates for `evidence.weigh`: phrase, building, by, mark_there, base, named, numbered, is_own.

    A road's number answers only where a road was asked.
    """
    which, at = names.keys.pairs(name_keys_of(asked["name"], asked["number"]))
    there = names.rows.select(list(_THERE))[at].rename(_THERE)
    is_there, told = _told()
    return asked[which].hstack(there).filter(is_there).select(*told, base=base - pl.col("cost"))


_THERE = {
    "building": "building", "how": "how", "is_own": "is_own", "mark": "mark_there", "name_key": "name_there",
    "number": "number_there",
}  # fmt: skip


@cache
def _told() -> tuple[pl.Expr, list[pl.Expr]]:
    """Which pairs of asked and there are candidates, and what is told of them beside their base."""
    right = (pl.col("by") == "road") == (pl.col("how") == "road")
    # Two names may share a key, if hardly ever.
    same = (pl.col("name") == pl.col("name_there")) & (pl.col("number") == pl.col("number_there").fill_null(""))
    columns = [pl.col(name) for name in ("phrase", "building", "by", "mark_there", "is_own")]
    return right & same, [*columns, pl.col("name").alias("named"), (pl.col("number") != "").alias("numbered")]
