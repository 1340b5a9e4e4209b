"""What the world knows of a record, as texts a recipe's templates may name: '{street}{name}', 'SH{n:08}'."""

from __future__ import annotations

import string
from collections.abc import Callable
from functools import cached_property

import numpy as np
import polars as pl

from synth.draw import Draw, Ints, take
from synth.entries import DAY, Entries
from synth.world import World


class Fields:
    """The fields of every version of a recipe's records; a null where the record has none."""

    def __init__(self, world: World, entries: Entries, draw: Draw) -> None:
        self.world, self.entries, self.draw = world, entries, draw
        self._known: dict[str, pl.Series] = {}

    def template(self, text: str) -> pl.Series:
        """The template filled for every version. KeyError for a field nobody knows."""
        parts: list[pl.Series | str] = []
        for literal, name, width, _ in string.Formatter().parse(text):
            parts += [literal] if literal else []
            if name == "n":
                parts.append(pl.Series(self.entries.number + 1).cast(pl.String).str.zfill(int(width or 1)))
            elif name == "digits":
                parts.append(self._digits(int(width or 6)))
            elif name is not None:
                parts.append(self.field(name))
        whole = parts[0] if len(parts) == 1 and isinstance(parts[0], pl.Series) else None
        if whole is not None:
            return whole
        if all(isinstance(part, str) for part in parts):
            return pl.repeat("".join(map(str, parts)), self.entries.size, eager=True)
        return pl.select(pl.concat_str([pl.lit(part) for part in parts])).to_series()

    def field(self, name: str) -> pl.Series:
        """One field as text."""
        if name not in self._known:
            if name not in FIELDS:
                raise KeyError(f"there is no field {name!r}; there are n, digits, {', '.join(FIELDS)}")
            self._known[name] = FIELDS[name](self)
        return self._known[name]

    def _digits(self, width: int) -> pl.Series:
        """Digits that look like no sequence, the same for a record whenever it is told."""
        mixed = (self.entries.number + 1) * 7_046_029_254_386_353 % (2**61 - 1) % 10**width
        return pl.Series(mixed).cast(pl.String).str.zfill(width)

    @cached_property
    def building(self) -> Ints:
        """Row of the building of each version."""
        return self.world.unit["building"].to_numpy()[self.entries.unit].astype(np.int64)

    @cached_property
    def community(self) -> Ints:
        """Row of the community of each version."""
        return self.world.building["community"].to_numpy()[self.building]

    @cached_property
    def head(self) -> Ints:
        """Row of the first person of the household (of `person`, else of the unit); households stand together."""
        people, made = self.world.people, self.entries
        unit = np.where(made.person >= 0, people.unit[np.maximum(made.person, 0)], made.unit)
        return np.searchsorted(people.unit, unit).clip(0, people.size - 1).astype(np.int64)

    @cached_property
    def other(self) -> Ints:
        """Row of some other adult: a clerk, a contact."""
        people = self.world.people
        adults = np.flatnonzero(people.phone.is_not_null().to_numpy())
        by_number = self.draw.integers(0, len(adults) - 1, int(self.entries.number.max(initial=0)) + 1)
        return adults[by_number[self.entries.number]]

    def of_building(self, column: str) -> pl.Series:
        """A text column of the building."""
        return _text(self.world.building[column], self.building)

    def of_unit(self, column: str) -> pl.Series:
        """A text column of the unit."""
        return _text(self.world.unit[column].cast(pl.String), self.entries.unit)

    def of_community(self, column: str) -> pl.Series:
        """A text column of the community it lies in today."""
        return _text(self.world.areas.community[column], self.community)

    def of_person(self, column: str, rows: Ints) -> pl.Series:
        """A text column of people."""
        return _text(getattr(self.world.people, column), rows)

    def of_organisation(self, column: str) -> pl.Series:
        """A text column of organisations."""
        return _text(getattr(self.world.organisations, column), self.entries.organisation)

    def opened(self, form: str) -> pl.Series:
        """When it was opened, or entered."""
        return take_days(self.entries.opened // DAY, form)


def take_days(days: Ints, form: str) -> pl.Series:
    """Days since 1970 as text; each different day is written once."""
    distinct, at = np.unique(days, return_inverse=True)
    return take(pl.Series(distinct.astype("datetime64[D]")).dt.strftime(form), at.astype(np.int64))


def _text(values: pl.Series, rows: Ints) -> pl.Series:
    """The texts at these rows, null where the row is negative."""
    found = values.gather(pl.Series(np.maximum(rows, 0).astype(np.uint32)))
    return found.set(pl.Series(rows < 0), None) if (rows < 0).any() else found


def _bare(suffix: str, column: str) -> Callable[[Fields], pl.Series]:
    return lambda fields: fields.of_community(column).str.replace(f"{suffix}$", "")


FIELDS: dict[str, Callable[[Fields], pl.Series]] = {
    "id_number": lambda fields: fields.of_person("id_number", fields.entries.person),
    "name": lambda fields: fields.of_person("name", fields.entries.person),
    "phone": lambda fields: fields.of_person("phone", fields.entries.person),
    "head_name": lambda fields: fields.of_person("name", fields.head),
    "head_phone": lambda fields: fields.of_person("phone", fields.head),
    "head_id": lambda fields: fields.of_person("id_number", fields.head),
    "other_name": lambda fields: fields.of_person("name", fields.other),
    "other_phone": lambda fields: fields.of_person("phone", fields.other),
    "other_id": lambda fields: fields.of_person("id_number", fields.other),
    "uscc": lambda fields: fields.of_organisation("uscc"),
    "uscc_digits": lambda fields: fields.of_organisation("uscc").str.slice(8, 8),
    "organisation": lambda fields: fields.of_organisation("name"),
    "unit_code": lambda fields: fields.of_unit("unit_code"),
    "room": lambda fields: fields.of_unit("room"),
    "floor": lambda fields: fields.of_unit("floor"),
    "door": lambda fields: fields.of_unit("entrance").fill_null("") + fields.field("room"),
    "standard_address": lambda fields: fields.of_unit("standard_address"),
    "building_code": lambda fields: fields.of_building("building_code"),
    "estate": lambda fields: fields.of_building("estate").fill_null(fields.field("community_bare")),
    "building_name": lambda fields: fields.of_building("name").fill_null(""),
    "road": lambda fields: fields.of_building("road").fill_null(fields.field("community_bare") + "路"),
    "grid_code": lambda fields: take(
        fields.world.areas.grid["grid_code"], fields.world.building["grid"].to_numpy()[fields.building]
    ),
    "street": lambda fields: fields.of_community("street"),
    "street_bare": _bare("街道", "street"),
    "community": lambda fields: fields.of_community("community"),
    "community_bare": _bare("社区", "community"),
    "street_unified": lambda fields: fields.of_community("street_code"),
    "street_civil": lambda fields: fields.of_community("civil"),
    "street_statistics": lambda fields: fields.of_community("street_statistics"),
    "community_unified": lambda fields: fields.of_community("community_code"),
    "community_statistics": lambda fields: fields.of_community("statistics"),
    "year": lambda fields: fields.opened("%Y"),
    "month": lambda fields: fields.opened("%Y%m"),
    "day": lambda fields: fields.opened("%Y%m%d"),
}
