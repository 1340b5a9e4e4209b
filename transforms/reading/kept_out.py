"""The key cells of rows that reading kept out: a row in quarantine is no record that vanished.

A torn line has no columns any more, so its key is looked for: by the form the contract gives it, else at its place.
"""

from __future__ import annotations

import re

import polars as pl

from schemas.contract import Column, Contract

_TEXT = pl.Schema({"file_name": pl.String(), "row_number": pl.UInt32(), "text": pl.String()})


def no_lines() -> pl.DataFrame:
    """No torn line: file_name, row_number, text."""
    return pl.DataFrame(schema=_TEXT)


def keys_of_rows(rows: pl.DataFrame, faults: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """file_name, row_number and the key columns as text of every row with a line in `faults`; a faulty cell is null."""
    place = ["file_name", "row_number"]
    keys = [column.name for column in contract.key_columns if column.name in rows.columns]
    kept_out = rows.select(*place, *keys).join(faults.select(place).unique(), on=place, how="semi")
    for name in keys:
        broken = faults.filter(pl.col("column") == name).select(*place, __broken=pl.lit(True)).unique()
        if broken.height:
            kept_out = kept_out.join(broken, on=place, how="left", maintain_order="left").with_columns(
                pl.when(pl.col("__broken").is_null()).then(pl.col(name)).alias(name)
            )
            kept_out = kept_out.drop("__broken")
    return kept_out


def keys_of_lines(torn: pl.DataFrame, contract: Contract, positions: dict[str, int], width: int) -> pl.DataFrame:
    """The same of torn lines of a delimited file; `positions` and `width` as its header says."""
    cells = pl.col("text").str.split(contract.reading.delimiter)
    cells = cells.list.eval(pl.element().str.strip_chars(' \t\r\n"').str.normalize("NFKC"))
    found = torn.with_columns(__cells=cells).with_columns(
        _cell(column, positions.get(column.name)).alias(column.name) for column in contract.key_columns
    )
    return _continued(found, contract, width).select(*_place(), *_names(contract))


def keys_of_objects(torn: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The same of lines that are no JSON object any more."""
    headers: dict[str, list[str]] = {
        column.name: [column.header, *column.meaning.aliases] for column in contract.columns
    }
    return torn.select(
        *_place(),
        *(
            pl.col("text")
            .str.extract(rf'"(?:{"|".join(map(re.escape, headers[name]))})"\s*:\s*"?([^"]*?)"?\s*[,}}]')
            .alias(name)
            for name in _names(contract)
        ),
    )


def _cell(column: Column, position: int | None) -> pl.Expr:
    """The one cell of the key's form; without a form only a key in front is told for sure."""
    cells = pl.col("__cells")
    if column.options.pattern is not None:
        fitting = cells.list.eval(pl.element().filter(pl.element().str.contains(column.options.pattern))).list.unique()
        return pl.when(fitting.list.len() == 1).then(fitting.list.first())
    if position != 0:
        return pl.lit(None, pl.String)
    first = cells.list.first()
    return pl.when(first != "").then(first)


def _continued(found: pl.DataFrame, contract: Contract, width: int) -> pl.DataFrame:
    """A line break in a cell tears a row in two lines: the one below a line with a key that together have the width of
    a row is the rest of that row, and carries its key."""
    names = _names(contract)
    has_key = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    cells = pl.col("__cells").list.len()
    rest = (
        ~has_key
        & has_key.shift(1, fill_value=False)
        & (pl.col("row_number").cast(pl.Int64).diff() == 1)
        & (cells.cast(pl.Int64) + cells.shift(1).cast(pl.Int64) == width + 1)
    )
    return found.with_columns(
        pl.when(rest.fill_null(False)).then(pl.col(name).shift(1)).otherwise(pl.col(name)).alias(name) for name in names
    )


def _names(contract: Contract) -> list[str]:
    return [column.name for column in contract.key_columns]


def _place() -> list[pl.Expr]:
    return [pl.col("file_name"), pl.col("row_number").cast(pl.UInt32)]
