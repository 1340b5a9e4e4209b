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


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) AS n FROM population.person WHERE person_key = '欧阳某某' -- 找欧阳某某",
        "SELECT count(*) AS 欧阳某某 FROM population.person /* 13912345678 */",
        'SELECT count(*) AS "139 1234 5678" FROM population.person WHERE birth_year = 13912345678',
        "SELECT count(*) FROM population.person WHERE sex LIKE '%139-1234-5678%' OR sex = '１３９１２３４５６７８'",
        "SELECT count(*) AS n FROM population.person WHERE person_key IN ('440306 19850317 0010', $$欧阳某某$$)",
    ],
)
def test_the_log_keeps_the_question_and_not_whom_it_was_about(query: str, home: Home) -> None:
    """Somebody may be searched for by name or number; the search is logged, the somebody is not."""
    sql(query, home, "person", "核对 139-1234-5678 的登记")
    (entry,) = audit.entries(home)
    assert "population.person" in entry["query"] and "COUNT(*)" in entry["query"]
    assert entry["purpose"] == "核对 *** 的登记"
    kept = audit.log_file(home).read_text(encoding="utf-8")
    assert not [secret for secret in ("欧阳", "5678", "５６７８", "19850317") if secret in kept]


def test_every_question_leaves_an_entry(home: Home) -> None:
    sql("SELECT 1", home)
    assert [(entry["action"], entry["profile"]) for entry in audit.entries(home)] == [("sql", "place")]


def test_what_the_parser_does_not_know_is_not_repeated(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(UsageError):
        sql("EXPLAIN SELECT * FROM population.person WHERE person_key = '13912345678'", home)
    assert "13912345678" not in "".join(capfd.readouterr())


def test_the_place_profile_opens_no_file_about_persons(home: Home) -> None:
    """Were the allow-list fooled, the second wall still knows which profile it serves."""
    import duckdb

    (file, *_) = current(home).files("population.person")
    with connection(current(home), "place") as con, pytest.raises(duckdb.PermissionException):
        con.execute(f"SELECT * FROM read_parquet('{file}')")
    with (
        connection(current(home), "person", frozenset({"population.residence"})) as con,
        pytest.raises(duckdb.PermissionException),
    ):
        con.execute(f"SELECT * FROM read_parquet('{file}')")


def test_beside_persons_a_place_table_is_the_native_one(home: Home) -> None:
    """Which opens sooner and is counted faster than its files: those need not be opened."""
    import duckdb

    (file, *_) = current(home).files("address.building")
    tables = frozenset({"population.residence", "address.building"})
    with connection(current(home), "person", tables) as con:
        joined = "SELECT count(*) FROM population.residence JOIN address.building USING (building_code)"
        assert con.execute(joined).fetchall()[0][0] > 0
        with pytest.raises(duckdb.PermissionException):
            con.execute(f"SELECT * FROM read_parquet('{file}')")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT range(3000000000)", "more memory"),
        ("SELECT a.unit_code FROM address.unit a, (SELECT unnest(range(2000000)) n)", "larger than"),
    ],
)
def test_what_would_fill_the_machine_is_stopped(
    query: str, said: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.query.LARGEST_ANSWER", 10 << 20)
    with pytest.raises(BlockdataError, match=said) as refused:
        sql(query, home)
    assert refused.value.mend
    assert sql("SELECT 1 AS one", home)["one"].to_list() == [1]


def test_a_runaway_query_is_stopped(home: Home) -> None:
    endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    with pytest.raises(BlockdataError, match="stopped after"):
        sql(endless, home, seconds=0.3)


def test_before_the_first_publish(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing is published"):
        sql("SELECT 1", Home(tmp_path / "empty"))
