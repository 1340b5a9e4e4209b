"""Stage `fuzzy`: one wrong, missing, doubled or swapped character in a name. Never in a number, never in what tells
one place from its neighbour (东西南北, 上下, 新旧, 一二三, letters).
"""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index, deletions, name_key
from transforms.addressing.stages.splits import explained_splits

METHOD = "fuzzy"
BASE = 0.90
SHORT = 0.05  # a name of three characters has little left to be known by


def fuzzy(phrases: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Candidates of phrases whose name differs by one slip from a name of the library that has the asked number."""
    splits = explained_splits(phrases, index).filter(pl.col("name").str.len_chars() >= 3)
    known = index.deletions.select(known="name").unique()
    typos = splits.join(known, left_on="name", right_on="known", how="anti")
    near = near_names(typos.select(pl.col("name").unique()), index)
    asked = (
        phrases.filter(pl.col("main").is_not_null())
        .select("phrase", "plain_key", "main")
        .join(typos, on="plain_key")
        .join(near, on="name")
        .with_columns(key=name_key(pl.col("meant"), pl.col("main")))
    )
    found = asked.join(index.names.select("key", "building", "how", mark_there="mark"), on="key")
    return found.select(
        "phrase",
        "building",
        "mark_there",
        "said_street",
        "said_community",
        "said_road",
        by=pl.when(pl.col("how") == "road").then(pl.lit("road")).otherwise(pl.lit("name")),
        base=BASE - pl.when(pl.col("meant").str.len_chars() <= 3).then(SHORT).otherwise(0.0),
        named="meant",
    )


def near_names(names: pl.DataFrame, index: Index) -> pl.DataFrame:
    """name, meant: library names one slip away from each distinct `name`, found by equal deletions."""
    mine = deletions(names["name"]).rename({"name": "asked"})
    pairs = mine.join(index.deletions, on="left", suffix="_there").select(
        "asked", "at", "evidence", meant="name", at_there="at_there", evidence_there="evidence_there"
    )
    same_length = pl.col("asked").str.len_chars() == pl.col("meant").str.len_chars()
    substituted = same_length & (pl.col("at") == pl.col("at_there"))
    swapped = same_length & ((pl.col("at") - pl.col("at_there")).abs() == 1)
    longer = (pl.col("at") == -1) != (pl.col("at_there") == -1)
    slip = substituted | swapped | longer
    kept = pairs.filter(slip & (pl.col("evidence") == pl.col("evidence_there")) & (pl.col("asked") != pl.col("meant")))
    return kept.select(name="asked", meant="meant").unique()
