"""Signature lines whose every cell says something: told by what several cells say."""

from __future__ import annotations

import polars as pl
import pytest

from tests.reading.small_feed import contract
from transforms.reading.footers import REASON_SIGNATURE, REASON_TOTAL, ignored_reasons

NAMES = ["number", "full_name", "address", "noted_on"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (["填表人：甲一", "审核人：乙二", "填表日期：2026-03-02", None], REASON_SIGNATURE),
        (["填表人：", "甲一", "审核人:", "乙二"], REASON_SIGNATURE),
        (["填表人：甲一", None, None, None], REASON_SIGNATURE),
        (["合计", "3", None, None], REASON_TOTAL),
        (["N004", "填表人：甲一", "审核人：乙二", "2026-03-02"], None),  # it has its key
        (["注：甲一", "乙二", "某路1号", "2026-03-02"], None),  # one cell alone may be a record's own
        (["N004", "甲一", None, None], None),
    ],
)
def test_a_line_that_signs_in_several_cells_is_no_record(cells: list[str | None], reason: str | None) -> None:
    rows = pl.DataFrame(
        [["N001", "甲一", "某路1号", "2026-03-02"], cells], schema=dict.fromkeys(NAMES, pl.String), orient="row"
    )
    assert ignored_reasons(rows, contract(), NAMES).to_list() == [None, reason]
