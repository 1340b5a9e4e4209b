"""Ids of things the lake itself finds (doubts, tasks): hashes of what they are about, so that reruns agree."""

from __future__ import annotations

import polars as pl
import polars_hash  # noqa: F401  registers the chash namespace

HEX = list("0123456789abcdef")
LETTERS = list("abcdefghijklmnop")  # letters only: an id can never look like a number


def id_expr(*parts: pl.Expr | str) -> pl.Expr:
    """32 letters a to p over the parts, in order. A null part counts as empty."""
    exprs = [pl.lit(part) if isinstance(part, str) else part.cast(pl.String).fill_null("") for part in parts]
    text = pl.concat_str(exprs, separator="\x1f")
    return text.chash.sha2_256().str.slice(0, 32).str.replace_many(HEX, LETTERS)  # type: ignore[attr-defined]
