"""The record a raw row is about, for rows that never got through cleaning."""

from __future__ import annotations

import polars as pl

from schemas.contract import DIRECT_IDENTIFIERS, Contract
from transforms.cleaning.tokens import Keys, token_expr


def record_ids(rows: pl.DataFrame, contract: Contract, keys: Keys) -> pl.Series:
    """record_id of raw rows whose key cells are filled, as cleaning would write it: a quarantined row of a snapshot
    has not vanished, its last good version stands."""
    parts = []
    for column in contract.key_columns:
        text = pl.col(column.name).str.strip_chars().replace("", None)
        parts.append(token_expr(text, keys) if column.role in DIRECT_IDENTIFIERS else text)
    return rows.select(record_id=pl.concat_str(parts, separator="|"))["record_id"].drop_nulls()
