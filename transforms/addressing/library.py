"""The address library: the tables of `address.*` as one frozen, versioned value, with its keys prepared once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from transforms.addressing.footprints import Footprints
    from transforms.addressing.index import Index
    from transforms.addressing.sorted_keys import SortedKeys

_PREPARING = Lock()  # of two threads one prepares the index, which takes seconds and memory
_TEXT = pl.String
# What keying reads; tables may carry more. A missing table or column counts as empty.
COLUMNS: dict[str, dict[str, Any]] = {
    "building": {
        "building_code": _TEXT, "name": _TEXT, "estate": _TEXT, "estate_number": _TEXT, "road": _TEXT,
        "road_number": _TEXT, "street_code": _TEXT, "community_code": _TEXT, "grid_code": _TEXT, "county_code": _TEXT,
        "is_temporary": pl.Boolean, "lon": pl.Float64, "lat": pl.Float64, "geometry": pl.Binary, "status": _TEXT,
    },
    "unit": {
        "unit_code": _TEXT, "building_code": _TEXT, "entrance": _TEXT, "floor": _TEXT, "room": _TEXT,
        "standard_address": _TEXT, "status": _TEXT,
    },
    "area": {
        "area_code": _TEXT, "level": _TEXT, "name": _TEXT, "parent_code": _TEXT, "valid_from": pl.Date,
        "valid_to": pl.Date,
    },
    "area_crosswalk": {
        "area_code": _TEXT, "scheme": _TEXT, "code": _TEXT, "name": _TEXT, "valid_from": pl.Date, "valid_to": pl.Date,
    },
    "alias": {"code": _TEXT, "kind": _TEXT, "text": _TEXT, "valid_from": pl.Date, "valid_to": pl.Date},
    "doorplate": {
        "building_code": _TEXT, "road": _TEXT, "road_number": _TEXT, "valid_from": pl.Date, "valid_to": pl.Date,
    },
    "lineage": {"code": _TEXT, "successor": _TEXT, "kind": _TEXT, "date": pl.Date},
    "work_grid": {
        "work_grid": _TEXT, "department": _TEXT, "base_grid": _TEXT, "valid_from": pl.Date, "valid_to": pl.Date,
    },
}  # fmt: skip


@dataclass(frozen=True)
class AddressLibrary:
    """Every building, unit, area and name that has a code. Make it with `from_frames` or `open`."""

    building: pl.DataFrame = field(repr=False)
    unit: pl.DataFrame = field(repr=False)
    area: pl.DataFrame = field(repr=False)
    area_crosswalk: pl.DataFrame = field(repr=False)
    alias: pl.DataFrame = field(repr=False)
    doorplate: pl.DataFrame = field(repr=False)
    lineage: pl.DataFrame = field(repr=False)
    work_grid: pl.DataFrame = field(repr=False)
    is_own_list: bool = field(
        default=False, kw_only=True
    )  # a list of one's own: which of these is meant, rather than what there is

    @classmethod
    def from_frames(cls, frames: dict[str, pl.DataFrame]) -> AddressLibrary:
        """From frames named `building` or `address.building`, and so on; what is missing is empty."""
        given = {name.removeprefix("address."): frame for name, frame in frames.items()}
        return cls(*(shaped(given.get(name), columns) for name, columns in COLUMNS.items()))

    @classmethod
    def open(cls, home: Any) -> AddressLibrary:
        """The library of a lake: its current address tables. `home` is a `schemas.home.Home`."""
        from transforms.addressing.library_kept import open_kept

        return open_kept(home)

    @property
    def is_empty(self) -> bool:
        """True when no building is known."""
        return self.building.is_empty()

    @cached_property
    def version(self) -> str:
        """Hash of the content, order apart: 16 letters a to p."""
        digest = hashlib.sha256()
        for name in COLUMNS:
            frame: pl.DataFrame = getattr(self, name)
            rows = frame.hash_rows(seed=7)
            digest.update(f"{name}:{frame.height}:{rows.cast(pl.UInt64).sum()}:{_mix(rows)}".encode())
        return "".join(chr(ord("a") + int(nibble, 16)) for nibble in digest.hexdigest()[:16])

    @cached_property
    def index(self) -> Index:
        """The keys of every stage, prepared on first use. Names that ended (alias.valid_to) find nothing any more,
        but former names: they ended by their nature, and people go on writing them.
        """
        from transforms.addressing.index import build_index

        with _PREPARING:
            prepared: Index | None = self.__dict__.get("index")
            if prepared is None:
                ended = pl.col("valid_to").is_not_null() & (pl.col("kind") != "former").fill_null(True)
                names = self.alias.filter(~ended) if self.alias["valid_to"].count() else self.alias
                prepared = self.__dict__["index"] = build_index(replace(self, alias=names))
            return prepared

    def units_of(self, codes: pl.Series) -> pl.DataFrame:
        """unit_code, building_code, is_live of the units that bear one of these codes (String), cancelled ones too."""
        return self.unit_codes.of(codes)

    def buildings_of(self, codes: pl.Series) -> pl.DataFrame:
        """building_code, community_code, is_live of the buildings that bear one of these codes (String), cancelled
        ones too.
        """
        return self.building_codes.of(codes)

    @cached_property
    def unit_codes(self) -> Coded:
        """The codes of `unit`, to be found among millions."""
        return Coded.to_find(self.unit, "unit_code", "building_code")

    @cached_property
    def building_codes(self) -> Coded:
        """The codes of `building`."""
        return Coded.to_find(self.building, "building_code", "community_code")

    @cached_property
    def successors(self) -> pl.DataFrame:
        """code, finals, final: where changed codes lead today (`lineage.successors`)."""
        from transforms.addressing.lineage import successors

        return successors(self.lineage)

    @cached_property
    def known_areas(self) -> pl.DataFrame:
        """Areas by the codes and names of every scheme (`areas.known_areas`)."""
        from transforms.addressing.areas import known_areas

        return known_areas(self)

    @cached_property
    def footprints(self) -> Footprints | None:
        """Where live buildings lie; None when no building has a place."""
        from transforms.addressing.footprints import Footprints

        return Footprints.of(self.building)


@dataclass(frozen=True)
class Coded:
    """The units or buildings of a library by their codes."""

    keys: SortedKeys  # of `code_number`; rows are those of `rows`
    rows: pl.DataFrame  # the code, what else was asked for, is_live; in the order of the table

    @classmethod
    def to_find(cls, table: pl.DataFrame, code: str, *others: str) -> Coded:
        """From a table with status."""
        from transforms.addressing.keys import code_number
        from transforms.addressing.sorted_keys import SortedKeys

        live = pl.col("status").fill_null("active") != "cancelled"
        return cls(SortedKeys.of(code_number(table[code])), table.select(code, *others, is_live=live))

    def of(self, codes: pl.Series) -> pl.DataFrame:
        """The rows that bear one of these codes (String)."""
        from transforms.addressing.keys import code_number

        asked = codes.drop_nulls().unique()
        if asked.is_empty():
            return self.rows.clear()
        which, at = self.keys.pairs(code_number(asked))
        found = self.rows[at]
        return found.filter(found.to_series() == asked.gather(which))  # two codes may share a number


def _mix(rows: pl.Series) -> int:
    """A second sum that no reordering and no swap of two values leaves equal."""
    return int((rows // 7919).cast(pl.UInt64).sum() or 0)


def shaped(frame: pl.DataFrame | None, columns: dict[str, Any]) -> pl.DataFrame:
    """A table with these columns and no other; what it lacks is null, and a table that is missing empty."""
    if frame is None:
        return pl.DataFrame(schema=columns)
    return frame.select(
        (pl.col(name).cast(dtype, strict=False) if name in frame.columns else pl.lit(None, dtype)).alias(name)
        for name, dtype in columns.items()
    )
