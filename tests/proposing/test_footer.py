"""What stands below the table of a sample is left out of what is proposed, whatever words it comes in."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.proposing.footer import MOST, lines_apart
from transforms.proposing.sample import open_sample
from transforms.reading.source import SourceFile

HEADER = "序号,名称,地址,数量,启用日期"
RECORDS = [f"{n},站点{n}号,建安一路{n}号,{n * 3},2026-01-{n:02}" for n in range(1, 21)]


def sample(*below: str) -> SourceFile:
    return SourceFile("站点_20260302.csv", "\n".join([HEADER, *RECORDS, *below, ""]).encode())


@pytest.mark.parametrize(
    ("below", "ignored", "apart"),
    [
        (["合计,,,630,", "填表人：甲,审核人：乙,填表日期：2026-03-02,,"], 2, 0),  # known by their words
        (["以下空白,,,,"], 0, 1),
        (["第1页 共1页,,,,", "统计人：甲,,统计时间：2026年3月2日,,", "（盖章）,,,,"], 0, 3),
        (["合计,,,630,", "数据截至三月,,,,"], 1, 1),
        (["21,站点21号,建安一路21号,63,"], 0, 0),  # a record that lacks one cell
    ],
)
def test_lines_below_the_table_are_left_out(below: list[str], ignored: int, apart: int) -> None:
    opened = open_sample([sample(*below)])
    assert (opened.ignored, opened.apart, opened.broken) == (ignored, apart, 0)
    assert opened.total == opened.rows.height == len(RECORDS) + len(below) - ignored - apart
    assert opened.rows["c0"].cast(pl.Int64, strict=False).null_count() == 0


def test_sparse_records_are_no_footers() -> None:
    """Where records fill what they like, or there are few of them, nothing can be told."""
    loose = pl.DataFrame({f"c{n}": [None if (row + n) % 2 else "x" for row in range(40)] for n in range(6)})
    assert lines_apart(loose) == 0
    whole = pl.DataFrame({f"c{n}": ["x"] * 12 + [None if n else "x"] * 8 for n in range(6)})
    assert lines_apart(whole) == 0  # eight such lines are no footer: some stand among the records above
    short = pl.DataFrame({f"c{n}": ["x"] * 14 + [None if n else "x"] for n in range(6)})
    assert lines_apart(short) == 1 and lines_apart(short.tail(MOST + 9)) == 0
