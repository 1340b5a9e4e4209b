"""The whole set from a seed: a library, and rows with their truth in three classes.

ordinary: other forms of what is right (other markers, widths, characters, areas left out or said twice). hard: names
shortened, misspelt, former; wrong areas; villages written short; two defects; remarks. nothing: means no room of the
library. A row of the first two classes is kept only where a careful person with the library could decide.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl

from benchmarks.second_set.decide import Gazetteer
from benchmarks.second_set.districts import DISTRICTS
from benchmarks.second_set.hard import HARD
from benchmarks.second_set.housing import houses_of
from benchmarks.second_set.library import MadeLibrary, library_of
from benchmarks.second_set.nothing import NOTHING
from benchmarks.second_set.ordinary import ORDINARY, Scene

SHARES = {"ordinary": 0.45, "hard": 0.35, "nothing": 0.20}
KINDS: dict[str, dict[str, Callable[[Scene], Any]]] = {"ordinary": ORDINARY, "hard": HARD, "nothing": NOTHING}


@dataclass(frozen=True)
class SecondSet:
    """A library and its rows: row (UInt32), address, class, kind, housing, street, truth_level, unit_code,
    building_code. unit_code is null where no room is meant; building_code is the house the line was written of.
    """

    district: str
    library: MadeLibrary
    rows: pl.DataFrame


def second_set(district: str, *, seed: int, rows: int, buildings: int) -> SecondSet:
    """About `rows` addresses of one district; the same seed gives the same set."""
    place = DISTRICTS[district]
    rng = random.Random(f"{district} {seed}")
    library = library_of(place, houses_of(place, buildings, rng))
    gazetteer = Gazetteer(library.houses, place.former)
    roomy = [position for position, house in enumerate(library.houses) if house.rooms]
    by_housing: dict[str, list[int]] = {}
    for position in range(len(library.houses)):
        by_housing.setdefault(library.houses[position].housing, []).append(position)
    housings = [kind for kind in by_housing if kind != "rural"]
    made: list[dict[str, Any]] = []
    for group, share in SHARES.items():
        kinds = KINDS[group]
        each = max(1, round(rows * share / len(kinds)))
        for name, kind in kinds.items():
            done = 0
            for _ in range(each * 30):
                if done == each:
                    break
                position = rng.choice(roomy) if rng.random() < 0.7 else rng.choice(by_housing[rng.choice(housings)])
                house = library.houses[position]
                number = rng.randrange(len(house.rooms))
                scene = Scene(place, gazetteer, house, house.rooms[number], (position, number), rng)
                if group != "nothing" and not scene.means_it(scene.said()):
                    continue
                found = kind(scene)
                if not found:
                    continue
                line, level = found if group == "nothing" else (found, "unit")
                made.append(
                    {
                        "address": line, "class": group, "kind": name, "housing": house.housing,
                        "street": house.street, "truth_level": level,
                        "unit_code": library.unit_code(position, number) if level == "unit" else None,
                        "building_code": library.codes[position],
                    }
                )  # fmt: skip
                done += 1
    rng.shuffle(made)
    return SecondSet(district, library, pl.DataFrame(made).with_row_index("row"))
