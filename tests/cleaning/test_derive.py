from __future__ import annotations

import polars as pl
from stdnum.cn import ric

from schemas.contract import contract_of
from tests.cleaning.tidy import DAY, KEYS, cleaned, feed_of
from transforms.cleaning.clean import clean


def number(first_seventeen: str) -> str:
    return first_seventeen + ric.calc_check_digit(first_seventeen + "0")


def test_sex_birth_year_and_cohort_from_the_number() -> None:
    people = [number("44030620150831123"), number("44030620150901124")]
    rows = cleaned(feed_of({"name": "id_number", "role": "person_id"}), {"id_number": people}).rows
    assert rows.select("sex", "birth_year", "school_cohort").rows() == [("male", 2015, 2014), ("female", 2015, 2015)]


def test_columns_fill_what_the_number_does_not_say() -> None:
    feed = feed_of(
        {"name": "id_number", "role": "person_id"},
        {"name": "gender", "role": "sex", "code_list": "sex"},
        {"name": "born_on", "type": "date", "role": "birth_date"},
    )
    rows = cleaned(
        feed,
        {
            "id_number": [None, number("44030620150831123")],
            "gender": ["女", "女"],
            "born_on": ["2016-08-31", "2010-01-01"],
        },
    ).rows
    assert rows.select("sex", "birth_year", "school_cohort").rows() == [("female", 2016, 2015), ("male", 2015, 2014)]
    assert not {"born_on", "gender", "id_number"} & set(rows.columns)


def test_of_a_birth_only_the_year_is_kept() -> None:
    feed = feed_of(
        {"name": "kind", "role": "vital_event", "code_list": "vital_event"},
        {"name": "happened_on", "role": "event_time", "type": "date", "masked": True},
    )
    told = ["2026-03-01", "2026/3/1", "46082", "2026-03-01 10:30:00", "202603**"]
    rows = cleaned(feed, {"kind": ["出生"] * 5 + ["死亡"] * 5, "happened_on": told * 2}).rows
    assert rows["happened_on"].to_list() == ["2026****"] * 5 + ["20260301"] * 4 + ["202603**"]


def test_the_birth_register_keeps_no_birth_date() -> None:
    feed = contract_of("health__births_deaths")
    given = {
        "certificate_number": "CS000000001",
        "event_kind": "出生",
        "full_name": "甲一",
        "id_number": number("44030620260227123"),
        "sex": "男",
        "happened_on": "2026-02-27",
        "address": "浪口村12号",
        "institution": "区人民医院",
    }
    rows = pl.DataFrame({"file_name": ["a.xlsx"], "row_number": [2], **{name: [text] for name, text in given.items()}})
    made = clean(rows, feed, DAY, KEYS).rows
    assert made.select("happened_on", "birth_year").rows() == [("2026****", 2026)]
    assert not {"20260227", "2026-02-27", "2026-02-27 00:00:00"} & {str(cell) for cell in made.row(0)}
