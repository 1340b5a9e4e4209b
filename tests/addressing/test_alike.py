"""Characters taken for each other, by ear or by eye."""

from __future__ import annotations

import polars as pl
import pytest

from transforms.addressing.alike import alike


@pytest.mark.parametrize(
    ("pair", "why"),
    [("塘唐", "the same reading"), ("胡湖", "the same reading"), ("盛胜", "the same reading"),
     ("深申", "sh, one final"),
     ("中宗", "zh and z"), ("京金", "ing and in"), ("湖糊", "one part"), ("塘糖", "one part"), ("科料", "one part"),
     ("原源", "one in the other"),
     ("围园", "one frame"), ("屋居", "one frame")],
)  # fmt: skip
def test_alike(pair: str, why: str) -> None:
    assert pl.select(alike(pl.lit(pair[0]), pl.lit(pair[1]))).item(), why


@pytest.mark.parametrize("pair", ["河湖", "曾暖", "背僧", "东西", "华丰"])
def test_a_shared_radical_or_nothing_is_not_alike(pair: str) -> None:
    assert not pl.select(alike(pl.lit(pair[0]), pl.lit(pair[1]))).item()


def test_what_is_no_character_is_like_none() -> None:
    frame = pl.DataFrame({"asked": ["", None, "ab", "A"], "meant": ["湖", "湖", "湖", "湖"]})
    assert frame.select(alike(pl.col("asked"), pl.col("meant"))).to_series().to_list() == [False] * 4


def test_a_reading_hardly_ever_heard_makes_no_slip() -> None:
    found = pl.DataFrame({"asked": ["迎", "虹"], "meant": ["景", "建"]}).select(alike(pl.col("asked"), pl.col("meant")))
    assert found.to_series().to_list() == [False, False]
