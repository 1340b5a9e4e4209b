"""Keying a column of one's own to the current library."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from schemas.home import Home

ADDED = (
    "match_level",
    "unit_code",
    "building_code",
    "area_code",
    "match_method",
    "match_score",
    "match_margin",
    "candidates",
    "reason",
)


def to_current_library(addresses: pl.Series, home: Home) -> pl.DataFrame:
    """One row an address, in order: the columns ADDED. UsageError when no library was imported yet."""
    import polars as pl

    from schemas.errors import UsageError
    from transforms.addressing.key import key_addresses
    from transforms.addressing.library import AddressLibrary

    library = AddressLibrary.open(home)
    if library.is_empty:
        raise UsageError("there is no address library yet", "import one first: blockdata library import DIR")
    records = pl.DataFrame({"address": addresses.cast(pl.String)}).with_row_index("row")
    return key_addresses(records, library).select(ADDED)
