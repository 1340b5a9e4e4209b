"""Stage `exact`: the whole text, divisions apart, is one name of one building or unit."""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.index_units import whole_keys
from transforms.addressing.keys import text_numbers
from transforms.addressing.question import Texts

METHOD = "exact"


def exact(texts: Texts, index: Index) -> pl.DataFrame:
    """question, code (19 or 25), building_code for texts at home that equal a standard address or an alias that only
    one place bears.
    """
    known = index.exact
    cuts = texts.cuts.filter(~texts.heads["is_outside"].gather(texts.cuts["head_id"]))
    key, check = text_numbers(pl.col("local"))
    heads = texts.heads.select(a=key, b=check)[cuts["head_id"]]
    key, check = text_numbers(pl.col("tail"))
    tails = texts.tails.select(c=key, d=check)[cuts["tail_id"]]
    asked, checked = whole_keys(pl.col("a"), pl.col("b"), pl.col("c"), pl.col("d"), heads.hstack(tails))
    at = known.keys.one(asked)
    found = np.flatnonzero(at >= 0)
    found = found[known.check[at[found]] == checked[found]]
    named = known.named[at[found]]
    units = len(known.codes)
    is_unit = named < units
    at_unit = pl.DataFrame(
        {
            "question": cuts["question"].gather(found[is_unit]),
            "code": known.codes.gather(named[is_unit]),
            "building_code": known.buildings.gather(named[is_unit]),
        }
    )
    by_alias = known.others[named[~is_unit].astype(np.int64) - units]
    by_alias = by_alias.select(cuts["question"].gather(found[~is_unit]), "code", "building_code")
    return pl.concat([at_unit, by_alias])
