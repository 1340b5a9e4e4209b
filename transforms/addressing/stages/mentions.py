"""How a phrase asks the library: a name and a number, joined to the prepared keys."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index_borne import Names
from transforms.addressing.keys import name_keys_of


def mentions(phrases: pl.DataFrame) -> pl.DataFrame:
    """Every way the phrases ask for a building: phrase, name, number ("" = none said), by, cost.

    `by` is `name` (estate, building name, alias) or `road` (doorplate).
    """
    lazy = phrases.lazy()  # so that only the columns asked for are touched
    main = pl.col("main")
    no_inner = pl.col("inner").is_null()
    has_plate = pl.col("road_plate").is_not_null()
    asked = [
        mention(lazy, "estate_key", main, "name"),
        mention(lazy.filter(pl.col("road_key").is_not_null()), "plain_key", main, "name"),
        mention(lazy.filter(~no_inner & pl.col("number").is_null()), "inner_estate_key", pl.col("inner"), "name", 0.01),
        mention(lazy.filter(has_plate), "road_key", pl.col("road_plate"), "road"),
        # 年平路312号4栋: the plate leads there, the number is asked of what stands behind it.
        mention(
            lazy.filter(pl.col("estate_key").is_null() & ~has_plate), "road_key", pl.coalesce("plate", "number"), "road"
        ),
        # 永靖路898弄联丰小区59号: the houses of a lane are numbered by it, whatever is called by a name in it.
        mention(
            lazy.filter(pl.col("estate_key").is_not_null() & ~has_plate & pl.col("road_key").str.ends_with("弄")),
            "road_key",
            pl.col("plate"),
            "road",
        ),
        # 梨树社区A座: where nothing stands behind it, a community is what its buildings are called by.
        mention(lazy.filter((pl.col("plain_key") == "") & main.is_not_null()), "community_stem", main, "name"),
        # 兴围南七巷19 behind another road: the name is a road's itself.
        mention(lazy.filter(no_inner & main.is_not_null()), "estate_key", main, "road"),
        mention(lazy.filter(main.is_not_null()), "kind_estate", pl.col("kind") + main, "name"),
        mention(lazy.filter(pl.col("plate").is_null()), "own_estate", pl.col("own"), "name"),
    ]
    return pl.concat(asked).collect()


def mention(phrases: pl.LazyFrame, name: str, number: pl.Expr, by: str, cost: float = 0.0) -> pl.LazyFrame:
    """phrase, name, number, by, cost: the phrases that have the name in column `name`, asking for it with `number`."""
    asked = phrases.filter(pl.col(name) != "")
    return asked.select("phrase", name=name, number=number.fill_null(""), by=pl.lit(by), cost=pl.lit(cost, pl.Float64))


def answer(asked: pl.DataFrame, names: Names, base: float) -> pl.DataFrame:
    """Candidates for `evidence.weigh`: phrase, building, by, mark_there, base, named, numbered, is_own.

    A road's number answers only where a road was asked.
    """
    which, at = names.keys.pairs(name_keys_of(asked["name"], asked["number"]))
    there = names.rows.select(
        "building", "how", "is_own", mark_there="mark", name_there="name_key", number_there="number"
    )[at]
    found = asked[which].hstack(there)
    right = (pl.col("by") == "road") == (pl.col("how") == "road")
    # Two names may share a key, if hardly ever.
    same = (pl.col("name") == pl.col("name_there")) & (pl.col("number") == pl.col("number_there").fill_null(""))
    return found.filter(right & same).select(
        "phrase",
        "building",
        "by",
        "mark_there",
        "is_own",
        base=base - pl.col("cost"),
        named="name",
        numbered=pl.col("number") != "",
    )
