"""The days of the made district: delivery days are working days, positions 0.. stand for them everywhere."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from synth.draw import Ints

FIRST_DAY = date(2026, 3, 2)  # a Monday


def delivery_days(start: date, days: int) -> list[date]:
    """`days` working days (Monday to Friday) from `start` on."""
    found: list[date] = []
    day = start
    while len(found) < days:
        if day.weekday() < 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def to_number(day: date) -> int:
    """Days since 1970-01-01, as all dates are kept while the district is made."""
    return (day - date(1970, 1, 1)).days


def to_dates(numbers: Ints) -> pl.Series:
    """Numbers of days as dates; negative 2**31 as null."""
    return pl.Series(numbers.astype("datetime64[D]"))


def to_yyyymmdd(numbers: Ints) -> Ints:
    """Numbers of days as whole numbers YYYYMMDD."""
    days = numbers.astype("datetime64[D]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    months = days.astype("datetime64[M]").astype(np.int64) % 12 + 1
    in_month = (days - days.astype("datetime64[M]")).astype(np.int64) + 1
    return years * 10_000 + months * 100 + in_month
