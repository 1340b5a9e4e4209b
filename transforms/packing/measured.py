"""Measures run over the resolved tables: SQL of schemas/measures in, (building_code, area_code, value) out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

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
    with counting() as con:
        return counted(con, tables, measures, relations)


@contextmanager
def counting() -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to count in: opening one costs as much as ten measures of a small table."""
    with (
        tempfile.TemporaryDirectory(prefix="blockdata-pack-") as spill,
        duckdb.connect(config={"python_enable_replacements": "false"}) as con,
    ):
        con.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = '{spill}'")
        yield con


def counted(
    con: duckdb.DuckDBPyConnection,
    tables: Mapping[str, pl.DataFrame],
    measures: Sequence[Measure],
    relations: Mapping[str, str] | None = None,
) -> dict[str, pl.DataFrame]:
    """The same in a connection, which is left as it was."""
    relations = relations or {}
    known = {*tables, *relations}
    con.execute("ATTACH ':memory:' AS counted; USE counted")
    try:
        for name in sorted({name for measure in measures for name in measure.reads} & known):
            schema, table = name.split(".", 1)
            con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
            relation = relations.get(name, f"{schema}_{table}_at_hand")
            if name not in relations:
                con.register(relation, tables[name])
            wanted = columns_read(measures, name, con.sql(f"SELECT * FROM {relation} LIMIT 0").columns)
            columns = ", ".join(f'"{column}"' for column in wanted) or "1 AS one"
            kind = "TABLE" if sum(name in measure.reads for measure in measures) > 1 else "VIEW"
            con.execute(f'CREATE {kind} "{schema}"."{table}" AS SELECT {columns} FROM {relation}')
        return {
            # A district without a feed has none of what the feed would count.
            measure.id: _run(con, measure) if set(measure.reads) <= known else pl.DataFrame(schema=VALUES)
            for measure in measures
        }
    finally:
        con.execute("USE memory; DETACH counted")


def columns_read(measures: Iterable[Measure], table: str, columns: Iterable[str]) -> list[str]:
    """Those of a table's columns whose names stand in the SQL of a measure that reads it."""
    words = {word for one in measures if table in one.reads for word in re.findall(r"\w+", one.sql.lower())}
    return [column for column in columns if column.lower() in words]


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
