"""What a cleaning step receives and returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from schemas.contract import Column, Contract, Role
from transforms.cleaning.tokens import Keys
from transforms.reading.quarantine import faults_of


@dataclass(frozen=True)
class Work:
    """A delivery on its way: rows so far (none is removed before the end), the faults found so far, and how many cells
    held a phone or an identity number that was hidden.
    """

    frame: pl.DataFrame
    contract: Contract
    day: date
    keys: Keys
    faults: tuple[pl.DataFrame, ...] = ()
    hidden: int = 0

    def columns(self, wanted: Callable[[Column], bool] = lambda _: True) -> list[Column]:
        """The contract's columns that are in the frame and wanted, in the contract's order."""
        return [column for column in self.contract.columns if column.name in self.frame.columns and wanted(column)]

    def with_role(self, *roles: Role) -> list[Column]:
        """The columns with one of these roles."""
        return self.columns(lambda column: column.role in roles)

    def put(self, *columns: pl.Expr | pl.Series, **named: pl.Expr | pl.Series) -> Work:
        """With these columns added or replaced."""
        return replace(self, frame=self.frame.with_columns(*columns, **named))

    def flag(self, broken: pl.Expr | pl.Series, column: str, rule: str) -> Work:
        """Quarantine lines where `broken` holds; the cell becomes null, so that no later step flags it again."""
        mask = broken if isinstance(broken, pl.Series) else self.frame.select(broken=broken).to_series()
        mask = mask.fill_null(False)
        if not mask.any():
            return self
        marked = self.frame.select("file_name", "row_number", column, __broken=mask)
        value = pl.lit("") if marked.schema[column] == pl.Binary else pl.col(column)
        faults = faults_of(marked, pl.col("__broken"), column, rule, value)
        cleared = self.frame.with_columns(without(mask, self.frame[column]))
        return replace(self, frame=cleared, faults=(*self.faults, faults))


def without(broken: pl.Series, values: pl.Series) -> pl.Series:
    """The values, null where `broken` holds."""
    if not broken.any():
        return values
    frame = pl.DataFrame({"value": values, "broken": broken})
    return frame.select(pl.when(~pl.col("broken")).then(pl.col("value")).alias(values.name)).to_series()
