"""Measures: one number about a place, defined once in schemas/measures/<theme>/<id>.yaml.

The SQL of a measure runs over the tables address.*, population.*, entity.*, event.*, record.* and quality.* and
yields (building_code, area_code, value): building_code null for what is in no known building, then area_code is the
lowest area known (grid, community or street). Values are additive: the number of a place is the sum over the buildings
and areas that belong to it today, so what is known only to a community counts there and above, in none of its grids.

Most measures are sums in another way too: over rows, or over groups of rows, of the tables they read. One that says so
(`together`) is not counted again over everything when little changed, but by what came and what went.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Strict, declare
from schemas.errors import ContractError

MEASURES_FOLDER = Path(__file__).parent / "measures"

Theme = Literal[
    "population",
    "elderly",
    "children_and_schools",
    "health",
    "employment_and_social_security",
    "enterprises",
    "tax",
    "housing",
    "rental",
    "water_power_gas",
    "fire_safety",
    "work_safety",
    "requests_12345",
    "environment_and_city_management",
    "public_facilities",
    "data_quality",
]
Level = Literal["building", "grid", "community", "street", "district"]
BATCH = "quality.batch"


class Measure(Strict):
    """One measure. `scope_note` (口径) says in Chinese what is counted and what is not.

    `together`: rows that share these columns are counted together, in whichever tables have them, and the value is the
    sum over all such groups; [] where each row counts for itself; absent where neither is so. `as_of`: all the SQL
    takes from quality.batch is the day of the last delivery that was let in, or its month alone; absent where it takes
    anything else. Neither says what is counted, so a release made under others is made by the same rules.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    theme: Theme
    title: str
    english: str
    unit: str
    scope_note: str
    type: Literal["int64", "float64"] = "int64"
    levels: list[Level] = Field(default=["building", "grid", "community", "street", "district"], min_length=1)
    together: list[str] | None = Field(default=None, exclude=True)
    as_of: Literal["day", "month"] | None = Field(default=None, exclude=True)
    sql: str

    @model_validator(mode="after")
    def _adds_up(self) -> Measure:
        if self.together is not None and self.type == "float64":
            raise ValueError("together: a sum of fractions depends on their order, so it is counted whole")
        if self.together == [] and len(self.counts) > 1:
            raise ValueError(f"together: [] is of one table, and the sql reads {' and '.join(self.counts)}")
        if self.as_of is not None and BATCH not in self.reads:
            raise ValueError(f"as_of: the sql does not read {BATCH}")
        return self

    @cached_property
    def counts(self) -> list[str]:
        """The tables whose rows are counted: of quality.batch only the day is taken where `as_of` says so."""
        return [table for table in self.reads if self.as_of is None or table != BATCH]

    @cached_property
    def reads(self) -> list[str]:
        """The tables the SQL names (schema.table), sorted: what must be at hand before it can run."""
        return sorted(
            set(re.findall(r"\b(?:address|population|entity|event|record|quality)\.[a-z][a-z0-9_]*", self.sql))
        )


@cache
def load_measures(folder: Path | None = None) -> dict[str, Measure]:
    """Every measure by id, in the order of themes, then ids."""
    root = folder or MEASURES_FOLDER
    measures = [_load(path) for path in sorted(root.glob("*/*.yaml"))]
    return {measure.id: measure for measure in measures}


def _load(path: Path) -> Measure:
    measure = declare(path, Measure)
    if (measure.theme, measure.id) != (path.parent.name, path.stem):
        raise ContractError(
            str(path), "id", f"{measure.theme}/{measure.id} does not stand in <theme>/<id>.yaml", "move or rename"
        )
    return measure
