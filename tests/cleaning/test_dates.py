from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from tests.cleaning.tidy import fates
from transforms.cleaning.dates import OPEN_END, masked, parse_dates, parse_times

THE_DAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02", "20260302", "2026/3/2", "2026年3月2日", "2026.03.02", "2026-3-2", "46083", "46083.0",
        "2026-03-02 00:00:00", "2026-03-02T00:00:00", "２０２６年３月２日", " 2026-03-02 ",
        "2026-03-02 08:30:00", "2026年03月02",
    ],
)  # fmt: skip
def test_forms_of_a_day(text: str) -> None:
    assert fates([text], type="date") == [THE_DAY]


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "20260230", "2026年13月1日", "2026-00-10", "0000-00-00", "昨天", "2026", "2026-03", "3/2/2026",
     "1799-12-31", "12345678901", "2026-03-02 25:00:00", "201903**", "长期", "*"],
)  # fmt: skip
def test_no_such_day(text: str) -> None:
    assert fates([text], type="date") == ["impossible_date"]


def test_neighbours_of_a_bad_day_are_unharmed() -> None:
    assert fates(["2026-03-01", "2026-02-30", None, "2026年3月2日"], type="date") == [
        date(2026, 3, 1), "impossible_date", None, THE_DAY,
    ]  # fmt: skip


def test_leap_days() -> None:
    assert fates(["2024-02-29", "2026-02-29", "19000229"], type="date") == [
        date(2024, 2, 29), "impossible_date", "impossible_date",
    ]  # fmt: skip


def test_future_days_by_contract() -> None:
    assert fates(["2026-03-02", "2026-03-03"], type="date") == [THE_DAY, "future_date"]
    assert fates(["2026-03-03"], type="date", future=True) == [date(2026, 3, 3)]
    assert fates(["2036-03-03"], type="date", open_ended=True) == [date(2036, 3, 3)]


@pytest.mark.parametrize("text", ["长期", "长期有效", "永久", "9999-12-31", "99991231"])
def test_open_ends(text: str) -> None:
    assert fates([text], type="date", open_ended=True) == [OPEN_END]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("201903**", "201903**"), ("2019****", "2019****"), ("201*****", "201*****"), ("20******", "20******"),
        ("********", "********"), ("2019-03-**", "201903**"), ("2019-03", "201903**"), ("2019年3月", "201903**"),
        ("201903", "201903**"), ("2019", "2019****"), ("2019年", "2019****"), ("2019-03-12", "20190312"),
        ("20190312", "20190312"),
        ("43536", "20190312"), ("201903XX", "201903**"), ("201902**", "201902**"),
    ],
)  # fmt: skip
def test_masked_days_keep_what_is_known(text: str, expected: str) -> None:
    assert fates([text], type="date", masked=True) == [expected]


@pytest.mark.parametrize("text", ["201913**", "2019**12", "*2019031", "2019-02-30", "abc", "2019*3**"])
def test_malformed_masks(text: str) -> None:
    assert fates([text], type="date", masked=True) == ["impossible_date"]


def test_masked_days_in_the_future() -> None:
    assert fates(["202603**", "202604**"], type="date", masked=True) == ["202603**", "future_date"]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-02 08:05:30", "2026/3/2 8:05:30", "2026-03-02T08:05:30", "20260302080530", "2026年3月2日 8时5分30秒",
        "2026-03-02T08:05:30+08:00", "2026-03-02T00:05:30Z", "2026-03-02 08:05:30.123", "46083.337152777778",
    ],
)  # fmt: skip
def test_forms_of_a_time(text: str) -> None:
    assert fates([text], type="timestamp") == [datetime(2026, 3, 2, 8, 5, 30)]


def test_times_without_seconds_or_hours() -> None:
    assert fates(["2026-03-02 08:05", "2026-03-02", "46083", "202603020805"], type="timestamp") == [
        datetime(2026, 3, 2, 8, 5), datetime(2026, 3, 2), datetime(2026, 3, 2), datetime(2026, 3, 2, 8, 5),
    ]  # fmt: skip


def test_impossible_and_future_times() -> None:
    assert fates(["2026-03-02 24:01:00", "2026-03-02 08:61:00", "2026-03-03 00:00:00"], type="timestamp") == [
        "impossible_date", "impossible_date", "future_date",
    ]  # fmt: skip


def test_the_last_hour_of_the_delivery_day_is_not_the_future() -> None:
    assert fates(["2026-03-02 23:59:59"], type="timestamp") == [datetime(2026, 3, 2, 23, 59, 59)]


def test_empty_series() -> None:
    empty = pl.Series([], dtype=pl.String)
    assert [parse_dates(empty).dtype, parse_times(empty).dtype, masked(empty).dtype] == [
        pl.Date, pl.Datetime("us"), pl.String,
    ]  # fmt: skip
