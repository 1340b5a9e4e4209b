"""Feeds that say where a person lives: police, education, civil affairs, housing, health."""

from __future__ import annotations

import numpy as np
import polars as pl

from synth.address_text import Style, write
from synth.calendar import to_yyyymmdd
from synth.draw import Draw, Ints, take
from synth.foreign_address import other_cities, strays
from synth.identifiers import fifteen
from synth.person import BIRTH, DEATH
from synth.place import FACTORY
from synth.versions import assemble, day_text, meaning, numbered, person_versions
from synth.world import World

POLICE = Style()
STUDENTS = Style(prefix=(8, 10, 6, 70, 2, 1, 1, 2), street=0.15, community=0.1, road=0.3, dashes=0.55, estate_short=0.3)
ELDERLY = Style(prefix=(2, 4, 10, 80, 1, 1, 1, 1), street=0.1, community=0.85, road=0.3, dashes=0.05, remark=0.04)
LEASES = Style(prefix=(10, 25, 15, 45, 2, 1, 1, 1), street=0.3, community=0.25, road=0.35, dashes=0.06)
HOUSEHOLD = Style(prefix=(40, 30, 20, 5, 2, 1, 1, 1), street=0.4, community=0.4, road=0.5, dashes=0.03, room=0.93)
GRADES = ["一年级", "二年级", "三年级", "四年级", "五年级", "六年级", "初一", "初二", "初三", "高一", "高二", "高三"]
HOSPITALS = ["宝安区人民医院", "宝安区妇幼保健院", "宝安区中心医院", "沙井人民医院", "石岩人民医院"]
ETHNICITIES = ["汉族", "壮族", "土家族", "苗族", "瑶族", "回族"]


def _text(values: pl.Series, rows: Ints) -> pl.Series:
    return values.gather(pl.Series(rows.astype(np.uint32)))


def _sex(world: World, person: Ints) -> pl.Series:
    return take(["女", "男"], world.people.is_male[person].astype(np.int64))


def _areas(world: World, unit: Ints, level: str, scheme: str) -> tuple[pl.Series, pl.Series]:
    """(code in a coding, name) of the street or community a unit lies in today."""
    at = world.unit["building"].to_numpy()[unit]
    community = world.building["community"].to_numpy()[at]
    frame = world.areas.community
    column = {"civil": "civil", "unified": "street_code", "statistics": "street_statistics"}[scheme]
    code = frame["statistics"] if level == "community" else frame[column]
    name = frame["community"] if level == "community" else frame["street"]
    return take(code, community), take(name, community)


def _addresses(world: World, unit: Ints, style: Style, draw: Draw, **share: float) -> tuple[pl.Series, pl.DataFrame]:
    address, named = write(world.unit, world.building, unit, style, draw)
    return strays(address, meaning(world.unit, world.building, unit, named), draw, **share)


def residents(world: World) -> pl.DataFrame:
    """police__residents: nine in ten who live here, late, and many who left; full addresses with much noise."""
    draw, people = world.draw("residents"), world.people
    members = np.flatnonzero(draw.chance(people.size, 0.88))
    told = person_versions(people, members, world.days, draw, never=0.12, lag=25)
    person, unit = told["person"], told["unit"]
    size = len(person)
    address, means = _addresses(world, unit, POLICE, draw)
    code, name = _areas(world, unit, "street", "civil")
    dormitory = people.kind[person] == FACTORY
    old_form = (people.birth[person] < -5000) & draw.chance(size, 0.02)
    numbers = _text(people.id_number, person)
    expires = day_text(world.days[0] + draw.integers(30, 700, size))
    permit = draw.generator.random(size)
    record = numbered("RK", person, 9)
    return assemble(
        {
            "registration_number": record,
            "full_name": _text(people.name, person),
            "id_number": pl.select(
                pl.when(pl.Series(old_form)).then(fifteen(pl.lit(numbers))).otherwise(numbers)
            ).to_series(),
            "sex": _sex(world, person),
            "ethnicity": draw.pick(ETHNICITIES, size, [90, 4, 2, 2, 1, 1]),
            "mobile": _text(people.phone, person),
            "street_code": code,
            "street_name": name,
            "address": address,
            "residence_kind": pl.select(
                pl.when(pl.Series(dormitory))
                .then(pl.lit("集体宿舍"))
                .otherwise(draw.pick(["租赁住房", "自有住房", "借住亲友", "其他"], size, [68, 22, 7, 3]))
            ).to_series(),
            "registered_on": day_text(told["since"]),
            "permit_expires_on": pl.select(
                pl.when(pl.Series(permit < 0.35))
                .then(None)
                .when(pl.Series(permit < 0.42))
                .then(pl.lit("长期"))
                .otherwise(expires)
            ).to_series(),
        },
        means,
        record,
        told["first"],
        told["last"],
    )


def students(world: World) -> pl.DataFrame:
    """education__students: children of school age, by estate and 3-2-501; schools seldom hear of a move."""
    draw, people = world.draw("students"), world.people
    september = to_yyyymmdd(people.birth) - 901
    year = world.dates[0].year - (world.dates[0].month < 9)
    cohort = year - 6 - (september // 10_000 + (september % 10_000 >= 0))
    grade = np.where((cohort >= 0) & (cohort < 12), cohort, -1)
    members = np.flatnonzero((grade >= 0) & draw.chance(people.size, 0.85))
    told = person_versions(people, members, world.days, draw, never=0.35, lag=60)
    person, unit = told["person"], told["unit"]
    size = len(person)
    address, means = _addresses(world, unit, STUDENTS, draw)
    code, name = _areas(world, unit, "street", "statistics")
    guardian = np.searchsorted(people.unit, people.unit[person])  # households stand together, the head first
    home = world.building["community"].to_numpy()[world.unit["building"].to_numpy()[people.unit[person]]]
    level = np.where(grade[person] < 6, 0, np.where(grade[person] < 9, 1, 2))
    school = pl.DataFrame(
        {
            "community": take(world.areas.community["community"], home),
            "level": take(["小学", "初级中学", "高级中学"], level),
        }
    )
    record = numbered("XJ", person, 9)
    return assemble(
        {
            "enrolment_number": record,
            "student_number": "G" + _text(people.id_number, person),
            "full_name": _text(people.name, person),
            "sex": _sex(world, person),
            "birth_date": day_text(people.birth[person]),
            "ethnicity": draw.pick(ETHNICITIES, size, [90, 4, 2, 2, 1, 1]),
            "native_place": draw.pick(["广东", "湖南", "湖北", "江西", "广西", "四川"], size),
            "school_code": pl.Series(3144030000 + home * 3 + level).cast(pl.String),
            "school_name": "深圳市宝安区" + school["community"].str.replace("社区$", "") + school["level"],
            "grade": take(GRADES, grade[person]),
            "guardian_name": _text(people.name, guardian),
            "guardian_mobile": _text(people.phone, guardian),
            "street_code": code,
            "street_name": name,
            "address": address,
            "enrolled_on": pl.Series(year - grade[person] % np.where(level == 0, 6, 3)).cast(pl.String) + "-09-01",
        },
        means,
        record,
        told["first"],
        told["last"],
    )


def elderly_subsidies(world: World) -> pl.DataFrame:
    """civil_affairs__elderly_subsidies: from seventy on; the permit number is the ID and a suffix; dates half known."""
    draw, people = world.draw("elderly"), world.people
    age = (world.days[0] - people.birth) * 4 // 1461
    members = np.flatnonzero((age >= 70) & draw.chance(people.size, 0.9))
    told = person_versions(people, members, world.days, draw, never=0.2, lag=40)
    person, unit = told["person"], told["unit"]
    size = len(person)
    address, means = _addresses(world, unit, ELDERLY, draw)
    code, name = _areas(world, unit, "community", "statistics")
    tier = np.clip(age[person] // 10 - 7, 0, 3)
    started = day_text(people.birth[person] + 70 * 365 + 18 + draw.integers(0, 300, size), "%Y%m%d")
    started = pl.select(pl.lit(started).str.slice(0, 6) + "**").to_series()
    kept = draw.one_of(size, [70, 20, 5, 3, 2])
    start = pl.select(
        pl.when(pl.Series(kept == 1))
        .then(pl.lit(started).str.slice(0, 4) + "****")
        .when(pl.Series(kept == 2))
        .then(pl.lit(started).str.slice(0, 3) + "*****")
        .when(pl.Series(kept == 3))
        .then(pl.lit("20******"))
        .when(pl.Series(kept == 4))
        .then(pl.lit("********"))
        .otherwise(started)
    ).to_series()
    start = pl.select(
        pl.when(pl.lit(start) > f"{world.dates[0]:%Y%m}**").then(pl.lit("202601**")).otherwise(start)
    ).to_series()
    record = numbered("LN", person, 8)
    return assemble(
        {
            "subsidy_number": record,
            "full_name": _text(people.name, person),
            "permit_number": _text(people.id_number, person) + draw.pick(["A1", "B1", "B2"], size),
            "sex": _sex(world, person),
            "disability_category": draw.pick(["", "肢体", "听力", "视力"], size, [88, 6, 4, 2]).replace("", None),
            "mobile": _text(people.phone, person),
            "community_code": code,
            "community_name": name,
            "address": address,
            "grade": take(["70—79周岁", "80—89周岁", "90—99周岁", "100周岁及以上"], tier),
            "monthly_yuan": take(["200", "300", "500", "1000"], tier),
            "started_in": start,
        },
        means,
        record,
        told["first"],
        told["last"],
    )


def leases(world: World) -> pl.DataFrame:
    """housing__leases: one adult of a rented flat; a new contract after a move, corrections under the old number."""
    draw, people = world.draw("leases"), world.people
    head = np.r_[True, people.unit[1:] != people.unit[:-1]]
    adult = people.birth < world.days[0] - 20 * 365
    members = np.flatnonzero(head & adult & (people.kind != FACTORY) & draw.chance(people.size, 0.5))
    told = person_versions(people, members, world.days, draw, never=0.3, lag=20, corrected=0.01)
    person, unit, since = told["person"], told["unit"], told["since"]
    size = len(person)
    address, means = _addresses(world, unit, LEASES, draw)
    code, name = _areas(world, unit, "street", "unified")
    contract = person * 2 + (since == people.changed[person])
    years = np.where(draw.chance(size, 0.7), 365, 730) * (1 + np.maximum(0, world.days[0] - since) // 365)
    area = world.unit["area_m2"].to_numpy()[unit]
    record = numbered("ZL", contract, 9)
    landlord = draw.integers(0, people.size - 1, size)
    return assemble(
        {
            "lease_number": record,
            "tenant_name": _text(people.name, person),
            "tenant_id": _text(people.id_number, person),
            "tenant_phone": _text(people.phone, person),
            "landlord_name": _text(people.name, landlord),
            "street_code": code,
            "street_name": name,
            "address": address,
            "area_m2": pl.Series(area).cast(pl.String),
            "rent_yuan": pl.Series((area * 38 + draw.integers(0, 20, size) * 50).astype(np.int64)).cast(pl.String),
            "occupants": pl.Series(draw.integers(1, 5, size)).cast(pl.String),
            "starts_on": day_text(since, "%Y%m%d"),
            "ends_on": pl.select(
                pl.when(pl.Series(draw.chance(size, 0.02)))
                .then(pl.lit("长期"))
                .otherwise(day_text(since + years, "%Y%m%d"))
            ).to_series(),
        },
        means,
        record,
        told["first"],
        told["last"],
    )


def births_deaths(world: World) -> pl.DataFrame:
    """health__births_deaths: certificates as they are issued; the household's address, often in another province."""
    draw, people = world.draw("births_deaths"), world.people
    person = np.flatnonzero(np.isin(people.change, [BIRTH, DEATH]))
    size = len(person)
    told = people.changed[person] + draw.integers(0, 12, size)
    first = np.searchsorted(world.days, told).astype(np.int64)
    kept = first < len(world.days)
    person, first = person[kept], first[kept]
    size = len(person)
    unit = people.unit[person]
    address, named = write(world.unit, world.building, unit, HOUSEHOLD, draw)
    means = meaning(world.unit, world.building, unit, named)
    away = ~people.is_registered_here[person] & draw.chance(size, 0.5)
    address = address.scatter(np.flatnonzero(away), other_cities(int(away.sum()), draw)) if away.any() else address
    lost = pl.Series(away)
    means = means.with_columns(
        _unit=pl.when(~lost).then("_unit"),
        _building=pl.when(~lost).then("_building"),
        _level=pl.when(lost).then(pl.lit("outside")).otherwise("_level"),
    )
    is_birth = people.change[person] == BIRTH
    record = pl.select(
        pl.when(pl.Series(is_birth)).then(numbered("CS", person, 9)).otherwise(numbered("SW", person, 9))
    ).to_series()
    return assemble(
        {
            "certificate_number": record,
            "event_kind": take(["死亡", "出生"], is_birth.astype(np.int64)),
            "full_name": _text(people.name, person),
            "id_number": _text(people.id_number, person),
            "sex": _sex(world, person),
            "happened_on": day_text(people.changed[person]),
            "address": address,
            "institution": draw.pick(HOSPITALS, size),
            "cause": take(["疾病", ""], is_birth.astype(np.int64)).replace("", None),
        },
        means,
        record,
        first,
        first + 1,
    )
