"""Cutting a part off a text, and words a place is called by: what the readers of names share."""

from __future__ import annotations

import polars as pl

COUNT = "一二三四五六七八九十0-9"
# What a place is called by: before a road's name it ends another name (汽车城河东大道), behind a number it is one.
PLACES = (
    "小区|花园|花苑|家园|公寓|大厦|广场|市场|中心|公司|小学|中学|学校|医院|银行|酒店|宾馆|商场|超市|"
    "工业区|工业园|园区|产业园|基地|"
    "科技园|创业园|开发区|新区|社区|宿舍|家属院|新城|商业城|汽车城|大学城|物流园|车站|立交桥|立交|加油站|大学|学院|政府|交警队|派出所|"
    "桥头|居委会|村委会|县城|城区|集镇|镇上|交叉口|路口|国际|店|[工农建中]行|移动|联通|电信|邮政"
)
PLACE_END = "[苑城园府楼庄里厂院邸居湾庭郡都阁轩邨坊舍馆店局所]"
_COLUMNS = ("zone", "again", "bare", "community", "pre", "road", "road_number", "aside", "group", "inner", "behind")


def group(name: str) -> pl.Expr:
    """A group of the pattern `on` was given."""
    return pl.col("groups").struct.field(name)


def after(text: str, prefix: str) -> pl.Expr:
    """`text` behind the `prefix` found at its start."""
    size = pl.col(prefix).str.len_bytes().fill_null(0)
    return pl.col(text).cast(pl.Binary).bin.slice(size).cast(pl.String)


def on(
    frame: pl.DataFrame, where: pl.Expr, pattern: str | None = None, *, source: str = "left", **changes: pl.Expr | str
) -> pl.DataFrame:
    """Change the rows where `where` holds; rows keep their order.

    Costly expressions see no other rows, and `source` is cut by `pattern` once, however many changes read its groups:
    Polars does not find what eager expressions share.
    """
    missing = [name for name in (*changes, *_COLUMNS) if name not in frame.columns]
    if missing:
        frame = frame.with_columns(pl.lit(None, pl.String).alias(name) for name in dict.fromkeys(missing))
    hit = frame.select(where.fill_null(False)).to_series()
    if not hit.any():
        return frame
    rows = frame.filter(hit)
    if pattern is not None:
        rows = rows.with_columns(groups=pl.col(source).str.extract_groups(pattern))
    changed = rows.select(**changes)
    if rows.height == frame.height:
        return frame.with_columns(changed)
    at = hit.arg_true()
    return frame.with_columns(frame[name].scatter(at, changed[name]) for name in changes)
