"""Stage `exact`: the whole text, divisions apart, is one name of one building or unit."""

from __future__ import annotations

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.keys import text_key
from transforms.addressing.question import Texts

METHOD = "exact"


def exact(texts: Texts, index: Index) -> pl.DataFrame:
    """question, code (19 or 25) for texts that equal a standard address or an alias that only one place bears."""
    cut = texts.cuts.join(texts.heads.select("head", "local"), on="head", how="left")
    keyed = cut.select("question", text_key=text_key(pl.col("local"), pl.col("tail")))
    return keyed.join(index.exact, on="text_key", how="inner").select("question", "code")
