"""Where in an unresolved name the place begins: 西乡固戍固戍一村 is 西乡, 固戍 and the village 固戍一村.

A split stands only if all that precedes the place is explained: streets, communities, roads, the district, words
without meaning. What is not explained may be half of another name (金碧海花园 is not 碧海花园), and a number always
means something.
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.names import fold, read_head
from transforms.addressing.question import name_keys

LONGEST_NAME = 16
# Whose place it is, written before it: 宏图电子有限公司后亭第二工业区. No numbers, which would be another address.
COMPANY = r"^[^0-9]{2,}(?:有限责任公司|有限公司|股份公司|集团公司)"


def derived_phrases(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """`phrases` read again behind every explained beginning: the same columns, a new `phrase` and the `source` it is
    of.

    The first derived phrase of a source is itself; areas and roads found in the beginning are added to what it says.
    """
    plains = phrases["plain"].drop_nulls().unique()
    splits = index.seen_plains.read(plains, lambda new: _read_splits(new, index))
    fields = [name for name in splits.columns if name in phrases.columns and name != "plain"]
    again = phrases.drop([*fields, "plain"]).hstack(
        phrases.select(whole_plain="plain", old_street="street_stem", old_community="community_stem", old_sign="sign")
    )
    joined = again.join(splits.rename({"plain": "whole_plain", "plain_read": "plain"}), on="whole_plain")
    joined = joined.with_columns(
        street_stem=pl.coalesce("street_stem", "said_street", "old_street"),
        community_stem=pl.coalesce("community_stem", "said_community", "old_community"),
        road_key=pl.coalesce("road_key", "said_road"),
        # 越秀路泰山二路甲|305号: the sign is seen where the road is.
        plate=pl.when(pl.col("old_sign").is_null() & pl.col("sign").is_not_null())
        .then(pl.col("sign") + pl.col("plate"))
        .otherwise("plate"),
    ).with_columns(main=pl.coalesce("number", "plate"))
    kept = joined.select("phrase", *[name for name in phrases.columns if name in joined.columns and name != "phrase"])
    return kept.rename({"phrase": "source"}).with_row_index("phrase")


def _read_splits(plains: pl.Series, index: Index) -> pl.DataFrame:
    """`explained_splits` of distinct `plains` with what is read of each name; its own plain as plain_read."""
    splits = explained_splits(plains.alias("plain").to_frame(), index)
    read = name_keys(read_head(splits.select(local="name").unique())).rename({"plain": "plain_read"})
    return splits.join(read, left_on="name", right_on="local", how="left").drop("name")


def explained_splits(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """plain, name, said_street, said_community (stems), said_road (key): ways to cut distinct plains with all
    explained.

    The whole is among them (nothing precedes). A name has at least two characters.
    """
    plains = phrases.select(pl.col("plain").unique().drop_nulls()).filter(pl.col("plain").str.len_chars() >= 2)
    length = pl.col("plain").str.len_chars().cast(pl.Int64)
    cuts = (
        plains.with_columns(size=pl.int_ranges(2, pl.min_horizontal(length, pl.lit(LONGEST_NAME) + 1)))
        .explode("size", empty_as_null=False)
        .with_columns(
            name=pl.col("plain").str.tail(pl.col("size")), prefix=pl.col("plain").str.head(length - pl.col("size"))
        )
        .drop("size")
    )
    whole = plains.select("plain", name="plain", prefix=pl.lit(""))
    cuts = pl.concat([whole, cuts.filter(pl.col("name").str.contains(r"^\p{Han}|^[0-9A-Z]+\p{Han}"))])
    prefixes = explain(cuts.select(pl.col("prefix").unique()), index)
    return cuts.join(prefixes, on="prefix", how="inner").drop("prefix")


def explain(prefixes: pl.DataFrame, index: Index) -> pl.DataFrame:
    """The distinct `prefix`es that are wholly explained, with said_street, said_community (stems) and said_road
    (key).
    """
    words = index.words
    folded = prefixes.with_columns(folded=fold(pl.col("prefix")).str.replace(COMPANY, ""))
    kept = folded.filter(words.every.replaced(folded["folded"]) == "")
    street, _ = words.streets.last(kept["folded"])
    community, communities = words.communities.last(kept["folded"])
    road, _ = words.roads.last(kept["folded"])
    # 石岩 is a street and a community: said once, it is the wider.
    only_street = (street == community).fill_null(False) & (communities == 1)
    return kept.select("prefix", said_street=street, said_community=community.set(only_street, None), said_road=road)
