"""Measures run over the resolved tables: SQL of schemas/measures in, (building_code, area_code, value) out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence

import duckdb
import polars as pl

from schemas.errors import BlockdataError
from schemas.measure import Measure
from transforms.packing.beside import VALUES

MEMORY = "3GB"  # beyond it DuckDB spills to disk


class MeasureFault(BlockdataError):
    """A measure's SQL does not run or does not yield what it must."""


def measured(
    tables: Mapping[str, pl.DataFrame], measures: Sequence[Measure], relations: Mapping[str, str] | None = None
) -> dict[str, pl.DataFrame]:
    """Per measure id its values, one row a building or, outside buildings, an area.

    `tables` are at hand, `relations` lie in files (what stands after FROM). A table several measures read is taken from
    its files once, in the columns their SQL names. Raises MeasureFault naming the measure.
    """
    with (
        tempfile.TemporaryDirectory(prefix="blockdata-pack-") as spill,
        duckdb.connect(config={"python_enable_replacements": "false"}) as con,
    ):
        read = {name for measure in measures for name in measure.reads}
        for name, frame in ((name, frame) for name, frame in tables.items() if name in read):
            schema, table = name.split(".", 1)
            con.register(f"frame_{schema}_{table}", frame)
            con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            con.execute(f'CREATE VIEW "{schema}"."{table}" AS SELECT * FROM "frame_{schema}_{table}"')
        con.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{spill}'")
        relations = relations or {}
        known = {*tables, *relations}
        for name, relation in relations.items():
            reading = [measure.sql for measure in measures if name in measure.reads]
            if not reading:
                continue
            schema, table = name.split(".", 1)
            con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            words = {word for sql in reading for word in re.findall(r"\w+", sql.lower())}
            rows = con.sql(f"SELECT * FROM {relation} LIMIT 0").columns
            columns = (
                ", ".join(f'"{column}"' for column in rows if column.lower() in words or "*" in words) or "1 AS one"
            )
            kind = "TABLE" if len(reading) > 1 else "VIEW"
            con.execute(f'CREATE {kind} "{schema}"."{table}" AS SELECT {columns} FROM {relation}')
        return {
            # A district without a feed has none of what the feed would count.
            measure.id: _run(con, measure) if set(measure.reads) <= known else pl.DataFrame(schema=VALUES)
            for measure in measures
        }


def _run(con: duckdb.DuckDBPyConnection, measure: Measure) -> pl.DataFrame:
    query = measure.sql.strip().rstrip(";")
    try:
        # A building decides over the grid it stands in; only what lies outside buildings is counted by area.
        frame = con.sql(
            "SELECT building_code::VARCHAR AS building_code,"
            " CASE WHEN building_code IS NULL THEN area_code::VARCHAR END AS area_code, sum(value)::DOUBLE AS value"
            f" FROM ({query}) GROUP BY ALL"
        ).pl()
    except duckdb.Error as error:
        raise MeasureFault(
            f"measure {measure.id}: {str(error).splitlines()[0]}",
            f"mend schemas/measures/{measure.theme}/{measure.id}.yaml",
        ) from None
    return frame.cast(VALUES)
