"""Dates and times as departments write them: 2026-03-02, 20260302, 2026/3/2, 2026年3月2日, 46083, 201903**, 长期."""

from __future__ import annotations

from datetime import date, datetime, time

import polars as pl

from schemas import masked_date
from schemas.contract import Column
from transforms.cleaning.work import Work, without

OPEN_END = date(9999, 12, 31)  # how the lake writes 长期
EARLIEST_YEAR = 1880
_OPEN = r"^(?:长期|长期有效|永久|永久有效|无固定期限|无限期|9999-?12-?31|9999/12/31)$"
_SPREADSHEET_ZERO = date(1899, 12, 30)
_ISO = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_DAY = r"^([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?"
_CLOCK = r"([0-9]{1,2})\s*[:时点]\s*([0-9]{1,2})\s*[:分]?\s*([0-9]{1,2})?秒?(?:\.[0-9]+)?"
_TIME = rf"[T\s]*{_CLOCK}\s*(Z|[+-][0-9]{{2}}:?[0-9]{{2}})?$"


def read_dates(work: Work) -> Work:
    """Date columns: pl.Date, or text of 8 positions where the contract says masked.

    Rules impossible_date (no such day, or no date at all) and future_date (after the delivery day, unless the
    contract allows it).
    """
    for column in work.columns(lambda column: column.type == "date"):
        text = work.frame[column.name]
        if column.meaning.masked:
            values = masked(text)
            first = values.to_frame("text").select(masked_date.earliest(pl.col("text"))).to_series()
        else:
            values = first = parse_dates(text, open_ended=column.meaning.open_ended)
        work = work.flag(values.is_null() & text.is_not_null(), column.name, "impossible_date")
        future = _is_future(first, work.day, column)
        work = work.flag(future, column.name, "future_date")
        work = work.put(without(future, values).alias(column.name))
    return work


def read_times(work: Work) -> Work:
    """Timestamp columns: pl.Datetime("us"), naive, Asia/Shanghai. Same rules as `read_dates`."""
    for column in work.columns(lambda column: column.type == "timestamp"):
        text = work.frame[column.name]
        values = parse_times(text, open_ended=column.meaning.open_ended)
        work = work.flag(values.is_null() & text.is_not_null(), column.name, "impossible_date")
        future = _is_future(values.dt.date(), work.day, column)
        work = work.flag(future, column.name, "future_date")
        work = work.put(without(future, values).alias(column.name))
    return work


def parse_dates(text: pl.Series, *, open_ended: bool = False) -> pl.Series:
    """Every form to pl.Date; null where there is no such day. 长期 is 9999-12-31 where `open_ended`."""
    if text.str.contains(_ISO).all() and text.len():
        return _possible(text.str.to_date("%Y-%m-%d", strict=False))
    frame = pl.DataFrame({"text": text.str.replace(r"[T ]\s*0{1,2}:00(?::00(?:\.0+)?)?$", "")})
    parts = pl.col("text").str.extract_groups(_DAY + "$")
    written = pl.concat_str(parts.struct[0], parts.struct[1].str.zfill(2), parts.struct[2].str.zfill(2)).str.to_date(
        "%Y%m%d", strict=False
    )
    compact = (
        pl.when(pl.col("text").str.contains(r"^[0-9]{8}$")).then(pl.col("text")).str.to_date("%Y%m%d", strict=False)
    )
    found = pl.coalesce(written, compact, _serial(pl.col("text")).dt.date())
    values = frame.select(found).to_series()
    timed = values.is_null() & frame["text"].str.contains(r"[:时]")
    if timed.any():  # a full time in a date column: its day
        values = values.fill_null(parse_times(without(~timed, text)).dt.date())
    values = _possible(values)
    return _with_open_end(text, values, OPEN_END) if open_ended else values


def parse_times(text: pl.Series, *, open_ended: bool = False) -> pl.Series:
    """Every form to pl.Datetime("us"); a bare day is its first instant; another offset is brought to +08:00."""
    if text.str.contains(r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$").all() and text.len():
        return _possible(text.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"))
    frame = pl.DataFrame({"text": text})
    parts = pl.col("text").str.extract_groups(_DAY + _TIME)
    written = pl.concat_str(
        parts.struct[0],
        *(parts.struct[number].fill_null("0").str.zfill(2) for number in range(1, 6)),
    ).str.to_datetime("%Y%m%d%H%M%S", strict=False, time_unit="us")
    offset = parts.struct[6].replace("Z", "+00:00").str.replace(":", "")
    minutes = offset.str.slice(0, 3).cast(pl.Int32, strict=False) * 60 + offset.str.slice(3, 2).cast(
        pl.Int32, strict=False
    )
    written = written - pl.duration(minutes=pl.when(minutes.is_not_null()).then(minutes - 480).otherwise(0))
    known = pl.col("text")
    compact = pl.coalesce(
        pl.when(known.str.contains(r"^[0-9]{14}$")).then(known).str.to_datetime("%Y%m%d%H%M%S", strict=False),
        pl.when(known.str.contains(r"^[0-9]{12}$")).then(known + "00").str.to_datetime("%Y%m%d%H%M%S", strict=False),
    ).cast(pl.Datetime("us"))
    values = frame.select(pl.coalesce(written, compact, _serial(known))).to_series()
    timeless = values.is_null() & text.is_not_null()
    if timeless.any():
        bare = without(text.str.contains("[:时]").fill_null(True), text)
        values = values.fill_null(parse_dates(bare).cast(pl.Datetime("us")))
    values = _possible(values)
    return _with_open_end(text, values, datetime.combine(OPEN_END, time())) if open_ended else values


def masked(text: pl.Series) -> pl.Series:
    """A date known in part to its 8 positions (SZDB/Z 281—2017): 2019-03, 2019年3月, 201903, 2019-03-** are 201903**.

    Null where malformed or impossible.
    """
    told = pl.col("text").str.replace(r"[T ]\s*0{1,2}:00(?::00)?$", "")
    parts = told.str.replace_all(r"[Xx?？]", "*").str.extract_groups(
        r"^([0-9*]{4})[-/.年]?(?:([0-9*]{1,2})[-/.月]?(?:([0-9*]{1,2})日?)?)?$"
    )
    year, month, day = (parts.struct[number] for number in range(3))
    eight = pl.concat_str(
        year,
        pl.when(month == "*").then(pl.lit("**")).otherwise(month.str.zfill(2)).fill_null("**"),
        pl.when(day == "*").then(pl.lit("**")).otherwise(day.str.zfill(2)).fill_null("**"),
    )
    decade = pl.when(told.str.contains(r"^[0-9]{2,3}\*{5,6}$|^\*{8}$")).then(told)
    serial = _serial(told).dt.strftime("%Y%m%d")
    found = pl.coalesce(decade, serial, eight)
    frame = text.to_frame("text").select(found=found)
    values = frame.select(pl.when(masked_date.is_valid(pl.col("found"))).then(pl.col("found"))).to_series()
    whole = values.is_null() & text.str.contains(":|时")
    if whole.any():  # a full time in a date column: its day
        values = values.fill_null(parse_dates(without(~whole, text)).dt.strftime("%Y%m%d"))
    return values


def _serial(text: pl.Expr) -> pl.Expr:
    """A spreadsheet's day count, 1927 to 2173; the fraction is the time, rounded to the second."""
    days = pl.when(text.str.contains(r"^[1-9][0-9]{4}(?:\.[0-9]+)?$")).then(text).cast(pl.Float64)
    return pl.lit(_SPREADSHEET_ZERO).cast(pl.Datetime("us")) + pl.duration(
        seconds=(days * 86400).round().cast(pl.Int64)
    )


def _possible(values: pl.Series) -> pl.Series:
    return without((values.dt.year() < EARLIEST_YEAR).fill_null(False), values)


def _is_future(values: pl.Series, day: date, column: Column) -> pl.Series:
    if column.meaning.future or column.meaning.open_ended:
        return pl.repeat(False, values.len(), eager=True)
    return (values > day).fill_null(False)


def _with_open_end(text: pl.Series, values: pl.Series, end: date) -> pl.Series:
    frame = pl.DataFrame({"text": text, "value": values})
    is_open = pl.col("text").str.contains(_OPEN).fill_null(False)
    return frame.select(pl.when(is_open).then(pl.lit(end, values.dtype)).otherwise(pl.col("value"))).to_series()
