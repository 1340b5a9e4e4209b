"""What keying could see differently in two libraries: rows of their indexes and tables, by code and by name."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.library import AddressLibrary

AREA_SIZES = (2, 4, 6, 9, 12, 14)  # positions of an area's code; buildings have 19, units 25
# Parts of the index with rows of single buildings, and those read by other words of a text; see `_parts`.
BY_BUILDING = ("buildings", "names", "stems", "roads", "facts")
BY_WORD = ("estates", "explained")
# Made from the parts above, or from the rows of units and aliases, which are compared themselves; or kept for speed.
FOLLOWS = frozenset(
    {
        "deletions", "borne", "area_keys", "is_own_list", "rooms", "exact", "seen_heads", "seen_tails", "seen_plains",
        "seen_slips",
    }
)  # fmt: skip


def _nothing() -> pl.Series:
    return pl.Series([], dtype=pl.String)


@dataclass(frozen=True)
class Difference:
    """What differs. `is_wide`: areas or something else every address may depend on; then nothing less than all will do.

    `codes`: units and buildings told otherwise, or leading elsewhere. `buildings`: building codes whose names, numbers
    or facts are others. `units`: unit codes. `names`: folded names that came or went, of places and roads. `estates`:
    folded names of estates that lie in other communities than before. `words`: words that explain what precedes a
    name. `texts`: whole texts that came, went or mean another place, as the library writes them.
    """

    is_wide: bool
    codes: pl.Series = field(default_factory=_nothing)
    buildings: pl.Series = field(default_factory=_nothing)
    units: pl.Series = field(default_factory=_nothing)
    names: pl.Series = field(default_factory=_nothing)
    estates: pl.Series = field(default_factory=_nothing)
    words: pl.Series = field(default_factory=_nothing)
    texts: pl.Series = field(default_factory=_nothing)

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
    if _areas_differ(old, new) or not _rest_is_same(old.index, new.index):
        return WIDE
    units = _changed(old.unit, new.unit, "unit_code")
    stock = _changed(old.building, new.building, "building_code")
    led = _changed(old.successors, new.successors, "code")
    renamed = _changed(old.alias, new.alias, "code")
    was, now = _parts(old.index), _parts(new.index)
    named = [_changed(was[name], now[name], "building_code") for name in BY_BUILDING]
    buildings = _joined("building_code", stock, *named)
    codes = _joined("code", units, buildings, led, renamed)
    return Difference(
        is_wide=False,
        codes=codes,
        buildings=buildings,
        units=units,
        names=_changed(_known(was["names"]), _known(now["names"]), "name_key").alias("name"),
        estates=_changed(was["estates"], now["estates"], "estate_key").alias("name"),
        words=_joined(
            "word",
            _changed(was["explained"], now["explained"], "word"),
            _changed(was["roads"].select("road_key"), now["roads"].select("road_key"), "road_key"),
        ),
        texts=_joined("text", *(_texts_of(library, codes) for library in (old, new))),
    )


def _parts(index: Index) -> dict[str, pl.DataFrame]:
    """The parts of an index as frames by building code: a row number means something in its own index only."""
    codes = index.buildings.select("building", "building_code")
    parts = {}
    for name in BY_BUILDING:
        part = rows_of(getattr(index, name))
        coded = part if "building_code" in part.columns else part.join(codes, on="building", how="left")
        parts[name] = coded.drop("building", "key", strict=False)
    # Which of its buildings comes first, and how many it has, answers nothing.
    parts["estates"] = index.estates.select("estate_key", "community_code", "street_code")
    parts["explained"] = pl.DataFrame({"word": pl.Series(index.explained, dtype=pl.String)})
    return parts


def rows_of(names: Any) -> pl.DataFrame:
    """The rows of a part of the index that may be a frame or a frame with its keys."""
    rows = names if isinstance(names, pl.DataFrame) else names.rows
    assert isinstance(rows, pl.DataFrame)
    return rows


def _known(names: pl.DataFrame) -> pl.DataFrame:
    """The names there are, of roads and of anything else."""
    return names.select("name_key", is_road=pl.col("how") == "road").unique()


def _rest_is_same(old: Index, new: Index) -> bool:
    """True when every other part of the index holds the same: areas by name, mostly. A part nobody named here counts
    as another unless it can be compared."""
    for name in (item.name for item in fields(Index)):
        if name in FOLLOWS or name in BY_BUILDING or name in BY_WORD:
            continue
        was, now = getattr(old, name), getattr(new, name)
        if isinstance(was, pl.DataFrame) and isinstance(now, pl.DataFrame):
            if not _changed(was.with_columns(_=pl.lit(0)), now.with_columns(_=pl.lit(0)), "_").is_empty():
                return False
        elif not isinstance(was, (list, frozenset, str, int)) or was != now:
            return False
    return True


def _areas_differ(old: AddressLibrary, new: AddressLibrary) -> bool:
    def of_areas(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.filter(pl.col("code").str.len_chars().is_in(AREA_SIZES))

    pairs = [
        (old.area, new.area, "area_code"),
        (old.area_crosswalk, new.area_crosswalk, "area_code"),
        (of_areas(old.alias), of_areas(new.alias), "code"),
        (of_areas(old.lineage), of_areas(new.lineage), "code"),
    ]
    return any(not _changed(was, now, column).is_empty() for was, now, column in pairs)


def _texts_of(library: AddressLibrary, codes: pl.Series) -> pl.Series:
    """Whole texts a library has for these codes: standard addresses and aliases."""
    units = library.unit.filter(pl.col("unit_code").is_in(codes.implode()))["standard_address"]
    aliases = library.alias.filter(pl.col("code").is_in(codes.implode()))["text"]
    return _joined("text", units, aliases)


def _changed(old: pl.DataFrame, new: pl.DataFrame, column: str) -> pl.Series:
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


def _joined(name: str, *parts: pl.Series) -> pl.Series:
    return pl.concat([_nothing().alias(name), *(part.alias(name) for part in parts)]).drop_nulls().unique()
