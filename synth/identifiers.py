"""Made identifiers that pass their check digits: resident IDs (GB 11643), USCCs (GB 32100), mobile numbers."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.draw import Draw, Ints

_ID_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_ID_CHECK = np.frombuffer(b"10X98765432", dtype="S1")
_USCC_ALPHABET = np.frombuffer(b"0123456789ABCDEFGHJKLMNPQRTUWXY", dtype="S1")
_USCC_WEIGHTS = np.array([1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28])
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])


def _text(characters: np.ndarray) -> pl.Series:
    """Rows of one-byte characters as strings."""
    width = characters.shape[1]
    return pl.Series(
        np.ascontiguousarray(characters).view(f"S{width}").ravel().astype(f"U{width}").tolist(), dtype=pl.String
    )


def _digits(number: Ints, width: int) -> np.ndarray:
    powers = 10 ** np.arange(width - 1, -1, -1, dtype=np.int64)
    return number[:, None] // powers % 10


def id_numbers(area: Ints, birth: Ints, is_male: np.ndarray, draw: Draw) -> pl.Series:
    """Eighteen positions: area (6), birth date YYYYMMDD, sequence (odd for men), check digit. No number twice."""
    sequence = draw.integers(0, 499, len(area)) * 2 + is_male.astype(np.int64)
    head = area * 10**8 + birth
    for _ in range(60):
        whole = head * 1000 + sequence
        _, first = np.unique(whole, return_index=True)
        again = np.ones(len(area), dtype=bool)
        again[first] = False
        if not again.any():
            break
        sequence[again] = draw.integers(0, 499, int(again.sum())) * 2 + is_male[again].astype(np.int64)
    digits = _digits(head * 1000 + sequence, 17)
    check = _ID_CHECK[(digits * _ID_WEIGHTS).sum(axis=1) % 11]
    characters = np.concatenate([(digits + 48).astype(np.uint8).view("S1"), check[:, None]], axis=1)
    return _text(characters)


def fifteen(id_number: pl.Expr) -> pl.Expr:
    """The 15-digit form used until 1999: without century and check digit."""
    return id_number.str.slice(0, 6) + id_number.str.slice(8, 9)


def usccs(category: Ints, draw: Draw) -> pl.Series:
    """Unified social credit codes: registry 9 (market), category 1 company or 2 sole trader, area, body, checks."""
    size = len(category)
    body = draw.generator.permutation(np.arange(size, dtype=np.int64) * 13 % 9_999_991 + 10_000_000)
    organisation = _digits(body, 8)
    check = (11 - (organisation * _ORGANISATION_WEIGHTS).sum(axis=1) % 11) % 11
    check_value = np.where(check == 10, 30 - 1, check)  # X is 29 in the alphabet
    nine = np.full(size, 9)
    area = _digits(np.full(size, 440306), 6)
    values = np.concatenate([nine[:, None], category[:, None], area, organisation, check_value[:, None]], axis=1)
    last = (31 - (values * _USCC_WEIGHTS).sum(axis=1) % 31) % 31
    return _text(_USCC_ALPHABET[np.concatenate([values, last[:, None]], axis=1)])


def mobiles(size: int, draw: Draw) -> pl.Series:
    """Eleven digits beginning with 13 to 19."""
    prefix = np.array([134, 135, 136, 137, 138, 139, 150, 151, 158, 159, 176, 180, 186, 188, 189])
    number = prefix[draw.integers(0, len(prefix) - 1, size)] * 10**8 + draw.integers(0, 10**8 - 1, size)
    return pl.Series(number).cast(pl.String)
