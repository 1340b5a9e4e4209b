"""Pulling from databases: a real PostgreSQL, and another driver by URL."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from schemas.errors import BlockdataError, UsageError
from schemas.home import Home
from tests.connecting.sources import (
    FEED,
    FIRST,
    SECOND,
    THIRD,
    database_server,
    landed,
    left_in_landing,
    load_waiting,
    pull_and_load,
    pulled_feed,
    standing,
    visit,
)
from tests.postgres import GUARDED, Database
from transforms.connecting import pull
from transforms.lake.store import Lake

TABLE = (
    "CREATE TABLE town (no text PRIMARY KEY, name text, place text, since date, colour text, "
    "changed_at timestamptz, salary numeric)"
)


@pytest.fixture
def town(postgres: Database, feeds: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A table of two visits in the exchange database, and a feed pulled from it."""
    postgres.run(TABLE)
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", postgres.url)
    pulled_feed(feeds, database_server())
    put(postgres, visit(1), visit(2, changed="2020-03-01 09:00:00"))
    return postgres


def put(database: Database, *rows: dict[str, str]) -> None:
    """Inserts or updates."""
    for row in rows:
        database.run(
            "INSERT INTO town (no, name, place, since, colour, changed_at) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (no) DO UPDATE SET colour = excluded.colour, changed_at = excluded.changed_at",
            *(row[name] for name in ("no", "name", "place", "since", "colour", "changed_at")),
        )


def test_a_delivery_lands_as_a_department_would_drop_it(small_home: Home, town: Database) -> None:
    pulled = pull(FEED, FIRST, small_home)
    assert (pulled.status, pulled.rows, pulled.server) == ("landed", 2, "exchange")
    assert left_in_landing(small_home) == ["visits_20260302.jsonl", "visits_20260302.manifest.json"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (small_home.landing / FEED).iterdir()} == {0o600}
    assert landed(small_home)[0] == {key: value for key, value in visit(1).items() if key != "changed_at"}
    (result,) = load_waiting(small_home)
    assert (result.status, result.counts["inserted"]) == ("loaded", 2)
    assert left_in_landing(small_home) == []


def test_only_what_changed_comes_and_nothing_is_lost_or_double(small_home: Home, town: Database) -> None:
    pull_and_load(small_home, FIRST)
    put(town, visit(1, changed="2020-03-05 08:00:00", colour="blue"), visit(3, changed="2020-03-05 08:00:00"))
    pulled, (result,) = pull_and_load(small_home, SECOND)
    assert pulled.since == "2020-03-01T08:00:00+00:00"  # 09:00 less an hour, as the server says it
    assert (result.counts["inserted"], result.counts["updated"], result.counts["unchanged"]) == (1, 1, 1)
    assert standing(small_home) == {"V0001": "blue", "V0002": "red", "V0003": "red"}


def test_nothing_new_drops_nothing(small_home: Home, town: Database) -> None:
    pull_and_load(small_home, FIRST)
    town.run("DELETE FROM town WHERE no = 'V0001'")  # still within the overlap: V0002 alone, new content
    pulled, (result,) = pull_and_load(small_home, SECOND)
    assert (pulled.status, result.counts["unchanged"]) == ("landed", 1)
    pulled, results = pull_and_load(small_home, THIRD)
    assert (pulled.status, results, left_in_landing(small_home)) == ("nothing_new", [], [])
    town.run("DELETE FROM town")
    assert pull(FEED, THIRD, small_home).status == "nothing_new"


def test_late_rows_and_ties_within_the_overlap_come(small_home: Home, town: Database) -> None:
    """A transaction open during the first pull commits an older time, and one with the very same time."""
    pull_and_load(small_home, FIRST)
    put(town, visit(3, changed="2020-03-01 09:00:00"), visit(4, changed="2020-03-01 08:30:00"))
    pull_and_load(small_home, SECOND)
    assert set(standing(small_home)) == {"V0001", "V0002", "V0003", "V0004"}


def test_a_row_without_a_watermark_comes_with_every_pull(small_home: Home, town: Database) -> None:
    pull_and_load(small_home, FIRST)
    town.run("INSERT INTO town (no, place, colour, since) VALUES ('V0009', '和平里1栋101', 'red', '2026-01-05')")
    pulled, _ = pull_and_load(small_home, SECOND)
    assert "V0009" in standing(small_home) and "1 rows without changed_at" in pulled.remarks[-1]


def test_a_row_from_the_future_does_not_hide_what_comes(small_home: Home, town: Database) -> None:
    put(town, visit(3, changed="2999-01-01 00:00:00"))
    pulled, _ = pull_and_load(small_home, FIRST)
    assert pulled.reached == "2020-03-01T09:00:00+00:00" and "ahead" in pulled.remarks[-1]
    put(town, visit(4, changed="2020-03-02 00:00:00"))
    pull_and_load(small_home, SECOND)
    assert set(standing(small_home)) == {"V0001", "V0002", "V0003", "V0004"}


def test_a_refused_batch_does_not_move_the_watermark(small_home: Home, town: Database) -> None:
    town.run("UPDATE town SET colour = NULL")
    for number in range(10, 30):
        put(town, visit(number, changed="2020-03-01 09:00:00", colour=None))  # type: ignore[arg-type]
    _, (result,) = pull_and_load(small_home, FIRST)
    assert result.status == "refused"
    town.run("UPDATE town SET colour = 'red'")  # mended, and nobody touches changed_at
    pulled, (result,) = pull_and_load(small_home, SECOND)
    assert pulled.since is None and result.counts["inserted"] == 22


def test_killed_between_pull_and_load_nothing_is_lost_or_double(small_home: Home, town: Database) -> None:
    assert pull(FEED, FIRST, small_home).status == "landed"
    assert pull(FEED, FIRST, small_home).status == "waiting"
    put(town, visit(3, changed="2020-03-05 08:00:00"))
    pulled = pull(FEED, SECOND, small_home)  # the next day's run, before anything was loaded
    assert (pulled.since, pulled.rows) == (None, 3)
    first, second = load_waiting(small_home)
    assert (first.counts["inserted"], second.counts["inserted"], second.counts["unchanged"]) == (2, 1, 2)
    assert Lake(small_home).listed(FEED)["watermark"].to_list() == [
        "2020-03-01T09:00:00+00:00",
        "2020-03-05T08:00:00+00:00",
    ]


def test_a_snapshot_says_what_is_gone(small_home: Home, town: Database, feeds: Path) -> None:
    pulled_feed(feeds, database_server(watermark=None), mode="snapshot")
    put(town, visit(3), visit(4))
    pull_and_load(small_home, FIRST)
    town.run("DELETE FROM town WHERE no = 'V0002'")
    _, (result,) = pull_and_load(small_home, SECOND)
    assert result.counts["deleted"] == 1 and set(standing(small_home)) == {"V0001", "V0003", "V0004"}
    town.run("DELETE FROM town")
    with pytest.raises(BlockdataError, match="no row") as fault:
        pull(FEED, THIRD, small_home)
    assert "town__visits: server exchange" in str(fault.value) and left_in_landing(small_home) == []


def test_a_select_asked_by_day_gives_past_days(small_home: Home, town: Database, feeds: Path) -> None:
    query = "SELECT no, name, place, since, colour FROM town WHERE changed_at::date = :day"
    pulled_feed(feeds, database_server(table=None, watermark=None, query=query))
    put(town, visit(3, changed="2026-03-02 08:00:00"), visit(4, changed="2026-03-03 08:00:00"))
    for day, number in ((SECOND, "V0004"), (FIRST, "V0003")):
        assert pull(FEED, day, small_home).rows == 1
        assert landed(small_home)[0]["no"] == number
        load_waiting(small_home)
    assert pull(FEED, THIRD, small_home).status == "nothing_new"


def test_a_past_day_cannot_be_asked_of_what_tells_the_present(small_home: Home, town: Database) -> None:
    pull_and_load(small_home, SECOND)
    with pytest.raises(UsageError, match="how things are now"):
        pull(FEED, FIRST, small_home)


def test_since_goes_back_and_never_leaves_a_gap(small_home: Home, town: Database) -> None:
    pull_and_load(small_home, FIRST)
    assert pull(FEED, SECOND, small_home, since="2019-01-01").rows == 2
    for since, word in (("2020-03-02", "beyond"), ("yesterday", "no timestamp")):
        with pytest.raises(UsageError, match=word):
            pull(FEED, THIRD, small_home, since=since)


def test_what_the_contract_does_not_take_never_leaves_the_source(small_home: Home, town: Database, feeds: Path) -> None:
    pulled_feed(feeds, database_server(), full_name={"classification": "excluded", "customProperties": []})
    pulled = pull(FEED, FIRST, small_home)
    assert set(landed(small_home)[0]) == {"no", "place", "since", "colour"}
    assert "salary" in pulled.remarks[0]


def test_a_changed_schema_is_told_and_an_alias_mends_it(small_home: Home, town: Database, feeds: Path) -> None:
    town.run("ALTER TABLE town RENAME colour TO color")
    with pytest.raises(BlockdataError, match="no column colour; it has, unknown to us: changed_at, color") as fault:
        pull(FEED, FIRST, small_home)
    assert "aliases" in fault.value.mend and left_in_landing(small_home) == []
    pulled_feed(feeds, database_server(), colour={"customProperties": [{"property": "aliases", "value": ["COLOR"]}]})
    _, (result,) = pull_and_load(small_home, FIRST)
    assert result.counts["inserted"] == 2
    town.run("ALTER TABLE town DROP changed_at")
    with pytest.raises(BlockdataError, match="no watermark column changed_at"):
        pull(FEED, SECOND, small_home)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        ("DROP TABLE town", "asked wrongly: relation"),
        ("ALTER TABLE town RENAME TO other", "asked wrongly"),
        ("ALTER TABLE town ALTER colour TYPE bytea USING colour::bytea", "column colour holds bytes"),
        ("ALTER TABLE town ALTER changed_at TYPE text", "holds text, not times"),
    ],
)
def test_what_cannot_be_read_is_told_and_nothing_lands(small_home: Home, town: Database, spoil: str, told: str) -> None:
    town.run(spoil)
    with pytest.raises(BlockdataError, match=told) as fault:
        pull(FEED, FIRST, small_home)
    assert fault.value.mend and "server exchange" in fault.value.message
    assert left_in_landing(small_home) == []


def test_a_login_is_refused_without_showing_the_password(
    small_home: Home, town: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.run(f"DROP ROLE IF EXISTS {GUARDED}; CREATE ROLE {GUARDED} LOGIN PASSWORD 's3cret+good'")
    try:
        for password, told in (("s3cretword", "refuses the login"), ("s3cret+good", "may not be read")):
            address = town.tcp_url.replace("postgres@", f"{GUARDED}:{password}@")
            monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", address)
            with pytest.raises(BlockdataError, match=told) as fault:
                pull(FEED, FIRST, small_home)
            assert password not in str(fault.value)
    finally:
        town.run(f"DROP ROLE {GUARDED}")


def test_a_slow_statement_is_cut_off(small_home: Home, town: Database, feeds: Path) -> None:
    town.run("ALTER TABLE town RENAME TO real; CREATE VIEW town AS SELECT real.* FROM real, pg_sleep(20)")
    pulled_feed(feeds, database_server(timeout_seconds=0.1, attempts=2))
    with pytest.raises(BlockdataError, match="took too long"):
        pull(FEED, FIRST, small_home)


def test_a_broken_connection_is_tried_again(
    small_home: Home, town: Database, feeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server ends the session in the middle of the rows, once."""
    from transforms.connecting import database

    pulled_feed(feeds, database_server(page_size=1))
    text_of, calls = database.text_of, []

    def cut_off(*given: object) -> object:
        calls.append(given)
        if len(calls) == 1:
            town.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                     "AND datname = current_database()")  # fmt: skip
        return text_of(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(database, "text_of", cut_off)
    assert pull(FEED, FIRST, small_home).rows == 2 and len(landed(small_home)) == 2
    assert len(left_in_landing(small_home)) == 2


def test_a_server_that_is_down_is_told(small_home: Home, town: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", "postgresql+psycopg://reader:s3cretword@127.0.0.1:1/town")
    with pytest.raises(BlockdataError, match="cannot be reached") as fault:
        pull(FEED, FIRST, small_home)
    assert "s3cretword" not in str(fault.value)


def test_the_secret_leads_where_the_contract_says(small_home: Home, town: Database, feeds: Path) -> None:
    for wrong in ({"database": "another"}, {"host": "elsewhere"}, {"type": "mysql"}):
        pulled_feed(feeds, database_server() | wrong)
        with pytest.raises(BlockdataError, match="secret TOWN"):
            pull(FEED, FIRST, small_home)


@pytest.mark.parametrize("address", ["nonsense", "postgresql://[", "nodriver://x/y", "sqlite:////nowhere/at/all.db"])
def test_an_address_nobody_understands_is_told_unseen(
    small_home: Home, feeds: Path, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    pulled_feed(feeds, database_server("custom"))
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", address)
    with pytest.raises(BlockdataError, match="server exchange") as fault:
        pull(FEED, FIRST, small_home)
    assert address not in str(fault.value)


def test_another_driver_by_its_address(
    small_home: Home, feeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite, whose times are text: as many an exchange database keeps them."""
    path = tmp_path / "town.db"
    mark = {"column": "changed_at", "format": "%Y%m%d%H%M%S", "overlap": 60}
    pulled_feed(feeds, database_server("custom", watermark=mark))
    monkeypatch.setenv("BLOCKDATA_SECRET_TOWN", f"sqlite:///{path}")
    with sqlite3.connect(path) as source:
        source.execute("CREATE TABLE town (no, name, place, since, colour, changed_at TEXT)")
        source.executemany(
            "INSERT INTO town VALUES (?, ?, ?, ?, ?, ?)",
            [tuple(visit(number, changed=f"2020030108{number:02}00").values()) for number in (1, 2, 5)],
        )
    _, (result,) = pull_and_load(small_home, FIRST)
    assert result.counts["inserted"] == 3
    with sqlite3.connect(path) as source:
        source.execute("INSERT INTO town VALUES (?, ?, ?, ?, ?, ?)", tuple(visit(6, changed="20200301080600").values()))
        source.execute("INSERT INTO town VALUES (?, ?, ?, ?, ?, ?)", tuple(visit(7, changed="of old").values()))
    pulled, (result,) = pull_and_load(small_home, SECOND)
    assert (pulled.rows, result.counts["inserted"], result.counts["unchanged"]) == (3, 2, 1)
    assert "no timestamp" in pulled.remarks[-1]
    source.close()


def test_a_number_that_grows_is_a_watermark_too(small_home: Home, town: Database, feeds: Path) -> None:
    town.run("ALTER TABLE town ADD version bigint; UPDATE town SET version = 9")
    pulled_feed(feeds, database_server(watermark={"column": "version", "kind": "integer", "overlap": 2}))
    pull_and_load(small_home, FIRST)
    town.run("UPDATE town SET version = 10, colour = 'blue' WHERE no = 'V0001'")
    pulled, (result,) = pull_and_load(small_home, SECOND)
    assert (pulled.since, pulled.reached, result.counts["updated"]) == ("7", "10", 1)
    pulled_feed(feeds, database_server())
    with pytest.raises(BlockdataError, match="which is no timestamp"):
        pull(FEED, THIRD, small_home)
