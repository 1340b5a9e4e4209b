"""What keying could see differently in two libraries: rows of their indexes and tables, by code and by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.library import AddressLibrary
from transforms.addressing.lineage import successors

AREA_SIZES = (2, 4, 6, 9, 12, 14)  # positions of an area's code; buildings have 19, units 25
# Frames of the index that lead to no single building, and what of a row tells whom it concerns.
NARROW = {
    "known_estates": "estate_key",
    "deletions": "name",
    "estates": "estate_key",
    "exact": "text_key",
}
BY_ROW = ("units",)  # keyed by the row of a building: compared by the units' own rows
UNUSED = ("building", "buildings")  # of `estates`: which of its buildings comes first, and how many, answers nothing


def _none(name: str, dtype: pl.DataType) -> pl.Series:
    return pl.Series(name, [], dtype=dtype)


@dataclass(frozen=True)
class Difference:
    """What differs. `is_wide`: areas or something else every address may depend on; then nothing less than all will do.

    `codes`: units and buildings told otherwise, or leading elsewhere. `buildings`: building codes whose names, numbers
    or facts are others. `units`: unit codes. `names`: folded names that came or went, of places and roads. `estates`:
    folded names of estates that lie in other communities than before. `words`: words that explain what precedes a
    name. `texts`: keys of whole texts.
    """

    is_wide: bool
    codes: pl.Series = field(default_factory=lambda: _none("code", pl.String()))
    buildings: pl.Series = field(default_factory=lambda: _none("building_code", pl.String()))
    units: pl.Series = field(default_factory=lambda: _none("unit_code", pl.String()))
    names: pl.Series = field(default_factory=lambda: _none("name", pl.String()))
    estates: pl.Series = field(default_factory=lambda: _none("name", pl.String()))
    words: pl.Series = field(default_factory=lambda: _none("word", pl.String()))
    texts: pl.Series = field(default_factory=lambda: _none("text_key", pl.UInt64()))

    @property
    def is_empty(self) -> bool:
        """True when no answer can differ."""
        parts = (self.codes, self.buildings, self.units, self.names, self.estates, self.words, self.texts)
        return not self.is_wide and all(part.is_empty() for part in parts)


WIDE = Difference(is_wide=True)


def difference(old: AddressLibrary, new: AddressLibrary) -> Difference:
    """Compares row by row, order apart; work grids, which keying does not read, are left out."""
    if old.version == new.version:
        return Difference(is_wide=False)
    if _areas_differ(old, new):
        return WIDE
    units = _codes(old.unit, new.unit, "unit_code")
    stock = _codes(old.building, new.building, "building_code")
    led = _codes(successors(old.lineage), successors(new.lineage), "code")
    found = _Found()
    for name in (item.name for item in fields(Index)):
        if not found.take(name, getattr(old.index, name), getattr(new.index, name), (old.index, new.index)):
            return WIDE
    buildings = pl.concat([stock, *found.buildings]).unique()
    return Difference(
        is_wide=False,
        codes=pl.concat([units, stock, led, *found.buildings]).unique(),
        buildings=buildings,
        units=units,
        names=_joined(found.names, "name", pl.String()),
        estates=_joined(found.estates, "name", pl.String()),
        words=_joined(found.words, "word", pl.String()),
        texts=_joined(found.texts, "text_key", pl.UInt64()),
    )


@dataclass(frozen=True)
class _Found:
    buildings: list[pl.Series] = field(default_factory=list)
    names: list[pl.Series] = field(default_factory=list)
    estates: list[pl.Series] = field(default_factory=list)
    words: list[pl.Series] = field(default_factory=list)
    texts: list[pl.Series] = field(default_factory=list)

    def take(self, name: str, old: object, new: object, indexes: tuple[Index, Index]) -> bool:
        """Notes what differs in one field of the index. False when all addresses may depend on it."""
        if name in BY_ROW:
            return True
        if isinstance(old, pl.DataFrame) and isinstance(new, pl.DataFrame):
            if name in NARROW:
                column = NARROW[name]
                changed = _codes(old.drop(UNUSED, strict=False), new.drop(UNUSED, strict=False), column)
                {"exact": self.texts, "estates": self.estates}.get(name, self.names).append(changed)
                return True
            if "building" in old.columns:
                by_code = [_coded(frame, index) for frame, index in zip((old, new), indexes, strict=True)]
                self.buildings.append(_codes(by_code[0], by_code[1], "building_code"))
                if name == "roads":
                    self.words.append(_codes(old.select("road_key"), new.select("road_key"), "road_key"))
                return True
            return _codes(old, new, old.columns[0]).is_empty()
        if name == "explained" and isinstance(old, Iterable) and isinstance(new, Iterable):
            self.words.append(pl.Series("word", sorted(set(old) ^ set(new)), dtype=pl.String))
            return True
        return bool(old == new)


def _areas_differ(old: AddressLibrary, new: AddressLibrary) -> bool:
    def of_areas(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("code").str.len_chars().is_in(AREA_SIZES))

    pairs = [
        (old.area, new.area),
        (old.area_crosswalk, new.area_crosswalk),
        (of_areas(old.alias), of_areas(new.alias)),
        (of_areas(old.lineage), of_areas(new.lineage)),
    ]
    return any(not _codes(*pair, pair[0].columns[0]).is_empty() for pair in pairs)


def _coded(frame: pl.DataFrame, index: Index) -> pl.DataFrame:
    """`frame` by building code: the row number of a building means something in its own index only."""
    if "building_code" in frame.columns:
        return frame.drop("building")
    codes = index.buildings.select("building", "building_code")
    return frame.join(codes, on="building", how="left").drop("building")


def _codes(old: pl.DataFrame, new: pl.DataFrame, column: str) -> pl.Series:
    """Distinct values of `column` in rows that only one of the frames has."""
    hashed = [frame.with_columns(_row=_readable(frame).hash_rows(seed=3)) for frame in (old, new)]
    only = [
        mine.join(other.select("_row"), on="_row", how="anti").get_column(column)
        for mine, other in (hashed, hashed[::-1])
    ]
    return pl.concat(only).drop_nulls().unique()


def _readable(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as one text each, in order: rows with lists have no hash of their own."""
    lists = [name for name, dtype in frame.schema.items() if isinstance(dtype, pl.List)]
    return frame.with_columns(
        pl.col(name).list.eval(pl.element().cast(pl.String)).list.sort().list.join("\x1f") for name in lists
    )


def _joined(parts: list[pl.Series], name: str, dtype: pl.DataType) -> pl.Series:
    return pl.concat([_none(name, dtype), *(part.alias(name) for part in parts)]).drop_nulls().unique()
