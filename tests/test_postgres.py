"""The PostgreSQL server other tests stand on."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import create_engine, text

from tests.postgres import GUARDED, Database, running_server


def test_a_database_is_empty_and_reached_by_socket_and_tcp(postgres: Database) -> None:
    assert postgres.run("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == [(0,)]
    postgres.run("CREATE TABLE town (name text)")
    postgres.run("INSERT INTO town VALUES (%s)", "和平里")
    for url in (postgres.url, postgres.tcp_url):
        engine = create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT name FROM town")).scalars().all() == ["和平里"]
        engine.dispose()


def test_a_guarded_role_needs_its_password(postgres: Database) -> None:
    postgres.run(f"CREATE ROLE {GUARDED} LOGIN PASSWORD 'right'")
    try:
        url = postgres.tcp_url.replace("postgres@", f"{GUARDED}:{{}}@").replace("+psycopg", "")
        psycopg.connect(url.format("right")).close()
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(url.format("wrong"))
    finally:
        postgres.run(f"DROP ROLE {GUARDED}")


def test_what_is_committed_survives_a_kill() -> None:
    with running_server() as server:
        database = server.new_database()
        database.run("CREATE TABLE town (name text); INSERT INTO town VALUES ('a')")
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            database.run("SELECT 1")
        server.start()
        assert database.run("SELECT name FROM town") == [("a",)]
