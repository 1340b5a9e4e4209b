from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import ric as id_oracle
from stdnum.cn import uscc as oracle

from expectations.release import IDENTIFIER
from tests.cleaning.tidy import cleaned, feed_of
from transforms.cleaning.numbers_hidden import scrubbed_text, scrubbed_texts
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


@settings(deadline=None)
@given(st.from_regex(IDENTIFIER, alphabet="0123456789Xx一A. -"))
def test_nothing_is_left_that_a_release_is_refused_for(text: str) -> None:
    left = pl.DataFrame({"text": [text]}).select(scrubbed(pl.col("text")))
    assert not left.select(pl.col("text").str.contains(IDENTIFIER)).item()


def test_a_permit_number_with_a_thirteenth_month_is_scrubbed_and_as_a_key_a_token() -> None:
    feed = feed_of({"name": "permit"})
    result = cleaned(
        feed, {"permit": ["440306202413150101", "某证〔2024〕13号"], "number": ["440306202413150101", "N2"]}
    )
    assert result.rows["permit"].to_list() == ["***", "某证〔2024〕13号"]
    assert not result.rows.select(pl.col("number", "record_id").str.contains("440306")).row(0)[0]


def test_looking_for_numbers_leaves_the_callers_column_alone() -> None:
    given = pl.Series("text", ["13800138000", "某路"])
    assert scrubbed_texts(given).to_list() == ["***", "某路"]
    assert given.to_list() == ["13800138000", "某路"]


def _digits_in_forms(count: int) -> list[str]:
    """Texts that hold numbers of every form, spaced, joined, cut short and in company, and many that hold none."""
    draw = random.Random(7)

    def digits(size: int) -> str:
        return "".join(draw.choices("0123456789", k=size))

    def identity() -> str:
        place, year = draw.choice(["440306", "110101", "830000", "990101"]), draw.choice(["1990", "2015", "1850"])
        seventeen = place + year + draw.choice(["0307", "1231", "1301", "0200"]) + digits(3)
        return seventeen + id_oracle.calc_check_digit(seventeen)

    def spaced(number: str) -> str:
        gap = draw.choice(["", "", " ", "-", "·", "\u2013", "　"])
        at = draw.choice([3, 4, 6, 7])
        return number[:at] + gap + number[at:14] + draw.choice(["", gap]) + number[14:]

    made = (
        identity,
        lambda: identity()[: draw.choice([15, 17])],
        lambda: "1" + draw.choice("23589") + digits(draw.choice([8, 9, 9, 20])),
        lambda: "13" + digits(9) + "15" + digits(9),
        lambda: draw.choice(["+86", "0086", "(86)"]) + "13" + digits(9),
        lambda: "0" + draw.choice(["755", "20"]) + draw.choice(["-", " ", ")"]) + digits(8),
        lambda: "4403" + digits(draw.choice([15, 21])),
        lambda: "03" + digits(14),
        lambda: digits(draw.choice([10, 15, 18, 24])),
    )
    around = ["", "", "号", "x", "X", "7", "某路", " "]
    return [
        "".join(draw.choice(around) + spaced(draw.choice(made)()) for _ in range(draw.choice([1, 1, 2])))
        + draw.choice(around)
        for _ in range(count)
    ]


def test_a_column_is_scrubbed_as_its_texts_are_one_by_one() -> None:
    texts = _digits_in_forms(20_000)
    one_by_one = [scrubbed_text(text) for text in texts]
    assert scrubbed_texts(pl.Series(texts)).to_list() == one_by_one
    share = sum(text != left for text, left in zip(texts, one_by_one, strict=True)) / len(texts)
    assert 0.15 < share < 0.85  # both kinds are there


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


def identity(seventeen: str) -> str:
    return seventeen + id_oracle.calc_check_digit(seventeen + "0")  # it looks at the first 17


NUMBER = identity("44030619900307123")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"证{NUMBER[:6]} {NUMBER[6:14]} {NUMBER[14:]}。", "证***。"),
        (f"{NUMBER[:6]}-{NUMBER[6:14]}-{NUMBER[14:]}", "***"),
        (f"{NUMBER[:3]} {NUMBER[3:9]}.{NUMBER[9:]}", "***"),
        (f"7{NUMBER}", "7***"),
        (f"{NUMBER}5", "***5"),
        (f"2026{NUMBER}001", "2026***001"),
        (f"{NUMBER}13800138000", "******"),
        (f"{NUMBER}{NUMBER}", "******"),
        ("138 001 38000", "***"),
        ("138.0013.8000", "***"),
        ("138-001-38000转", "***转"),
        ("+86 138 0013 8000", "***"),
        ("(+86)13800138000", "***"),
        ("008613800138000", "***"),
        ("1380013800013900139000", "***"),
        ("0755 2778 8888", "***"),
    ],
)
def test_spaced_and_glued_numbers_leave_texts(text: str, left: str) -> None:
    assert pl.select(scrubbed(pl.lit(text))).item() == left


part = st.integers(1, 1299).map(str)
address = st.one_of(
    st.tuples(part, part, part).map(lambda p: f"某路{p[0]}号{p[1]}栋{p[2]}"),
    st.tuples(st.integers(1, 99).map(str), st.integers(1, 9).map(str), part).map("-".join),
    st.tuples(part, part, part).map(lambda p: f"{p[0]}巷 {p[1]}号 {p[2]}"),
)
unit_code = st.tuples(
    st.sampled_from(["440306", "440304"]), st.integers(1, 99), st.integers(1, 999), st.integers(1, 99),
    st.integers(1, 99999), st.integers(0, 999999),
).map(lambda p: f"{p[0]}{p[1]:03}{p[2]:03}{p[3]:02}{p[4]:05}{p[5]:06}")  # fmt: skip


@given(address, unit_code)
def test_no_address_and_no_code_is_touched(written: str, code: str) -> None:
    texts = [written, code, code[:19], f"{code} {written}", f"{written} {code[:19]}", f"{code[:19]}******"]
    assert pl.Series(texts).to_frame("t").select(scrubbed(pl.col("t"))).to_series().to_list() == texts


def test_every_text_that_stays_is_scrubbed_whatever_its_role() -> None:
    feed = feed_of({"name": "task", "role": "task_id"}, {"name": "area", "role": "area_code"}, {"name": "other"})
    rows = cleaned(feed, {"task": [f"a{NUMBER}"], "area": [NUMBER], "other": ["13800138000"]}).rows
    assert rows.select("task", "area", "other").row(0) == ("a***", "***", "***")


def test_the_cells_it_hid_numbers_in_are_counted() -> None:
    feed = feed_of({"name": "remark"}, {"name": "other"})
    texts = {"remark": ["联系13800138000", "门卫", None], "other": ["13900139000 13800138000", "0755-27788888", "甲"]}
    assert cleaned(feed, texts).hidden == 3
    assert cleaned(feed, {"remark": ["门卫"], "other": [None]}).hidden == 0
