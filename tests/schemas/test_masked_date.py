"""The time attribute of SZDB/Z 281—2017: six forms, the days each may mean."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import masked_date

PRECISIONS: list[masked_date.Precision] = ["day", "month", "year", "decade", "century", "unknown"]


@pytest.mark.parametrize(
    ("text", "precision", "earliest", "latest"),
    [
        ("20190312", "day", date(2019, 3, 12), date(2019, 3, 12)),
        ("201903**", "month", date(2019, 3, 1), date(2019, 3, 31)),
        ("202002**", "month", date(2020, 2, 1), date(2020, 2, 29)),
        ("190002**", "month", date(1900, 2, 1), date(1900, 2, 28)),
        ("2019****", "year", date(2019, 1, 1), date(2019, 12, 31)),
        ("201*****", "decade", date(2010, 1, 1), date(2019, 12, 31)),
        ("20******", "century", date(2000, 1, 1), date(2099, 12, 31)),
        ("********", "unknown", None, None),
    ],
)
def test_each_form_means_a_span_of_days(text: str, precision: str, earliest: date | None, latest: date | None) -> None:
    parsed = masked_date.parse(text)
    assert (parsed.precision, parsed.earliest, parsed.latest) == (precision, earliest, latest)


@pytest.mark.parametrize(
    "text",
    [
        *("", "2019", "2019031*", "20190***", "2*******", "2019**12", "20190230", "201913**", "2019-3-12"),
        *("00000000", "201903**x", "２0190312", "20190312\n", "****0312"),
    ],
)
def test_another_form_or_no_such_day_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"masked date|no such day"):
        masked_date.parse(text)
    assert pl.DataFrame({"t": [text]}).select(masked_date.is_valid(pl.col("t"))).item() is False


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)), st.sampled_from(PRECISIONS))
def test_a_day_lies_within_every_mask_of_itself(day: date, precision: masked_date.Precision) -> None:
    parsed = masked_date.parse(masked_date.mask(day, precision))
    assert parsed.precision == precision
    if precision != "unknown":
        assert parsed.earliest is not None
        assert parsed.latest is not None
        assert parsed.earliest <= day <= parsed.latest


@given(st.lists(st.text("0123*９", max_size=9) | st.from_regex(r"[12][0-9]{3}[01][0-9][0-3][0-9]", fullmatch=True)))
def test_vectorised_reading_agrees_with_scalar(texts: list[str]) -> None:
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    rows = frame.select(masked_date.checked(pl.col("t"))).to_series().to_list()
    for text, row in zip(texts, rows, strict=True):
        try:
            parsed = masked_date.parse(text)
        except ValueError:
            assert row["is_valid"] is False
        else:
            expected = (True, parsed.precision, parsed.earliest, parsed.latest)
            assert (row["is_valid"], row["precision"], row["earliest"], row["latest"]) == expected


def test_a_literal_series_is_read_like_a_column() -> None:
    text = pl.Series("t", ["201903**"] * 30 + ["20190230"] * 30)
    assert pl.select(masked_date.is_valid(pl.lit(text))).to_series().sum() == 30
    assert pl.select(masked_date.latest(pl.lit(text))).to_series().drop_nulls().unique().to_list() == [
        date(2019, 3, 31)
    ]
