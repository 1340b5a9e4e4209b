"""Numbers are evidence, not spelling: one digit wrong in a house, building or room number never leaves the match where
it was. Asked of more than 10,000 rooms of made districts, in several written forms.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from benchmarks.second_set.decide import Gazetteer
from benchmarks.second_set.districts import DISTRICTS
from benchmarks.second_set.housing import NUMERALS
from benchmarks.second_set.make import SecondSet, second_set
from benchmarks.second_set.said import Said, everything
from benchmarks.second_set.slips import full_width
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary

ROWS = 3_000  # of each district; one in five or so has no digit to change or would mean the same


def changed(run: str, rng: random.Random) -> str:
    """A run of digits with one digit changed, dropped, added or swapped with the next."""
    place = rng.randrange(len(run))
    other = rng.choice([digit for digit in "0123456789" if digit != run[place]])
    return rng.choice(
        [
            run[:place] + other + run[place + 1 :],
            run[:place] + run[place + 1 :],
            run[:place] + other + run[place:],
            run[:place] + run[place + 1 : place + 2] + run[place] + run[place + 2 :],
        ]
    )


def mutated(text: str, rng: random.Random) -> str | None:
    """One digit of `text` mutated; None where the number would be gone, the same, or the same with a zero before it."""
    runs = list(re.finditer(r"\d+", text))
    if not runs:
        return None
    run = rng.choice(runs)
    new = changed(run[0], rng)
    if not new or int(new) == int(run[0]) or (new.startswith("0") and not run[0].startswith("0")):
        return None
    return text[: run.start()] + new + text[run.end() :]


def dashed(said: Said) -> str:
    """3-2-501 where there is a plain number, the usual line elsewhere."""
    number = re.fullmatch(r"(.*巷|)(\d+|[A-Z])(?:栋|座|幢|号楼|楼|号)", said.number or "")
    if not number or not said.room or not said.estate:
        return said.line()
    entrance = re.sub(r"\D", "", said.entrance or "")
    parts = "-".join(part for part in (number[2], entrance, said.room) if part)
    return replace(said, number=number[1] + parts, entrance=None, room=None).line()


def spelt(said: Said) -> str:
    """The room in Chinese numerals."""
    if not said.room or not said.room.isdigit():
        return said.line()
    return replace(said, room="".join(NUMERALS[int(digit)] for digit in said.room), mark="室").line()


def other_marker(said: Said) -> str:
    """幢 for 栋, 座 or 号楼, and 栋 for 幢."""
    number = re.sub("(栋|座|幢|号楼|楼)$", lambda found: "幢" if found[0] != "幢" else "栋", said.number or "")
    return replace(said, number=number or None).line()


FORMS: list[Callable[[Said], str]] = [
    Said.line, dashed, spelt, other_marker, lambda said: full_width(said.line()), lambda said: said.line(" "),
]  # fmt: skip


def questions(made: SecondSet, rows: int, rng: random.Random) -> pl.DataFrame:
    """Mutated lines: address, part, old_unit, old_building and meant (the rooms the line now means, if any)."""
    gazetteer = Gazetteer(made.library.houses, DISTRICTS[made.district].former)
    asked = []
    while len(asked) < rows:
        position = rng.randrange(len(made.library.houses))
        house = made.library.houses[position]
        if not house.rooms:
            continue
        n = rng.randrange(len(house.rooms))
        said = everything(DISTRICTS[made.district], house, house.rooms[n], rng)
        said = said.without("province", "city") if rng.random() < 0.5 else said
        if said.estate and rng.random() < 0.5:  # else the plate says the house a second time
            said = said.without("road", "plate")
        part = rng.choice(["room", *(name for name in ("number", "plate") if getattr(said, name))])
        text = mutated(getattr(said, part) or "", rng)
        if text is None or gazetteer.units(said) != [(position, n)]:
            continue
        now = replace(said, **{part: text})
        means = gazetteer.units(now)
        if (position, n) in means:  # one of several houses of an estate, each with its plate: the name still means all
            assert part == "plate" and len(gazetteer.places(now)) > 1, now
            continue
        asked.append(
            {
                "address": rng.choice(FORMS)(now), "part": part, "old_unit": made.library.unit_code(position, n),
                "old_building": made.library.codes[position],
                "meant": [made.library.unit_code(place, room) for place, room in means],
            }
        )  # fmt: skip
    return pl.DataFrame(asked, schema_overrides={"meant": pl.List(pl.String)}).with_row_index("row")


@pytest.fixture(scope="module", params=list(DISTRICTS))
def answered(request: pytest.FixtureRequest) -> pl.DataFrame:
    made = second_set(request.param, seed=11, rows=0, buildings=800)
    asked = questions(made, ROWS, random.Random(request.param))
    answers = key_addresses(
        asked.select(pl.col("row").cast(pl.UInt32), "address"), AddressLibrary.from_frames(made.library.frames)
    )
    return asked.hstack(answers.select("unit_code", "building_code", "match_level", "match_method"))


def shown(wrong: pl.DataFrame) -> str:
    lines = wrong.head(20).iter_rows(named=True)
    return f"{wrong.height} wrong\n" + "\n".join(
        f"{line['address']} ({line['part']}, {line['match_method']})" for line in lines
    )


def test_a_mutated_number_never_stays_on_the_old_room(answered: pl.DataFrame) -> None:
    wrong = answered.filter(pl.col("unit_code") == pl.col("old_unit"))
    assert wrong.is_empty(), shown(wrong)


def test_a_mutated_house_number_never_stays_on_the_old_house(answered: pl.DataFrame) -> None:
    wrong = answered.filter((pl.col("part") != "room") & (pl.col("building_code") == pl.col("old_building")))
    assert wrong.is_empty(), shown(wrong)


def test_a_mutated_number_finds_what_it_says_or_nothing(answered: pl.DataFrame) -> None:
    wrong = answered.filter(pl.col("unit_code").is_not_null() & ~pl.col("unit_code").is_in(pl.col("meant")))
    assert wrong.is_empty(), shown(wrong)


def test_most_mutations_mean_nothing_and_some_mean_a_neighbour(answered: pl.DataFrame) -> None:
    """The question is a question: the library holds neighbours to fall for, and they are found."""
    has_neighbour = pl.col("meant").list.len() > 0
    found = answered.filter(has_neighbour)["unit_code"].is_not_null()
    assert answered.filter(has_neighbour).height > ROWS / 20
    assert found.mean() > 0.5
