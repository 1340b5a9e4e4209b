"""Which lake column holds what a contract's role means: the one place where roles become column names."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from schemas.table import cleaned_name

# Cleaning makes one point of two columns; of everything else `cleaned_name` knows the name.
FIXED_NAMES = {
    Role.LONGITUDE: "lon",
    Role.LATITUDE: "lat",
}


def lake_column(contract: Contract, role: Role) -> str | None:
    """The name under which this contract's column of this role stands in the lake, or None."""
    column = contract.column_of(role)
    return None if column is None else FIXED_NAMES.get(role, cleaned_name(column))


def has_persons(contract: Contract) -> bool:
    """True when records of the feed carry a person_key."""
    return any(contract.column_of(role) for role in (Role.PERSON_ID, Role.EMBEDDED_PERSON_ID))


def has_organisations(contract: Contract) -> bool:
    """True when records of the feed carry an organisation_key."""
    return contract.column_of(Role.USCC) is not None


def beginning(first_known: date | None) -> pl.Expr:
    """The day a feed's first delivery was known: as given, else the earliest `known_from` of the rows at hand."""
    return pl.col("known_from").min() if first_known is None else pl.lit(first_known)


def value(rows: pl.LazyFrame, contract: Contract, role: Role, dtype: pl.DataType) -> pl.Expr:
    """The role's value as `dtype`, null where the feed does not tell it or the text does not fit."""
    name = lake_column(contract, role)
    return pl.lit(None, dtype) if name is None else named(rows, name, dtype)


def named(rows: pl.LazyFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    """Column `name` as `dtype`, null when the frame lacks it."""
    schema = rows.collect_schema()
    if name not in schema:
        return pl.lit(None, dtype)
    if schema[name] == pl.String and dtype in (pl.Date(), pl.Datetime("us")):
        # A masked date (2019****) is text: its earliest possible day counts.
        day = pl.col(name).str.slice(0, 8).str.replace_all("*", "0", literal=True)
        day = day.str.replace(r"^(\d{4})00", "${1}01").str.replace(r"^(\d{6})00$", "${1}01")
        return day.str.to_date("%Y%m%d", strict=False).cast(dtype)
    return pl.col(name).cast(dtype, strict=False)
