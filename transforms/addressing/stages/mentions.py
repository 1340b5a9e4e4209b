"""How a phrase asks the library: a name and a number, joined to the prepared keys."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index, name_key

MENTION = ["phrase", "name_key", "number", "by", "cost"]


def mention(phrases: pl.DataFrame, name: str, number: pl.Expr, by: str, cost: float = 0.0) -> pl.DataFrame:
    """phrase, name_key, number, by, cost: the phrases that have `name`, asking for it with `number` (null = none)."""
    asked = phrases.filter(pl.col(name).fill_null("") != "")
    return asked.select(
        "phrase", name_key=name, number=number.fill_null(""), by=pl.lit(by), cost=pl.lit(cost, pl.Float64)
    )


def answer(mentions: pl.DataFrame, index: Index, base: float) -> pl.DataFrame:
    """Candidates as `evidence.weigh` takes them. A road's number answers only where a road was asked."""
    asked = mentions.with_columns(key=name_key(pl.col("name_key"), pl.col("number")))
    found = asked.join(index.names.select("key", "building", "how", mark_there="mark"), on="key", how="inner")
    right = (pl.col("by") == "road") == (pl.col("how") == "road")
    nothing = pl.lit(None, pl.String)
    return found.filter(right).select(
        "phrase",
        "building",
        "by",
        "mark_there",
        base=base - pl.col("cost"),
        said_street=nothing,
        said_community=nothing,
        said_road=nothing,
        named="name_key",
    )
