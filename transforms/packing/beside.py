"""The values of all measures beside each other: a row a code, a column a measure."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

CODES = ("building_code", "area_code")
VALUES = {"building_code": pl.String(), "area_code": pl.String(), "value": pl.Float64()}


def side_by_side(values: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """building_code, area_code and a column a measure id, null where it has no value; sorted by code.

    `values` has per measure the columns of VALUES, one row a code. Codes are looked up once for all measures: each
    joined for itself, or all turned from rows into columns, costs ten times as much.
    """
    told = pl.concat([pl.DataFrame(schema=VALUES), *(rows.select(*VALUES) for rows in values.values())])
    codes = told.select(CODES).unique().sort(CODES, nulls_last=True)
    place = pl.int_range(pl.len(), dtype=pl.UInt32).alias("place")
    looked_up = codes.with_columns(place)
    places = told.select(CODES).join(looked_up, on=CODES, how="left", nulls_equal=True, maintain_order="left")["place"]
    columns, first = [], 0
    for measure, rows in values.items():
        column = pl.Series(measure, [None], pl.Float64).new_from_index(0, codes.height)
        columns.append(column.scatter(places.slice(first, rows.height), rows["value"]))
        first += rows.height
    return codes.with_columns(columns)


def put_together(stood: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Two of `side_by_side` as one, summed where both have a value of a measure; a sum of nothing is no value."""
    both = stood.join(told, on=CODES, how="full", nulls_equal=True, coalesce=True, suffix=" told")
    measures = list(dict.fromkeys([*stood.columns, *told.columns]))[len(CODES) :]
    sums = {
        measure: pl.sum_horizontal(measure, f"{measure} told") if f"{measure} told" in both.columns else pl.col(measure)
        for measure in measures
    }
    values = both.select(*CODES, *(pl.when(total != 0).then(total).alias(name) for name, total in sums.items()))
    return values.filter(pl.any_horizontal(pl.col(measures).is_not_null())).sort(CODES, nulls_last=True)
