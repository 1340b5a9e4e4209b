"""Where in an unresolved name the place begins: 西乡固戍固戍一村 is 西乡, 固戍 and the village 固戍一村.

A split stands only if all that precedes the place is explained: streets, communities, roads, divisions, words without
meaning. What is not explained may be half of another name (金碧海花园 is not 碧海花园).
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index

LONGEST_NAME = 14
_FILLERS = (
    "广东省", "广东", "深圳市", "深圳", "辖区", "片区", "管理区", "办事处", "街道", "社区", "居委会", "村委会", "工作站", "旧", "原",
    "新", "内", "里", "号", "的", "中国",
)  # fmt: skip


def explained_splits(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """plain_key, name, said_street, said_community, said_road: every way to cut distinct plain keys with all explained.

    The whole key is among them (nothing precedes). A name has at least two characters.
    """
    plains = phrases.select(pl.col("plain_key").unique().drop_nulls()).filter(pl.col("plain_key").str.len_chars() >= 2)
    length = pl.col("plain_key").str.len_chars().cast(pl.Int64)
    cuts = (
        plains.with_columns(size=pl.int_ranges(2, pl.min_horizontal(length, pl.lit(LONGEST_NAME)) + 1))
        .explode("size")
        .with_columns(
            name=pl.col("plain_key").str.tail(pl.col("size")),
            prefix=pl.col("plain_key").str.head(length - pl.col("size")),
        )
    )
    whole = plains.filter(length > LONGEST_NAME).select("plain_key", name="plain_key", prefix=pl.lit(""))
    cuts = pl.concat([cuts.drop("size"), whole])
    prefixes = explain(cuts.select(pl.col("prefix").unique()), index)
    return cuts.join(prefixes, on="prefix", how="inner").drop("prefix")


def explain(prefixes: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The distinct `prefix`es that are wholly explained, with said_street, said_community (stems) and said_road (key)."""
    words = index.explained
    left = pl.col("prefix").str.replace_many(words, [""] * len(words), leftmost=True)
    fillers = list(_FILLERS)
    kept = prefixes.with_columns(
        left=left.str.replace_many(fillers, [""] * len(fillers), leftmost=True).str.replace_all(r"[0-9A-Z\-、|]", "")
    ).filter(pl.col("left") == "")

    def said(names: pl.Series) -> pl.Expr:
        if names.is_empty():
            return pl.lit(None, pl.String)
        longest = names.to_frame("n").sort(pl.col("n").str.len_chars(), descending=True)["n"].to_list()
        return pl.col("prefix").str.extract_many(longest, leftmost=True).list.last()

    return kept.select(
        "prefix",
        said_street=said(index.streets["stem"].unique()),
        said_community=said(index.communities["stem"].unique()),
        said_road=said(index.roads["road_key"].unique()),
    )
