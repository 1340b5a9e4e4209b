"""SQL over the current release: right answers, and nothing else to be had."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from serving import audit
from serving.query import connection, sql
from serving.released import current
from tests.serving.small_release import TOWER, VILLAGE


def test_place_tables_answer(home: Home) -> None:
    found = sql("SELECT building_code FROM address.building WHERE is_temporary", home)
    assert found.to_dicts() == [{"building_code": TOWER}]


@pytest.mark.parametrize(
    "query",
    [
        "FROM address.building SELECT count(*) AS n",
        "SELECT count(*) AS n FROM baseboard.address.building",
        "SELECT count(*) AS n FROM Address.BUILDING",
        "WITH b AS (SELECT * FROM address.building) SELECT count(*) AS n FROM b",
        "SELECT count(*) AS n FROM address.building b JOIN address.area a ON a.area_code = b.street_code",
        "SELECT count(*) AS n FROM (SELECT 1 UNION ALL SELECT 2)",
        "SELECT count(*) AS n FROM address.building, unnest([1]) AS t(x)",
    ],
)
def test_ways_of_asking_for_two_buildings(query: str, home: Home) -> None:
    assert sql(query, home)["n"].item() == 2


def test_describe_and_columns_are_answered(home: Home) -> None:
    assert "building_code" in sql("DESCRIBE address.building", home)["column_name"].to_list()
    found = sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'work_grid'", home)
    assert "base_grid" in found["column_name"].to_list()


@pytest.mark.parametrize(
    "query",
    [
        "DROP TABLE address.building",
        "CREATE TABLE main.t AS SELECT 1",
        "INSERT INTO address.building SELECT * FROM address.building",
        "UPDATE address.building SET name = 'x'",
        "DELETE FROM address.building",
        "COPY address.building TO 'stolen.csv'",
        "EXPORT DATABASE 'stolen'",
        "ATTACH 'other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "PRAGMA database_list",
        "SET threads = 1",
        "CALL pragma_version()",
        "SELECT 1; SELECT 2",
        "",
        "SELECT FROM WHERE",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        'WITH "/etc/passwd" AS (SELECT 1) SELECT * FROM "/etc/passwd"',
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM query('SELECT 1')",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM range(10)",
        "SELECT * FROM address.building, read_text('/etc/passwd')",
        "SELECT (SELECT count(*) FROM read_text('/etc/passwd'))",
        "SELECT * FROM nowhere.table_of_mine",
        "SELECT * FROM pg_catalog.pg_tables",
        "SELECT * FROM other.address.building",
        "SELECT 1 INTO x",
        "(" * 4000 + "SELECT 1" + ")" * 4000,
    ],
)
def test_everything_else_is_refused_with_a_mend(query: str, home: Home) -> None:
    with pytest.raises(UsageError) as refused:
        sql(query, home)
    assert refused.value.mend


def test_a_python_variable_is_no_table(home: Home) -> None:
    secret = pl.DataFrame({"x": [1]})
    with pytest.raises(UsageError):
        sql("SELECT * FROM secret", home)
    assert secret.height == 1


@pytest.mark.parametrize(
    "query",
    ["SELECT * FROM read_text('/etc/passwd')", "COPY (SELECT 1) TO 'x.csv'", "SET threads = 1", "ATTACH 'x.duckdb'"],
)
def test_the_second_wall_stands_alone(query: str, home: Home) -> None:
    """Were the allow-list fooled, the connection itself still opens and writes nothing."""
    import duckdb

    with connection(current(home), "person") as con, pytest.raises(duckdb.Error):
        con.execute(query)


def test_person_tables_are_not_in_the_place_profile(home: Home) -> None:
    with pytest.raises(UsageError, match="about persons") as refused:
        sql("SELECT count(*) FROM population.residence", home)
    assert "--profile person" in refused.value.mend
    assert not audit.log_file(home).exists()


def test_the_person_profile_needs_a_purpose(home: Home) -> None:
    with pytest.raises(UsageError, match="purpose"):
        sql("SELECT count(*) FROM population.residence", home, "person", "  ")


def test_the_person_profile_answers_and_leaves_an_entry(home: Home) -> None:
    query = (
        "SELECT count(*) AS n FROM population.residence JOIN address.building USING (building_code) "
        f"WHERE building_code = '{VILLAGE}'"
    )
    assert sql(query, home, "person", "人口统计")["n"].item() == 3
    (entry,) = audit.entries(home)
    assert (entry["action"], entry["purpose"]) == ("sql", "人口统计")
    assert entry["tables"] == ["address.building", "population.residence"]
    assert VILLAGE not in entry["query"]


def test_a_runaway_query_is_stopped(home: Home) -> None:
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    with pytest.raises(BlockdataError, match="stopped after"):
        sql(endless, home, seconds=0.3)


def test_before_the_first_publish(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is published"):
        sql("SELECT 1", Home(tmp_path / "empty"))
