"""Analyst SQL: DuckDB over the current release, read only, behind two walls.

The first is `allowed_sql`. The second is the connection: it opens no file but those of the tables asked for, loads no
extension, sees no Python variable, and its settings are locked. Time, memory and the size of an answer are bounded.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError, UsageError
from schemas.sql_text import sql_text
from serving.allowed_sql import ABOUT_TABLES, ASK, CATALOGUE, check_sql, without_values
from serving.memory import at_most, memory_for_queries
from serving.released import Profile, Released, current

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from schemas.home import Home

NARROWER = "narrow it to a street, to fewer columns, or count instead of listing"
LARGEST_ANSWER = 2 << 30  # bytes in memory; a larger one is an extract, not an answer
SPILLED = "20GiB"  # what a query may spill to disk while it runs
BATCH_ROWS = 100_000
PLACES = "places"  # baseboard.duckdb beside tables about persons


def sql(
    query: str,
    home: Home,
    profile: Profile = "place",
    purpose: str = "",
    *,
    by: str = "",
    seconds: float = 600,
) -> pl.DataFrame:
    """The answer to one untrusted SELECT over the current release.

    The place profile opens address, block, quality and release; the person profile also population, entity, event and
    record, and needs a `purpose`. Every question leaves an audit entry before it runs, without the values it compares
    with. Raises UsageError for what may not be asked or DuckDB cannot answer, BlockdataError for a query that runs
    longer than `seconds`, or needs or yields more than memory holds.
    """
    from serving import audit

    released = current(home)
    if profile == "person" and not purpose.strip():
        raise UsageError("the person profile opens with a stated purpose", "add --purpose, saying what it is for")
    tables = _checked(query, released, profile)
    audit.append(
        home,
        "sql",
        by=by,
        release=released.name,
        profile=profile,
        purpose=audit.scrubbed(purpose.strip()),
        tables=sorted(tables),
        query=audit.scrubbed(without_values(query)),
    )
    return _answer(query, released, profile, tables, seconds)


def _checked(query: str, released: Released, profile: Profile) -> frozenset[str]:
    try:
        return check_sql(query, released.names(profile))
    except UsageError:
        if profile == "place":
            try:
                check_sql(query, released.names("person"))
            except UsageError:
                pass
            else:
                mend = "add --profile person --purpose TEXT; the question is then kept in the audit log"
                raise UsageError("this reads tables about persons, outside the place profile", mend) from None
        raise


def _answer(query: str, released: Released, profile: Profile, tables: frozenset[str], seconds: float) -> pl.DataFrame:
    import duckdb

    with connection(released, profile, tables) as con:
        watch = threading.Timer(seconds, con.interrupt)
        watch.start()
        try:
            statements = con.extract_statements(query)
            if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                raise UsageError("only one SELECT is answered here", ASK)
            with at_most(3 * memory_for_queries()):  # DuckDB's own, the answer, and as much again for what it misses
                return _frame(con, query)
        except duckdb.InterruptException:
            raise BlockdataError(f"stopped after {seconds:.0f} s", NARROWER) from None
        except (duckdb.OutOfMemoryException, MemoryError):
            raise BlockdataError("the query needs more memory than one may take", NARROWER) from None
        except duckdb.Error as error:
            raise UsageError(str(error).strip(), ASK) from None
        finally:
            watch.cancel()


def _frame(con: duckdb.DuckDBPyConnection, query: str) -> pl.DataFrame:
    """The answer, fetched in pieces, so that one too large is stopped before it fills the machine."""
    import polars as pl
    import pyarrow as pa

    reader = con.sql(query).to_arrow_reader(BATCH_ROWS)
    pieces, size = [], 0
    for piece in reader:
        pieces.append(piece)
        size += piece.nbytes
        if size > LARGEST_ANSWER:
            raise BlockdataError(f"the answer is larger than {LARGEST_ANSWER >> 30} GB", NARROWER)
    frame = pl.from_arrow(pa.Table.from_batches(pieces, reader.schema))
    assert isinstance(frame, pl.DataFrame)
    return frame


@contextmanager
def connection(
    released: Released, profile: Profile, tables: frozenset[str] | None = None, *, threads: int | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked connection on one release. `tables` are the ones needed (None: all of the profile).

    Place tables are the native ones of baseboard.duckdb, read only; person tables are views over their files, beside
    which place tables asked for by name are native too. Nothing else of the release can be opened: from the place
    profile no file about persons. `threads`: as many as there are cores, if not told; one suits questions about a few
    rows, which a second only waits for.
    """
    import duckdb

    wanted = _wanted(released, profile, tables)
    native = [name for name in wanted if released.profile_of(name) == "place"]
    is_place = profile == "place" or len(native) == len(wanted)
    if not is_place and len(wanted) == len(released.names(profile)):
        native = []  # a catalogue of everything tells each table once
    viewed = [] if is_place else [name for name in wanted if name not in native]
    files = [path for name in viewed for path in released.files(name)]
    files += [released.database] if is_place or native else []

    with tempfile.TemporaryDirectory(prefix="blockdata-sql-") as scratch:
        con = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
        try:
            con.execute(f"SET temp_directory = {sql_text(Path(scratch))}")
            con.execute(f"SET allowed_paths = [{', '.join(sql_text(path) for path in files)}]")
            con.execute(f"SET memory_limit = '{memory_for_queries()}B'; SET max_temp_directory_size = '{SPILLED}'")
            if threads:
                con.execute(f"SET threads = {threads}")
            _open(con, released, viewed, native)
            con.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
            con.execute("SET enable_external_access = false; SET lock_configuration = true")
            yield con
        finally:
            con.close()


def _wanted(released: Released, profile: Profile, tables: frozenset[str] | None) -> list[str]:
    all_of_it = tables is None or bool(tables & ABOUT_TABLES)
    return [name for name in released.names(profile) if all_of_it or name.lower() in (tables or ())]


def _open(con: duckdb.DuckDBPyConnection, released: Released, viewed: Sequence[str], native: Sequence[str]) -> None:
    """Attach what the profile opens, so that `schema.table` names it: the place tables, or views over the files of
    `viewed` and the `native` tables.
    """
    if not viewed:
        con.execute(f"ATTACH {sql_text(released.database)} AS {CATALOGUE} (READ_ONLY)")
        con.execute(f"USE {CATALOGUE}")
        return
    con.execute(f"ATTACH ':memory:' AS {CATALOGUE}")
    con.execute(f"USE {CATALOGUE}")
    if native:
        con.execute(f"ATTACH {sql_text(released.database)} AS {PLACES} (READ_ONLY)")
    for name in (*viewed, *native):
        schema, _, table = name.partition(".")
        rows = f'{PLACES}."{schema}"."{table}"' if name in native else released.relation(name)
        con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        con.execute(f'CREATE VIEW "{schema}"."{table}" AS SELECT * FROM {rows}')
