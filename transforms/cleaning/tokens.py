"""Keyed tokens: HMAC-SHA256 written in the letters a–p, 128 bits, so that no token can look like a number or an ID."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from schemas.contract import Contract, Role

TOKEN_LENGTH = 32
_LETTERS = np.zeros(256, np.uint8)
_LETTERS[np.frombuffer(b"0123456789abcdef", np.uint8)] = np.frombuffer(b"abcdefghijklmnop", np.uint8)
_BETWEEN = "\x1f"  # no cell holds a control character: reading has quarantined those
_NOTHING = "\x1e"


@dataclass(frozen=True)
class Keys:
    """Three secrets, at least 32 bytes each: joins, the sealed archive, the audit chain. Never shown."""

    token: bytes = field(repr=False)
    archive: bytes = field(repr=False)
    audit: bytes = field(repr=False)


def tokens(values: pl.Series, keys: Keys) -> pl.Series:
    """The token of every text, null for null. Callers normalise first: equal texts, equal tokens."""
    return _hmac_letters(values, keys.token.hex())


def marks(keys_of_persons: pl.Series, keys: Keys) -> pl.Series:
    """A token of every token, under another key: a list of them names nobody who is not looked up with both."""
    return _hmac_letters("subject " + keys_of_persons, keys.archive.hex())


def token_expr(expr: pl.Expr, keys: Keys) -> pl.Expr:
    """`tokens` as an expression. The key lives in the function, not in the plan a log could print."""
    return expr.map_batches(lambda values: tokens(values, keys), return_dtype=pl.String)


def row_hash(rows: pl.DataFrame, contract: Contract, keys: Keys) -> pl.Series:
    """Keyed hash of every row's raw cells under the contract's fingerprint, 32 letters.

    `rows` as `read` returns them. Equal cells and an equal contract give equal hashes, whatever file or row number.
    """
    cells: list[pl.Expr] = []
    for column in contract.columns:
        if column.role is Role.GEOMETRY:
            if "geometry" in rows.columns:
                cells.append(pl.col("geometry").bin.encode("hex"))
        elif column.name in rows.columns:
            cells.append(pl.col(column.name))
    whole = pl.concat_str(
        [pl.lit(contract.fingerprint), *(cell.fill_null(_NOTHING) for cell in cells)], separator=_BETWEEN
    )
    return tokens(rows.select(row_hash=whole).to_series(), keys)


def _hmac_letters(values: pl.Series, key: str) -> pl.Series:
    import polars_hash as plh
    import pyarrow as pa

    frame = pl.DataFrame({"value": values})
    hashed = frame.fill_null("").select(plh.col("value").chash.hmac_sha256(key=key).str.slice(0, TOKEN_LENGTH))
    octets = np.frombuffer(hashed["value"].str.join("").item().encode(), np.uint8)
    ends = np.arange(0, TOKEN_LENGTH * values.len() + 1, TOKEN_LENGTH, dtype=np.int64)
    letters = pa.LargeStringArray.from_buffers(
        values.len(), pa.py_buffer(ends), pa.py_buffer(_LETTERS[octets].tobytes())
    )
    return frame.select(pl.when(pl.col("value").is_not_null()).then(pl.Series(letters)).alias(values.name)).to_series()
