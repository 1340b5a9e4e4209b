from __future__ import annotations

from stdnum.cn import ric

from tests.cleaning.tidy import cleaned, feed_of


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
