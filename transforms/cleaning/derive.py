"""What stays of a person when the identifier goes: sex, birth year, school cohort; of a birth, its year."""

from __future__ import annotations

import polars as pl

from schemas.contract import Role
from transforms.cleaning.person_id import birth_dates, id_column
from transforms.cleaning.work import Work


def school_cohort(birth: pl.Expr) -> pl.Expr:
    """The year in which a school year of births begins: 2015-09-01 to 2016-08-31 are the cohort of 2015."""
    return birth.dt.year() - (birth.dt.month() < 9).cast(pl.Int32)


def derive_person(work: Work) -> Work:
    """`sex` (male, female), `birth_year`, `school_cohort` (Int32): from the identity number, else the columns."""
    ids = work.with_role(Role.PERSON_ID, Role.EMBEDDED_PERSON_ID)
    told_sex, told_birth = work.contract.column_of(Role.SEX), work.contract.column_of(Role.BIRTH_DATE)
    births: list[pl.Series] = []
    sexes: list[pl.Expr] = []
    if ids:
        number = work.frame[id_column(ids[0])]
        births.append(birth_dates(number))
        odd = number.str.slice(16, 1).cast(pl.Int32, strict=False) % 2 == 1
        sexes.append(pl.when(odd).then(pl.lit("male")).when(~odd).then(pl.lit("female")))
    if told_birth is not None:
        births.append(work.frame[told_birth.name])
    if told_sex is not None:
        sexes.append(pl.col(told_sex.name))
    if sexes:
        work = work.put(sex=pl.coalesce(sexes))
    if births:
        birth = pl.coalesce(births)
        work = work.put(birth_year=birth.dt.year().cast(pl.Int32), school_cohort=school_cohort(birth).cast(pl.Int32))
    return work


def keep_birth_years(work: Work) -> Work:
    """Where a row tells of a birth, the day of the event is an exact birth date: 20260302 becomes 2026****.

    Deaths keep their day. What reads the column as a day takes the earliest possible one, 1 January.
    """
    event = work.contract.column_of(Role.VITAL_EVENT)
    if event is None or event.name not in work.frame.columns:
        return work
    is_birth = (pl.col(event.name) == "birth").fill_null(False)
    for column in work.with_role(Role.EVENT_TIME, Role.VALID_FROM):
        told = pl.col(column.name)
        is_text = work.frame.schema[column.name] == pl.String
        year = told.str.slice(0, 4) + "****" if is_text else told.dt.truncate("1y")
        work = work.put(pl.when(is_birth).then(year).otherwise(told).alias(column.name))
    return work
