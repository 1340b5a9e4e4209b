"""Analyst SQL: DuckDB over the current release, read only, behind two walls.

The first is `allowed_sql`. The second is the connection: it opens no file but the release's, loads no extension,
sees no Python variable, and its settings are locked.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError, UsageError
from serving.allowed_sql import ABOUT_TABLES, ASK, CATALOGUE, check_sql
from serving.released import Profile, Released, current

if TYPE_CHECKING:
    import duckdb
    import polars as pl

    from schemas.home import Home


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
    record: it needs a `purpose` and leaves an audit entry before it runs. Raises UsageError for what may not be
    asked, BlockdataError for a query DuckDB cannot answer or that runs longer than `seconds`.
    """
    from serving import audit

    released = current(home)
    if profile == "person" and not purpose.strip():
        raise UsageError("the person profile opens with a stated purpose", "add --purpose, saying what it is for")
    tables = _checked(query, released, profile)
    if profile == "person":
        audit.append(
            home,
            "sql",
            by=by,
            release=released.name,
            profile=profile,
            purpose=purpose.strip(),
            tables=sorted(tables),
            query=audit.scrubbed(query),
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
            return con.sql(query).pl()
        except duckdb.InterruptException:
            raise BlockdataError(f"stopped after {seconds:.0f} s", "narrow it to a street or fewer columns") from None
        except duckdb.Error as error:
            raise UsageError(str(error).strip(), ASK) from None
        finally:
            watch.cancel()


@contextmanager
def connection(
    released: Released, profile: Profile, tables: frozenset[str] | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A locked connection on one release. `tables` are the ones needed (None: all of the profile).

    Place tables are the native ones of baseboard.duckdb, read only; person tables are views over their files.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="blockdata-sql-") as scratch:
        con = duckdb.connect(":memory:", config={"python_enable_replacements": "false"})
        try:
            con.execute(f"SET temp_directory = {_quoted(Path(scratch))}")
            con.execute(f"SET allowed_directories = [{_quoted(released.path)}]")
            _open(con, released, profile, tables)
            con.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
            con.execute("SET enable_external_access = false; SET lock_configuration = true")
            yield con
        finally:
            con.close()


def _open(con: duckdb.DuckDBPyConnection, released: Released, profile: Profile, tables: frozenset[str] | None) -> None:
    """Attach what the profile opens, so that `schema.table` names it."""
    all_of_it = tables is None or bool(tables & ABOUT_TABLES)
    wanted = [name for name in released.names(profile) if all_of_it or name.lower() in (tables or ())]
    if profile == "place" or all(released.profile_of(name) == "place" for name in wanted):
        con.execute(f"ATTACH {_quoted(released.database)} AS {CATALOGUE} (READ_ONLY)")
        con.execute(f"USE {CATALOGUE}")
        return
    con.execute(f"ATTACH ':memory:' AS {CATALOGUE}")
    con.execute(f"USE {CATALOGUE}")
    for name in wanted:
        schema, _, table = name.partition(".")
        files = ", ".join(_quoted(path) for path in released.files(name))
        con.execute(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        con.execute(f'CREATE VIEW "{schema}"."{table}" AS SELECT * FROM read_parquet([{files}], union_by_name = true)')


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
