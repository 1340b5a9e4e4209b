"""The whole made district before a department has written a word of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from synth.area import Areas, make_areas
from synth.building import make_buildings
from synth.calendar import delivery_days, to_number
from synth.draw import Draw, Ints
from synth.organisation import Organisations, make_organisations
from synth.person import People, make_people
from synth.unit import make_units


@dataclass(frozen=True)
class World:
    """areas, building and unit frames (rows are referred to by position), people, organisations, delivery days."""

    seed: int
    dates: list[date]
    areas: Areas
    building: pl.DataFrame
    unit: pl.DataFrame
    people: People
    organisations: Organisations

    @property
    def days(self) -> Ints:
        """Delivery days as days since 1970."""
        return np.array([to_number(day) for day in self.dates])

    def draw(self, *subject: str | int) -> Draw:
        """The generator of one subject."""
        return Draw(self.seed, *subject)


def make_world(buildings: int, seed: int, days: int, start: date) -> World:
    """A district of `buildings` buildings, told of on `days` working days from `start` on."""
    dates = delivery_days(start, days)
    areas = make_areas(buildings)
    building = make_buildings(buildings, areas, seed)
    unit = make_units(building, seed)
    first, last = to_number(dates[0]), to_number(dates[-1])
    people = make_people(unit, building, first, last, seed)
    organisations = make_organisations(unit, building, people, first_day=first, days=days, seed=seed)
    return World(seed, dates, areas, building, unit, people, organisations)
