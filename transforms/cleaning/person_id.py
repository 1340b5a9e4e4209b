"""Identity numbers (GB 11643): resident IDs, residence permits (81, 82, 83) and foreigners' permanent residence (9…).

All three share 18 positions: 6 of place, 8 of birth date, 3 of sequence (odd = male), 1 check digit. Only check digit
and date are judged: districts move, and numbers keep the old ones.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from schemas.contract import Column, Role
from transforms.cleaning.work import Work, without

_FORM = r"^[1-9][0-9]{16}[0-9X]$"
_OLD_FORM = r"^[1-9][0-9]{14}$"
_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int32)
_CHECKS = np.frombuffer(b"10X98765432", np.uint8)
_EARLIEST_BIRTH = date(1880, 1, 1)


def normalised(numbers: pl.Series) -> pl.Series:
    """Spaces and hyphens out, x to X, the 15 digits of before 1999 to 18. Malformed text stays as it is."""
    plain = numbers
    if numbers.str.contains(r"[\s\-a-z]").any():
        plain = numbers.str.replace_all(r"[\s\-]", "").str.to_uppercase()
    old = plain.str.contains(_OLD_FORM).fill_null(False)
    if not old.any():
        return plain
    seventeen = plain.filter(old).str.slice(0, 6) + "19" + plain.filter(old).str.slice(6)
    digits = pl.Series(list(_check_digits(_octets(seventeen, 17)).tobytes().decode()))
    return plain.clone().scatter(old.arg_true(), seventeen + digits)  # scatter changes in place


def birth_dates(numbers: pl.Series) -> pl.Series:
    """The birth date in well-formed 18 positions, null where there is no such day."""
    formed = numbers.str.contains(_FORM).fill_null(False)
    return without(~formed, numbers.str.slice(6, 8)).str.to_date("%Y%m%d", strict=False)


def has_check_digit(numbers: pl.Series) -> pl.Series:
    """True where well-formed 18 positions end in their check digit (ISO 7064, MOD 11-2)."""
    formed = numbers.str.contains(_FORM).fill_null(False)
    octets = _octets(numbers.filter(formed), 18)
    right = np.zeros(numbers.len(), bool)
    right[formed.to_numpy()] = octets[:, 17] == _check_digits(octets)
    return pl.Series(right)


def extract_embedded(work: Work) -> Work:
    """An identity number inside another (permit = ID + suffix, student number = G + ID) comes out by its affix.

    Rule person_id_malformed where the affix does not fit. The ID stands in `__<name>_id`, for `check_person_ids`.
    """
    for column in work.with_role(Role.EMBEDDED_PERSON_ID):
        plain = work.frame[column.name].str.replace_all(r"\s", "")
        inner = plain.str.extract(str(column.meaning.affix), 1)
        if inner.is_null().any():
            inner = inner.fill_null(plain.str.to_uppercase().str.extract(str(column.meaning.affix), 1))
        work = work.flag(inner.is_null() & plain.is_not_null(), column.name, "person_id_malformed")
        work = work.put(inner.alias(id_column(column)))
    for column in work.with_role(Role.PERSON_ID):
        work = work.put(pl.col(column.name).alias(id_column(column)))
    return work


def check_person_ids(work: Work) -> Work:
    """Normalises. Rules person_id_malformed (form, or an impossible or future birth date), person_id_check_digit."""
    for column in work.with_role(Role.PERSON_ID, Role.EMBEDDED_PERSON_ID):
        numbers = normalised(work.frame[id_column(column)])
        birth = birth_dates(numbers)
        sound = birth.is_between(_EARLIEST_BIRTH, work.day).fill_null(False)
        malformed = ~sound & numbers.is_not_null()
        unchecked = sound & ~has_check_digit(numbers)
        work = work.put(numbers.alias(id_column(column)))
        work = work.flag(malformed, column.name, "person_id_malformed")
        work = work.flag(unchecked, column.name, "person_id_check_digit")
    return work


def id_column(column: Column) -> str:
    """Where the normalised number stands until it becomes a token."""
    return f"__{column.name}_id"


def _octets(texts: pl.Series, width: int) -> np.ndarray:
    joined = texts.str.join("").item() if texts.len() else ""
    return np.frombuffer(joined.encode(), np.uint8).reshape(-1, width)


def _check_digits(octets: np.ndarray) -> np.ndarray:
    return _CHECKS[(octets[:, :17].astype(np.int32) - ord("0")) @ _WEIGHTS % 11]
