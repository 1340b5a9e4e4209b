"""Stage `subject`: the same subject's earlier key, where the record itself says no address or only its building."""

from __future__ import annotations

import polars as pl

from transforms.addressing.library import AddressLibrary

METHOD = "subject"
SCORE = 0.7


def subject(asked: pl.DataFrame, library: AddressLibrary) -> pl.DataFrame:
    """For questions (question, subject_code): question, unit_code, building_code of earlier keys that still stand."""
    given = asked.filter(pl.col("subject_code").is_not_null()).select("question", code="subject_code")
    units = library.units_of(given["code"]).filter("is_live").select(code="unit_code", building_code="building_code")
    buildings = library.buildings_of(given["code"]).filter("is_live").select(code="building_code")
    at_unit = given.join(units, on="code").select("question", "building_code", unit_code="code")
    at_building = given.join(buildings, on="code").select(
        "question", building_code="code", unit_code=pl.lit(None, pl.String)
    )
    return pl.concat([at_unit, at_building.select(at_unit.columns)])
