"""The time attribute of SZDB/Z 281—2017: 8 characters YYYYMMDD, the unknown tail masked with *.

Six forms: 20190312, 201903**, 2019****, 201*****, 20******, ********.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

Precision = Literal["day", "month", "year", "decade", "century", "unknown"]

_FORM = r"^(?:[0-9]{8}|[0-9]{6}\*{2}|[0-9]{4}\*{4}|[0-9]{3}\*{5}|[0-9]{2}\*{6}|\*{8})$"
_PRECISIONS: dict[int, Precision] = {8: "day", 6: "month", 4: "year", 3: "decade", 2: "century", 0: "unknown"}
_FIRST = {8: "", 6: "01", 4: "0101", 3: "00101", 2: "000101"}
_LAST = {8: "", 6: "01", 4: "1231", 3: "91231", 2: "991231"}


@dataclass(frozen=True)
class MaskedDate:
    """A date known in part. `earliest` and `latest` are None when nothing is known."""

    text: str
    precision: Precision
    earliest: date | None
    latest: date | None


def parse(text: str) -> MaskedDate:
    """The date known in part, or ValueError when it has another form or there is no such day."""
    known = text.rstrip("*")
    if len(text) != 8 or len(known) not in _PRECISIONS or not (known.isascii() and (known.isdigit() or not known)):
        raise ValueError("a masked date has 8 characters YYYYMMDD, its unknown tail masked with *")
    precision = _PRECISIONS[len(known)]
    if precision == "unknown":
        return MaskedDate(text, precision, None, None)
    earliest = _day(known + _FIRST[len(known)])
    latest = _day(known + _LAST[len(known)])
    if precision == "month":
        latest = latest.replace(day=monthrange(latest.year, latest.month)[1])
    return MaskedDate(text, precision, earliest, latest)


def mask(day: date, precision: Precision) -> str:
    """`day` written so far as `precision` allows: mask(date(2019, 3, 12), "month") is 201903**."""
    known = next(length for length, name in _PRECISIONS.items() if name == precision)
    return day.strftime("%Y%m%d")[:known].ljust(8, "*") if known else "*" * 8


def checked(expr: pl.Expr) -> pl.Expr:
    """Vectorised `parse`: struct(is_valid: bool, precision: str, earliest: date, latest: date)."""
    precision = _length(expr).replace_strict(_PRECISIONS, default=None, return_dtype=pl.String)
    valid = is_valid(expr)
    return pl.struct(
        is_valid=valid,
        precision=pl.when(valid).then(precision),
        earliest=earliest(expr),
        latest=latest(expr),
    )


# Each stands alone, not as a field of `checked`: Polars 2.1 panics when one field of a struct over a literal is taken.
def is_valid(expr: pl.Expr) -> pl.Expr:
    """True for one of the six forms with a day that exists, False else and for null."""
    return _is_formed(expr) & ((_length(expr) == 0) | _filled(expr, _FIRST).is_not_null()).fill_null(False)


def earliest(expr: pl.Expr) -> pl.Expr:
    """The first day it may be (date), null when unknown or malformed."""
    return pl.when(_is_formed(expr)).then(_filled(expr, _FIRST))


def latest(expr: pl.Expr) -> pl.Expr:
    """The last day it may be (date), null when unknown or malformed."""
    last = _filled(expr, _LAST)
    return pl.when(_is_formed(expr)).then(pl.when(_length(expr) == 6).then(last.dt.month_end()).otherwise(last))


def _is_formed(expr: pl.Expr) -> pl.Expr:
    return expr.str.contains(_FORM).fill_null(False)


def _length(expr: pl.Expr) -> pl.Expr:
    return expr.str.strip_chars_end("*").str.len_chars()


def _filled(expr: pl.Expr, tails: dict[int, str]) -> pl.Expr:
    tail = _length(expr).replace_strict(tails, default=None, return_dtype=pl.String)
    return (expr.str.strip_chars_end("*") + tail).str.to_date("%Y%m%d", strict=False)


def _day(text: str) -> date:
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        raise ValueError("there is no such day") from None
