"""What a measure counts on from what moved is what it counts whole; every declared measure is held to that."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from schemas.contract import load_contracts
from schemas.measure import BATCH, Measure, load_measures
from transforms.lake.layers import Groups, Moved
from transforms.packing.added import added, is_added
from transforms.packing.beside import put_together, side_by_side
from transforms.packing.kept import marks_of
from transforms.packing.measured import columns_read, measured
from transforms.publish import declared_tables

TODAY = date(2026, 3, 4)
BATCHES = pl.DataFrame({"delivered_on": [TODAY, TODAY - timedelta(days=1)], "status": ["loaded", "loaded"]})
ADDED = [measure for measure in load_measures().values() if measure.together is not None]
TABLES = sorted({table for measure in ADDED for table in measure.counts})
DECLARED = declared_tables(load_contracts())
SEEDS = range(3)
BUILDINGS, GRIDS = ["440306001001010000A", "440306001001010000B", None], ["44030600100101", None]


def rows(table: str, number: int, chance: random.Random) -> pl.DataFrame:
    """Rows made by chance, in the columns measures read: texts they ask for and others, years and days about theirs."""
    said = {text for one in ADDED if table in one.reads for text in re.findall(r"'([^']*)'", one.sql)}
    schema = DECLARED[table].polars_schema()
    keys = ["building_code", "unit_code", "person_key", "organisation_key"]
    read = {*columns_read(ADDED, table, schema), *keys}
    columns = sorted((name for name in schema if name in read), key="building_code".__ne__)
    made = [_row({name: schema[name] for name in columns}, sorted(said), chance) for _ in range(number)]
    return pl.DataFrame(made, schema={name: schema[name] for name in columns}, orient="row")


def _row(schema: dict[str, pl.DataType], said: Sequence[str], chance: random.Random) -> dict[str, object]:
    row: dict[str, object] = {}
    days = [TODAY - timedelta(days=chance.choice((0, 1, 30, 364, 366, 800))) for _ in range(2)]
    for name, dtype in schema.items():
        if name == "building_code":
            row[name] = chance.choice(BUILDINGS)
        elif name in ("area_code", "grid_code"):
            row[name] = chance.choice(GRIDS)
        elif name in ("person_key", "organisation_key"):
            row[name] = chance.choice("abcdefgh")
        elif name in ("unit_code", "room"):
            number = chance.randint(0, 40)
            row[name] = f"{row['building_code']}{number}" if number and row["building_code"] else None
        elif dtype == pl.String:
            row[name] = chance.choice([*said, *said, f"{days[0]:%Y%m%d}", "other", None])
        elif dtype == pl.Boolean:
            row[name] = chance.choice((True, False, None))
        elif dtype == pl.Date:
            row[name] = chance.choice((*days, TODAY + timedelta(days=1), None))
        elif isinstance(dtype, pl.Datetime):
            row[name] = chance.choice((datetime(2026, 3, 3, 10), datetime(2026, 3, 3, 11), None))
        else:
            years_old = chance.choice((0, 5, 6, 7, 8, 15, 16, 59, 60, 79, 80))
            row[name] = chance.choice((TODAY.year - years_old, None)) if dtype.is_integer() else chance.random()
    return row


def moving(table: str, chance: random.Random) -> Moved:
    """Rows that stayed, went and came; some of those that came are among those that went."""
    gone, came = rows(table, chance.randint(0, 40), chance), rows(table, chance.randint(0, 40), chance)
    again = rows(table, chance.randint(0, 5), chance)
    parts = (rows(table, 150, chance), pl.concat([gone, again]), pl.concat([again, came]))
    return Moved(*(part.lazy() for part in parts))


def whole(tables: dict[str, Moved], side: str, measures: Sequence[Measure]) -> dict[str, pl.DataFrame]:
    frames = {name: pl.concat([one.stayed, getattr(one, side)]).collect() for name, one in tables.items()}
    return measured({**frames, BATCH: BATCHES}, measures)


def numbers(values: pl.DataFrame, measure: str = "value") -> dict[tuple[str | None, str | None], float]:
    rows = values.select("building_code", "area_code", measure).rows()
    return {(building, area): value for building, area, value in rows if value}


def counted_on(measures: Sequence[Measure], tables: dict[str, Moved], honest: Sequence[Measure]) -> pl.DataFrame:
    """From what the measures said, as `honest` ones count it, by what moved."""
    return put_together(side_by_side(whole(tables, "gone", honest)), added(measures, tables, BATCHES))


def test_every_declared_measure_counts_on_to_what_it_counts_whole() -> None:
    counted: set[str] = set()
    for seed in SEEDS:
        chance = random.Random(seed)
        tables = {name: moving(name, chance) for name in TABLES}
        assert all(is_added(measure, tables) for measure in ADDED)
        found = counted_on(ADDED, tables, ADDED)
        for name, expected in whole(tables, "came", ADDED).items():
            assert numbers(found, name) == numbers(expected), f"{name}, seed {seed}"
            counted |= {name} if expected.height else set()
    assert counted == {measure.id for measure in ADDED}, "a measure that counts nothing shows nothing"


@pytest.mark.parametrize("name", ["occupied_units", "elderly_alone", "insured_workers", "organisations_registered"])
def test_a_measure_that_says_its_rows_count_alone_though_they_do_not_is_found_out(name: str) -> None:
    one = load_measures()[name]
    wrong = one.model_copy(update={"together": []})

    def agrees(seed: int) -> bool:
        tables = {table: moving(table, random.Random(seed)) for table in one.counts}
        found = counted_on([wrong], tables, [one])
        return numbers(found, name) == numbers(whole(tables, "came", [one])[name])

    assert not all(agrees(seed) for seed in range(40))


@pytest.mark.parametrize("column", ["person_key", "organisation_key"])
def test_groups_that_were_at_hand_are_not_looked_for(column: str) -> None:
    measures = [measure for measure in ADDED if measure.together == [column]]
    chance = random.Random(column)
    tables = {name: moving(name, chance) for name in sorted({table for one in measures for table in one.counts})}
    told = whole(tables, "came", measures)
    keys = pl.concat([one.gone.select(column) for one in tables.values()] + [one.came for one in tables.values()],
                     how="diagonal").select(column).unique().collect()[column]  # fmt: skip

    def at_hand(one: Moved) -> Moved:
        sides = (
            pl.concat([one.stayed, side]).filter(pl.col(column).is_in(keys.implode())) for side in (one.gone, one.came)
        )
        return replace(one, stayed=one.stayed.clear(), groups=Groups(column, keys, *(side.collect() for side in sides)))

    more = added(measures, {name: at_hand(one) for name, one in tables.items()}, BATCHES)
    found = put_together(side_by_side(whole(tables, "gone", measures)), more)
    for name, expected in told.items():
        assert numbers(found, name) == numbers(expected), name


def test_a_measure_is_counted_on_only_where_all_it_counts_can_be() -> None:
    chance = random.Random(1)
    measures = load_measures()
    tables = {name: moving(name, chance) for name in ("population.residence", "record.water__accounts")}
    assert is_added(measures["residents"], tables)
    assert not is_added(measures["insured_residents"], tables), "nobody tells how claims moved"
    assert not is_added(measures["units"], tables), "it does not say that it adds up"
    by_room = measures["water_accounts"].model_copy(update={"together": ["room_in_words"]})
    assert not is_added(by_room, tables), "the table has no such column"


def test_what_a_measure_takes_of_the_day_is_part_of_what_its_values_follow_from() -> None:
    measures = load_measures()
    three = [measures[name] for name in ("residents", "elderly_60", "births_12_months")]
    contents = {"population.residence": "as it is", "record.health__births_deaths": "as it is"}
    march, later, april = (marks_of(three, contents, day) for day in (TODAY, date(2026, 3, 31), date(2026, 4, 1)))
    assert [name for name in march if march[name] == later[name]] == ["residents", "elderly_60"]
    assert [name for name in march if march[name] == april[name]] == ["residents"]
    alone = measures["residents"].model_copy(update={"together": None})
    assert marks_of([alone], contents, TODAY) != {"residents": march["residents"]}
