from __future__ import annotations

import polars as pl
import pytest
from stdnum.cn import uscc as oracle

from tests.cleaning.tidy import cleaned, feed_of
from transforms.cleaning.scrub import scrubbed


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("联系13800138000张", "联系***张"),
        ("13800138000", "***"),
        ("电138 0013 8000，或139-0013-8000", "电***，或***"),
        ("13800138000 13900139000", "*** ***"),
        ("+8613800138000", "***"),
        ("0755-27788888转", "***转"),
        ("证440306199003071234。", "证***。"),
        ("44030619900307123x", "***"),
        ("旧证440306900307123止", "旧证***止"),
    ],
)
def test_numbers_leave_texts(text: str, left: str) -> None:
    assert pl.select(scrubbed(pl.lit(text))).item() == left


@pytest.mark.parametrize(
    "text",
    [
        "4403060100021300483",
        "4403060100021300483000001",
        "某路138号0013室",
        "一区12号501",
        "3-2-501",
        "2026-03-02",
        "1380013800",
    ],
)
def test_codes_and_addresses_stay(text: str) -> None:
    assert pl.select(scrubbed(pl.lit(text))).item() == text


PEOPLE = [
    {"name": "full_name", "role": "person_name"},
    {"name": "address", "role": "address_text"},
    {"name": "employer", "role": None},
]


def test_the_rows_own_name_leaves_its_other_texts() -> None:
    feed = feed_of(*[{k: v for k, v in column.items() if v} for column in PEOPLE])
    result = cleaned(
        feed,
        {
            "full_name": ["欧阳青山", "李雷", "安乐", None, "王"],
            "address": ["某路1号欧阳青山家", "某村欧阳青山", "安乐社区安乐路3号", "欧阳青山", "王家庄"],
            "employer": ["欧阳青山五金", "无关", "安乐商行", "x", "王记"],
        },
    ).rows
    assert result["address"].to_list() == ["某路1号***家", "某村欧阳青山", "安乐社区安乐路3号", "欧阳青山", "王家庄"]
    assert result["employer"].to_list() == ["***五金", "无关", "***商行", "x", "王记"]
    assert "full_name" not in result.columns
    assert result["full_name_token"].is_null().to_list() == [False, False, False, True, False]


def code(prefix: str) -> str:
    seventeen = f"{prefix}440306MA5ABCDE1"
    return seventeen + oracle.calc_check_digit(seventeen)


def test_sole_traders_have_no_name() -> None:
    feed = feed_of(
        {"name": "name", "role": "organisation_name"},
        {"name": "kind", "role": "entity_type", "code_list": "entity_type"},
        {"name": "address", "role": "address_text"},
    )
    result = cleaned(
        feed,
        {
            "name": ["青山五金店", "青山五金有限公司"],
            "kind": ["个体工商户", "企业"],
            "address": ["某路1号青山五金店", "某路1号青山五金有限公司"],
        },
    ).rows
    assert result["name"].to_list() == [None, "青山五金有限公司"]
    assert result["address"].to_list() == ["某路1号***", "某路1号青山五金有限公司"]


def test_sole_traders_by_code_and_without_any() -> None:
    feed = feed_of({"name": "name", "role": "organisation_name"}, {"name": "uscc", "role": "uscc"})
    result = cleaned(
        feed,
        {"name": ["青山小吃", "青山小吃", "青山小吃", "青山小学"], "uscc": [code("92"), code("91"), None, None]},
    ).rows
    assert result["name"].to_list() == [None, "青山小吃", None, "青山小学"]


def test_excluded_columns_and_free_text_are_gone() -> None:
    feed = feed_of(
        {"name": "remark", "role": "free_text"}, {"name": "faith", "classification": "excluded"}, {"name": "kept"}
    )
    result = cleaned(feed, {"remark": ["甲在家"], "faith": ["x"], "kept": ["y"]})
    assert result.rows.columns == ["file_name", "row_number", "record_id", "number", "kept"]
