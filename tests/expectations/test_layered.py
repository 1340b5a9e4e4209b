"""Of a table in layers what is new is counted; the release is held back exactly where counting all of it says so."""

from __future__ import annotations

import random

import polars as pl
import pytest

from expectations.layered import Layered
from expectations.release import count_ahead, judge_release
from expectations.remembered import Remembered
from schemas.table import table_of
from tests.expectations.test_release import MADE_ID_NUMBER
from tests.expectations.test_tables import BUILDING, SOUND_BUILDING

PLACES = [f"{BUILDING[:-1]}{number}" for number in range(1, 7)]
TABLES = ("population.person", "population.residence", "address.building")


def table(name: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    return table_of(name).conform(pl.DataFrame(rows, schema=table_of(name).polars_schema()))


class Town:
    """Persons, where they live, and the buildings there, each as rows that stand, rows hidden, and news."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        people, homes = ([(f"p{number}", PLACES[number % 5]) for number in range(8)] for _ in range(2))
        self.base = {
            "population.person": table(
                "population.person", [{"person_key": key, "status": "living"} for key, _ in people]
            ),
            "population.residence": table(
                "population.residence", [{"person_key": key, "building_code": place} for key, place in homes]
            ),
            "address.building": table(
                "address.building", [SOUND_BUILDING | {"building_code": place} for place in PLACES]
            ),
        }
        self.hidden = {name: set[int]() for name in TABLES}
        self.news = {name: frame.head(0) for name, frame in self.base.items()}

    def change(self) -> None:
        """Rows are replaced, dropped or added: sometimes by what no release may hold."""
        for name in self.chance.sample(TABLES, 1):
            base = self.base[name]
            row = self.chance.randrange(base.height)
            if self.chance.random() < 0.92:
                self.hidden[name].add(row)
            told = base.slice(row, 1).to_dicts()[0]
            kind = self.chance.random()
            if kind < 0.05:
                continue
            if kind < 0.15:
                told[table_of(name).grain[0]] = None
            elif kind < 0.3:
                told[table_of(name).grain[0]] = f"{PLACES[5]}" if name == "address.building" else "p99"
            elif kind < 0.4 and "building_code" in told:
                told["building_code"] = "nowhere"
            elif kind < 0.5 and "name" in told:
                told["name"] = f"房东{MADE_ID_NUMBER}"
            self.news[name] = pl.concat([self.news[name], table(name, [told])])

    def standing(self, name: str) -> pl.DataFrame:
        rows = self.base[name].with_row_index("row")
        return rows.filter(~pl.col("row").is_in(list(self.hidden[name]))).drop("row")

    def gone(self, name: str) -> pl.DataFrame:
        rows = self.base[name].with_row_index("row")
        return rows.filter(pl.col("row").is_in(list(self.hidden[name]))).drop("row")

    def frames(self) -> dict[str, pl.LazyFrame]:
        return {name: pl.concat([self.standing(name), self.news[name]]).lazy() for name in TABLES}

    def layered(self) -> dict[str, Layered]:
        return {
            name: Layered("base", self.standing(name).lazy(), self.gone(name).lazy(), self.news[name].lazy())
            for name in TABLES
            if self.hidden[name] or self.news[name].height
        }


@pytest.mark.parametrize("seed", range(40))
def test_what_is_new_is_judged_as_all_of_it_would_be(seed: int) -> None:
    town = Town(random.Random(seed))
    first = Remembered()
    contents = dict.fromkeys(TABLES, "base")
    assert judge_release(town.frames(), remembered=first, contents=contents).passed
    for _ in range(town.chance.randrange(1, 4)):
        town.change()
    layered = town.layered()
    contents |= dict.fromkeys(layered, "changed")
    expected = judge_release(town.frames())
    again = Remembered.of(first.sound)
    found = judge_release(town.frames(), remembered=again, contents=contents, layered=layered)
    assert (found.passed, found.reason) == (expected.passed, expected.reason)
    assert found.results.equals(expected.results)
    ahead = Remembered.of(first.sound)
    some = {name: frame for name, frame in town.frames().items() if name != "population.residence"}
    count_ahead(
        some, sample=lambda name: town.frames()[name].collect(), remembered=ahead, contents=contents, layered=layered
    )
    known = Remembered.of(first.sound).with_known(ahead)
    found = judge_release(town.frames(), remembered=known, contents=contents, layered=layered)
    assert found.results.equals(expected.results)
    assert known.sound.equals(again.sound)
    if found.passed:
        third = Remembered.of(again.sound)
        third.asks = lambda *given: pytest.fail("everything was known")
        assert judge_release(town.frames(), remembered=third, contents=contents, layered=layered).passed


def test_chance_breaks_some_and_leaves_others_sound() -> None:
    passed = []
    for seed in range(40):
        town = Town(random.Random(seed))
        for _ in range(town.chance.randrange(1, 4)):
            town.change()
        passed.append(judge_release(town.frames()).passed)
    assert 8 < sum(passed) < 32


def test_a_base_nobody_judged_is_counted_with_the_news() -> None:
    town = Town(random.Random(1))
    town.base["population.residence"] = pl.concat([town.base["population.residence"].head(1)] * 2)
    town.news["population.person"] = table("population.person", [{"person_key": "p50", "status": "living"}])
    given = {"contents": dict.fromkeys(TABLES, "now"), "layered": town.layered()}
    assert not judge_release(town.frames(), remembered=Remembered(), **given).passed
