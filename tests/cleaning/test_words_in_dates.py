"""A word in a date column is an impossible date, whatever characters it is made of."""

from __future__ import annotations

import polars as pl

from transforms.cleaning.dates import parse_dates, parse_times


def test_a_word_with_the_character_of_hours_is_no_date() -> None:
    """计时托 and 小时 hold 时, by which times of day are told."""
    words = pl.Series(["计时托", "8小时", "2026-03-02"])
    assert [told is not None for told in parse_dates(words)] == [False, False, True]
    assert [told is not None for told in parse_times(words)] == [False, False, True]
