"""Words are replaced alike in few texts and in many."""

from __future__ import annotations

import polars as pl

from transforms.addressing.normalise import normalise_series
from transforms.addressing.replacing import FEW, Words

WORDS = Words({"一": "1", "十": "10", "十一": "11", "二十一": "21", "栋": "#"})
TEXTS = ["二十一栋", "十一十", "一一", "没有", "", None, "二十", "栋一号二十一"]
MEANT = ["21#", "1110", "11", "没有", "", None, "二10", "#1号21"]


def test_the_longest_word_is_meant() -> None:
    assert WORDS.replaced(pl.Series("text", TEXTS)).to_list() == MEANT


def test_many_texts_are_replaced_alike() -> None:
    times = FEW // len(TEXTS) + 1
    assert WORDS.replaced(pl.Series("text", TEXTS * times)).to_list() == MEANT * times


def test_the_last_word_that_stands_in_a_text_is_told_and_how_many_do() -> None:
    last, count = WORDS.last(pl.Series("text", ["二十一栋", "没有", "", "十一没一"]))
    assert last.to_list() == ["栋", None, None, "一"]
    assert count.to_list() == [2, 0, 0, 2]


def test_few_texts_are_normalised_like_many() -> None:
    texts = [
        "住址：西乡街道３栋二十一室", "46号3，4", "1、固戍村三零二室", "202/204", "2楼一门", "501之一", "第3栋a座",
        "灣1丨3", "406放门口", "501和502", "12栋,501室,房东", "宝安大道77号附4号", "【到付】 602", "1栋501 518101",
    ]  # fmt: skip
    few = [normalise_series(pl.Series("text", [text]))[0] for text in texts]
    many = normalise_series(pl.Series("text", texts * (FEW // len(texts) + 1)))
    assert few == many.to_list()[: len(texts)]
    assert few[0] == "西乡街道3栋21室"
