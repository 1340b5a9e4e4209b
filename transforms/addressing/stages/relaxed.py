"""Stage `relaxed`: the name as people shorten or lengthen it: areas left without their 街道, an estate without its 花园."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index, name_key
from transforms.addressing.stages.splits import explained_splits

METHOD = "relaxed"
BASE = 0.96
STEM = 0.03  # the estate's 花园 or 新村 was left out, or one was put behind it
EXTRA = r"(?:住宅小区|小区|住宅区|生活区|大院|院内|内|里)$"


def relaxed(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Candidates of phrases behind explained words, without or with a generic suffix, and of places written apart."""
    splits = explained_splits(phrases, index)
    asked = phrases.select("phrase", "plain_key", "main", "inner", "inner_name").join(
        splits, on="plain_key", how="inner"
    )
    inner = pl.col("name").str.extract_groups(r"^(.*?[^0-9A-Z])([0-9A-Z]+)(?:号楼|栋|幢|座|号)[^0-9]*$")
    within = asked.filter(pl.col("inner").is_not_null() & pl.col("main").is_null()).with_columns(
        name=inner.struct.field("1"), main=pl.col("inner")
    )
    outer = phrases.filter(pl.col("outer_key").is_not_null()).select(
        "phrase",
        "plain_key",
        "main",
        "inner",
        "inner_name",
        name=pl.col("outer_key") + pl.col("plain_key").fill_null(""),
    )
    asked = pl.concat(
        [
            asked,
            within,
            outer.with_columns(
                said_street=pl.lit(None, pl.String),
                said_community=pl.lit(None, pl.String),
                said_road=pl.lit(None, pl.String),
            ).select(asked.columns),
        ]
    )
    asked = asked.filter(pl.col("name").is_not_null()).with_columns(
        key=name_key(pl.col("name"), pl.col("main")), bare=pl.col("name").str.replace(EXTRA, "")
    )
    names = index.names.select("key", "building", "how", mark_there="mark")
    stems = index.stems.select("key", "building", mark_there="mark").with_columns(how=pl.lit("stem"))
    shortened = asked.filter(pl.col("bare") != pl.col("name")).with_columns(
        key=name_key(pl.col("bare"), pl.col("main"))
    )
    found = pl.concat(
        [
            asked.join(names, on="key").with_columns(cost=pl.lit(0.0)),
            asked.join(stems, on="key")
            .select(*asked.columns, "building", "how", "mark_there")
            .with_columns(cost=pl.lit(STEM)),
            shortened.join(names, on="key").with_columns(cost=pl.lit(STEM)),
        ]
    )
    return found.select(
        "phrase",
        "building",
        "mark_there",
        "said_street",
        "said_community",
        "said_road",
        by=pl.when(pl.col("how") == "road").then(pl.lit("road")).otherwise(pl.lit("name")),
        base=BASE - pl.col("cost"),
        named="name",
    )
