"""The library as an operation reads it: single rows of big tables, by code."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import polars as pl

from transforms.lake.store import Lake
from transforms.resolving.area import hierarchy

Row = dict[str, Any]
BUILDING, UNIT = 19, 25  # positions of a code
TABLE_OF_LENGTH = {6: "area", 9: "area", 12: "area", 14: "area", BUILDING: "building", UNIT: "unit"}
CODE_COLUMN = {"building": "building_code", "unit": "unit_code", "area": "area_code"}


@dataclass(frozen=True)
class Book:
    """Reads of one pinned lake. Big tables are scanned for the codes asked, small ones read once."""

    lake: Lake

    def find(self, table: str, column: str, values: Iterable[str]) -> pl.DataFrame:
        """Rows of an address table whose `column` is one of `values`."""
        wanted = sorted(set(values))
        frame = self.lake.scan(f"address.{table}")
        # One value is compared, several are looked up: the first lets the reader pass over row groups.
        condition = pl.col(column) == wanted[0] if len(wanted) == 1 else pl.col(column).is_in(wanted)
        return frame.filter(condition).collect()

    def rooms(self, building_codes: Iterable[str]) -> pl.DataFrame:
        """Every unit that lies in these buildings or whose code begins with theirs, cancelled ones too."""
        wanted = sorted(set(building_codes))
        column, prefix = pl.col("building_code"), pl.col("unit_code").str.head(BUILDING)
        if len(wanted) == 1:
            condition = (column == wanted[0]) | (prefix == wanted[0])
        else:
            condition = column.is_in(wanted) | prefix.is_in(wanted)
        return self.lake.scan("address.unit").filter(condition).collect()

    @cached_property
    def lineage(self) -> pl.DataFrame:
        """address.lineage, whole."""
        return self.lake.read("address.lineage")

    @cached_property
    def area(self) -> pl.DataFrame:
        """address.area, whole, without boundaries."""
        frame = self.lake.read("address.area")
        return frame.drop("geometry", strict=False)

    def areas_on(self, day: date) -> pl.DataFrame:
        """Areas valid on a day with all above them, see `resolving.area.hierarchy`."""
        return hierarchy(self.area, day)

    def buildings_of_grid(self, grid_code: str) -> list[str]:
        """Codes of every building that begin with the grid's, cancelled ones too."""
        frame = self.lake.scan("address.building").select("building_code")
        return [
            str(code)
            for code in frame.filter(pl.col("building_code").str.starts_with(grid_code)).collect()["building_code"]
        ]
