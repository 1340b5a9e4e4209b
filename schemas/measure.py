"""Measures: one number about a place, defined once in schemas/measures/<theme>/<id>.yaml.

The SQL of a measure runs over the tables address.*, population.*, entity.*, event.*, record.* and quality.* and
yields (building_code, area_code, value): building_code null for what is in no known building, then area_code is the
lowest area known (grid, community or street). Values are additive: the number of a place is the sum over the buildings
and areas that belong to it today, so what is known only to a community counts there and above, in none of its grids.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import Field

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


class Measure(Strict):
    """One measure. `scope_note` (口径) says in Chinese what is counted and what is not."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    theme: Theme
    title: str
    english: str
    unit: str
    scope_note: str
    type: Literal["int64", "float64"] = "int64"
    levels: list[Level] = Field(default=["building", "grid", "community", "street", "district"], min_length=1)
    sql: str

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
