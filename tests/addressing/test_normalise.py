from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.addressing.normalise import LONGEST, normalise, normalise_series


def one(text: str | None) -> str | None:
    return normalise_series(pl.Series([text], dtype=pl.String))[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ａ座１２０３", "A座1203"),
        ("寶安區新安街道", "宝安区新安街道"),
        ("二十一栋", "21栋"),
        ("廿三楼", "23楼"),
        ("一百二十号", "120号"),
        ("三零二室", "302室"),
        ("一二〇三房", "1203房"),
        ("五楼", "5楼"),
        ("5栋 501", "5栋501"),
        ("12 501", "12-501"),
        ("16——1", "16-1"),
        ("2一4-102", "2-4-102"),
        ("3～501", "3-501"),
        ("固戍\u200b一村\x00\t66号", "固戍一村66号"),
        ("66号🏠501", "66号501"),
        ("益田路【120栋29D 】", "益田路|120栋29D"),
        ("碧海花园(附近有超市)", "碧海花园"),
        ("铁路生活（Ａ）小区", "铁路生活A小区"),
        ("山庄（深圳）3栋", "山庄3栋"),
        ("皇御苑【二区14-1305】 (皇御苑（深圳）附近)", "皇御苑|二区14-1305"),
        ("66号之一101", "66-1号101"),
        ("77号附4号", "77-4号"),
        ("a座12d", "A座12D"),
        ("501 13800000000", "501"),
        ("①栋", "1栋"),
    ],
)
def test_one_spelling(written: str, meant: str) -> None:
    assert one(written) == meant


@pytest.mark.parametrize("kept", ["三门峡市", "乾安县", "坣岗社区", "八户村", "百花四路", "六约社区", "一村三巷"])
def test_names_keep_their_characters(kept: str) -> None:
    assert one(kept) == kept


@pytest.mark.parametrize("nothing", [None, "", "   ", "，。", "🏠", "\x00"])
def test_nothing_is_null(nothing: str | None) -> None:
    assert one(nothing) is None


def test_what_is_too_long_is_cut() -> None:
    assert len(one("村" * 2000) or "") == LONGEST


def test_works_as_an_expression_row_by_row() -> None:
    frame = pl.DataFrame({"a": ["Ａ１", None, "三栋"]}).select(normalise(pl.col("a")))
    assert frame["a"].to_list() == ["A1", None, "3栋"]


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="固戍一二三十百零号栋楼室村A1-05 （）【】，、旁边#之附", max_size=20))
def test_normalised_stays_normalised(text: str) -> None:
    once = one(text)
    assert once is None or one(once) == once


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=8))
def test_any_text_is_taken_and_rows_do_not_mix(texts: list[str]) -> None:
    together = normalise_series(pl.Series(texts, dtype=pl.String)).to_list()
    assert together == [one(text) for text in texts]
