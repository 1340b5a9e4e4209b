"""Numbers and truth values from text."""

from __future__ import annotations

import polars as pl

from schemas.contract import Column
from transforms.cleaning.work import Work, without

_NUMBER = r"^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_GROUPED = r"^[+-]?[0-9]{1,3}(?:[,，'’ ][0-9]{3})+(?:\.[0-9]*)?$"
_INTEGER_LIMIT = 2**53
_UNITS = {
    "yuan": ["元", "人民币元", "元整"],
    "ten_thousand_yuan": ["万元", "万", "万元人民币", "万人民币"],
    "m2": ["m2", "平方米", "平米", "平方"],
    "m3": ["m3", "立方米", "立方", "方", "吨"],
    "m": ["m", "米"],
}
_COUNTED = ["个", "人", "户", "层", "处", "次", "项", "条", "间"]
_TRUE = ["是", "有", "真", "true", "t", "yes", "y", "1"]
_FALSE = ["否", "无", "没有", "假", "false", "f", "no", "n", "0"]


def read_numbers(work: Work) -> Work:
    """Integers (Int64) and numbers (Float64): thousands separators, currency signs and the column's own unit may
    stand. Rule wrong_type."""
    for column in work.columns(lambda column: column.type in ("integer", "number")):
        values = _number(work.frame[column.name], column)
        broken = values.is_null() & work.frame[column.name].is_not_null()
        if column.type == "integer":
            broken = broken | ((values != values.round()) | (values.abs() > _INTEGER_LIMIT)).fill_null(False)
        work = work.flag(broken, column.name, "wrong_type")
        values = without(broken, values)
        work = work.put(values.cast(pl.Int64 if column.type == "integer" else pl.Float64).alias(column.name))
    return work


def check_ranges(work: Work) -> Work:
    """Rule out_of_range: below the minimum or above the maximum of the contract."""
    for column in work.columns(lambda column: column.type in ("integer", "number")):
        value, options = pl.col(column.name), column.options
        if options.minimum is not None:
            work = work.flag(value < options.minimum, column.name, "out_of_range")
        if options.maximum is not None:
            work = work.flag(value > options.maximum, column.name, "out_of_range")
    return work


def read_booleans(work: Work) -> Work:
    """Truth values. Rule wrong_type."""
    for column in work.columns(lambda column: column.type == "boolean"):
        text = work.frame[column.name].str.to_lowercase()
        known = {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}
        values = text.replace_strict(known, default=None, return_dtype=pl.Boolean)
        work = work.flag(values.is_null() & text.is_not_null(), column.name, "wrong_type")
        work = work.put(values.alias(column.name))
    return work


def _number(text: pl.Series, column: Column) -> pl.Series:
    plain = text.cast(pl.Float64, strict=False)
    odd = plain.is_null() & text.is_not_null() | ~plain.is_finite().fill_null(True)
    if not odd.any():
        return plain
    units = "|".join(_UNITS.get(column.meaning.unit or "", _COUNTED if column.type == "integer" else []))
    told = pl.col("text").str.replace(r"^(?:¥|￥|RMB|CNY)\s*", "").str.strip_chars()
    told = told.str.replace(rf"\s*(?:{units})$", "") if units else told
    grouped = told.str.replace_all(r"[,，'’ ]", "")
    number = pl.when(told.str.contains(_NUMBER)).then(told).when(told.str.contains(_GROUPED)).then(grouped)
    return text.to_frame("text").select(number.cast(pl.Float64, strict=False)).to_series()
