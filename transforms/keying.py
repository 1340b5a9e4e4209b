"""Between a feed's cleaned rows and the address library: what a contract's columns mean to keying, and back."""

from __future__ import annotations

import polars as pl

from schemas.contract import Contract, Role
from transforms.parts import in_parts
from transforms.reading.quarantine import faults_of, no_faults

KEYED: dict[str, pl.DataType] = {
    "unit_code": pl.String(),
    "building_code": pl.String(),
    "area_code": pl.String(),
    "match_level": pl.String(),
    "match_method": pl.String(),
    "match_score": pl.Float64(),
    "match_margin": pl.Float64(),
    "proposed_room": pl.String(),
}
CODE_RULES = ("code_unknown",)  # about the code column; the other broken rules are about the area column


def addresses_of(cleaned: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """What keying reads of each row: row, address, code, lon, lat, area_code, area_scheme, area_name.

    Several address columns (community, estate, room) are one text, in the order of the contract.
    """
    texts = [column.name for column in contract.columns if column.role is Role.ADDRESS_TEXT and not column.is_dropped]
    area = contract.column_of(Role.AREA_CODE)
    return cleaned.select(
        pl.int_range(pl.len(), dtype=pl.UInt32).alias("row"),
        (pl.concat_str(texts, ignore_nulls=True).replace("", None) if texts else _absent(pl.String())).alias("address"),
        _column(cleaned, contract, Role.UNIT_CODE).alias("code"),
        _named(cleaned, "lon", pl.Float64()),
        _named(cleaned, "lat", pl.Float64()),
        _column(cleaned, contract, Role.AREA_CODE).alias("area_code"),
        pl.lit(area.meaning.scheme if area else None, dtype=pl.String).alias("area_scheme"),
        _column(cleaned, contract, Role.AREA_NAME).alias("area_name"),
    )


def with_codes(cleaned: pl.DataFrame, keyed: pl.DataFrame) -> pl.DataFrame:
    """`cleaned` with the columns of KEYED; a delivered column of such a name gives way to the key."""
    keyed = keyed.sort("row")
    kept = cleaned.drop([name for name in KEYED if name in cleaned.columns])
    return kept.with_columns(keyed[name].cast(dtype) for name, dtype in KEYED.items())


def broken_rows(cleaned: pl.DataFrame, keyed: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """Quarantine lines of rows whose code or area breaks a rule only the library can tell."""
    marked = cleaned.with_columns(broken_rule=keyed.sort("row")["broken_rule"])
    lines = [no_faults()]
    for rule in marked["broken_rule"].drop_nulls().unique().sort():
        column = contract.column_of(Role.UNIT_CODE if rule in CODE_RULES else Role.AREA_CODE)
        name = column.name if column is not None and column.name in cleaned.columns else ""
        value = pl.col(name) if name else _absent(pl.String())
        lines.append(faults_of(marked, pl.col("broken_rule") == rule, name, rule, value))
    return pl.concat(lines)


def match_rates(keyed: pl.DataFrame, buildings: pl.DataFrame) -> pl.DataFrame:
    """Rows counted by street_code, building_usage, match_level, match_method (quality.match_rate)."""
    # Counted by building, some rows at a time, before the join: counting millions at once takes two gigabytes.
    by = ["building_code", "match_level", "match_method"]
    counted = pl.concat([part.group_by(by).agg(records=pl.len().cast(pl.Int64)) for part in in_parts(keyed)])
    told = counted["building_code"].drop_nulls().unique()
    of_these = buildings.filter(pl.col("building_code").is_in(told.implode()))  # of a small delivery a few of all
    places = of_these.select("building_code", "street_code", building_usage="usage").unique("building_code")
    return (
        counted.join(places, on="building_code", how="left")
        .group_by("street_code", "building_usage", "match_level", "match_method")
        .agg(pl.col("records").sum())
        .sort("street_code", "building_usage", "match_level", "match_method")
    )


def _column(cleaned: pl.DataFrame, contract: Contract, role: Role) -> pl.Expr:
    column = contract.column_of(role)
    return _named(cleaned, column.name, pl.String()) if column else _absent(pl.String())


def _named(cleaned: pl.DataFrame, name: str, dtype: pl.DataType) -> pl.Expr:
    return pl.col(name).cast(dtype) if name in cleaned.columns else _absent(dtype).alias(name)


def _absent(dtype: pl.DataType) -> pl.Expr:
    return pl.lit(None, dtype=dtype)
