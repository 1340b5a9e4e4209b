"""Unified social credit codes (GB 32100—2015): 18 positions, the last a check over the others, modulo 31."""

from __future__ import annotations

import numpy as np
import polars as pl

from schemas.contract import Role
from transforms.cleaning.work import Work

ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_FORM = r"^[0-9A-HJ-NP-RTUWXY]{2}[0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}$"
_VALUES = np.full(256, 99, np.int32)
_VALUES[np.frombuffer(ALPHABET, np.uint8)] = np.arange(len(ALPHABET))
_WEIGHTS = np.array([pow(3, position, 31) for position in range(17)], np.int32)
SOLE_TRADER = "92"  # registered with the market regulator (9) as a sole trader (2)


def normalised(codes: pl.Series) -> pl.Series:
    """Spaces and hyphens out, upper case."""
    return codes.str.replace_all(r"[\s\-]", "").str.to_uppercase()


def is_formed(codes: pl.Series) -> pl.Series:
    """True for 18 positions of the right characters."""
    return codes.str.contains(_FORM).fill_null(False)


def has_check_digit(codes: pl.Series) -> pl.Series:
    """True where a well-formed code ends in its check character."""
    formed = is_formed(codes)
    joined = codes.filter(formed).str.join("").item() if formed.any() else ""
    values = _VALUES[np.frombuffer(joined.encode(), np.uint8)].reshape(-1, 18)
    right = np.zeros(codes.len(), bool)
    right[formed.to_numpy()] = values[:, 17] == (31 - values[:, :17] @ _WEIGHTS % 31) % 31
    return pl.Series(right)


def check_usccs(work: Work) -> Work:
    """Rules uscc_malformed, uscc_check_digit."""
    for column in work.with_role(Role.USCC):
        codes = normalised(work.frame[column.name])
        formed = is_formed(codes)
        work = work.put(codes.alias(column.name))
        work = work.flag(~formed & codes.is_not_null(), column.name, "uscc_malformed")
        work = work.flag(formed & ~has_check_digit(codes), column.name, "uscc_check_digit")
    return work
