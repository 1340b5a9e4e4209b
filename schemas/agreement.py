"""Agreements (共享授权): what one department may pull, why, and until when. schemas/agreements/<id>.yaml.

An agreement grants columns of one or several tables, over an area, in one format. What it may never grant is refused
here: tokens under the house's own keys, open-ended time, groups smaller than its own minimum cell.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Strict, declare
from schemas.errors import ContractError, UsageError
from schemas.measure import load_measures

AGREEMENTS_FOLDER = Path(__file__).parent / "agreements"

Masking = Literal["none", "drop", "year", "rekey", "round"]


class GrantedColumn(Strict):
    """One column and how it leaves the house.

    none: as it is. drop: used for filtering or grouping, never delivered. year: a date becomes its year.
    rekey: a token becomes another under this agreement's own key. round: a number to the nearest `to`.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    masking: Masking = "none"
    to: float | None = Field(None, gt=0)
    title: str = ""  # Chinese header in what is delivered; empty: the table's own term

    @model_validator(mode="after")
    def masks_safely(self) -> GrantedColumn:
        """A key leaves re-keyed or not at all; a name or phone token never; rounding says to what."""
        if self.name.endswith("_token"):
            raise ValueError(f"{self.name} stands for a name or a phone and is never shared; remove it")
        if self.name.endswith("_key") and self.masking not in ("rekey", "drop"):
            raise ValueError(f"{self.name} needs masking rekey or drop")
        if (self.masking == "round") != (self.to is not None):
            raise ValueError(f"{self.name}: `to` goes with masking round, and round needs it")
        return self


class Calculation(Strict):
    """One number per group of a counted agreement. `column` is needed by all but count."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    function: Literal["count", "count_distinct", "sum", "avg", "min", "max"]
    column: str | None = None
    title: str = ""

    @model_validator(mode="after")
    def has_its_column(self) -> Calculation:
        """`count` counts rows; every other function works on a column."""
        if self.function == "count" and self.column is not None:
            raise ValueError(f"{self.name}: count takes no column; use count_distinct")
        if self.function != "count" and self.column is None:
            raise ValueError(f"{self.name}: {self.function} needs a column")
        return self


class Condition(Strict):
    """A row is granted only when the column lies within: one of `values`, at least `minimum`, at most `maximum`."""

    column: str
    values: list[str] | None = None
    minimum: float | None = None
    maximum: float | None = None

    @model_validator(mode="after")
    def says_something(self) -> Condition:
        """At least one bound or value."""
        if self.values is None and self.minimum is None and self.maximum is None:
            raise ValueError(f"condition on {self.column} needs values, minimum or maximum")
        return self


class Agreement(Strict):
    """What one department may pull. With `group_by` it delivers numbers, else rows.

    `area`: street codes of address.area, or ["all"]. `minimum_cell`: a group of fewer records, and a measure of a
    block.* table between 1 and it, is withheld; below 3 it is refused where persons are counted.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    department: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    purpose: str = Field(min_length=8)
    legal_basis: str = Field(min_length=8)
    approved_by: str  # a post, never a person
    approved_on: date | None = None
    expires_on: date
    format: Literal["csv", "parquet", "xlsx"]
    minimum_cell: int = Field(ge=1)
    area: list[str] = Field(min_length=1)
    source_table: str = Field(pattern=r"^[a-z]+\.[a-z0-9_]+$")
    columns: list[GrantedColumn] = Field(min_length=1)
    conditions: list[Condition] = Field(default_factory=list)
    group_by: list[str] = Field(default_factory=list)
    measures: list[Calculation] = Field(default_factory=list)

    @model_validator(mode="after")
    def hangs_together(self) -> Agreement:
        """Grants end, groups are of granted columns, persons are never shown in small groups."""
        if self.approved_on is not None and self.expires_on <= self.approved_on:
            raise ValueError("expires_on must lie after approved_on")
        granted = {column.name: column for column in self.columns}
        if len(granted) < len(self.columns):
            raise ValueError("a column is granted twice")
        if bool(self.group_by) != bool(self.measures):
            raise ValueError("group_by and measures go together")
        used = [
            *self.group_by,
            *(item.column for item in self.conditions),
            *(item.column for item in self.measures if item.column),
        ]
        strange = sorted({name for name in used if name not in granted})
        if strange:
            raise ValueError(
                f"{', '.join(strange)} is used and not among columns; grant it, with masking drop if need be"
            )
        shown = [name for name in self.group_by if granted[name].masking in ("rekey", "drop")]
        if shown:
            raise ValueError(f"group_by of {', '.join(shown)}: a group is shown, so it cannot be dropped or re-keyed")
        if self.source_table.split(".")[0] in ("population", "record") and self.minimum_cell < 3:
            raise ValueError("minimum_cell must be 3 or more where persons are counted")
        if "all" in self.area and len(self.area) > 1:
            raise ValueError('area is ["all"] or a list of street codes')
        return self

    @property
    def is_counted(self) -> bool:
        """True when numbers are delivered, not rows."""
        return bool(self.group_by)

    @property
    def cell_columns(self) -> list[str]:
        """Granted measures of a block.* table: numbers below `minimum_cell` (and not zero) are withheld."""
        if not self.source_table.startswith("block."):
            return []
        return [column.name for column in self.columns if column.name in load_measures()]

    def column(self, name: str) -> GrantedColumn:
        """The grant of one column, or KeyError."""
        return next(column for column in self.columns if column.name == name)

    def is_expired(self, today: date) -> bool:
        """True after the last day of the agreement."""
        return today > self.expires_on


def agreements_folder(folder: Path | None = None) -> Path:
    """`folder`, else BLOCKDATA_AGREEMENTS, else the agreements of this package."""
    return Path(folder or os.environ.get("BLOCKDATA_AGREEMENTS") or AGREEMENTS_FOLDER)


def load_agreements(folder: Path | None = None) -> dict[str, Agreement]:
    """Every agreement by id, sorted."""
    return {
        item.id: item for item in (load_agreement(path) for path in sorted(agreements_folder(folder).glob("*.yaml")))
    }


def agreement_of(agreement_id: str, folder: Path | None = None) -> Agreement:
    """One agreement, or UsageError saying which there are."""
    root = agreements_folder(folder)
    path = root / f"{agreement_id}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(item.stem for item in root.glob("*.yaml")))
        raise UsageError(f"there is no agreement {agreement_id!r}", f"use one of: {known}")
    return load_agreement(path)


def load_agreement(path: Path) -> Agreement:
    """One agreement file, or ContractError naming file, key and mend."""
    agreement = declare(path, Agreement)
    if agreement.id != path.stem:
        raise ContractError(str(path), "id", f"{agreement.id} does not stand in {agreement.id}.yaml", "rename the file")
    return agreement
