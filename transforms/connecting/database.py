"""Rows of a table, view or SELECT of any database SQLAlchemy has a driver for (前置库).

One statement, read through a server-side cursor: the database itself gives it as of one moment, so nothing can slip
between two pages, and rows never stand in memory all at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.contract import Contract
from schemas.server import DatabaseServer
from transforms.connecting.fault import Interrupted, PullFault, said
from transforms.connecting.mark import AHEAD, SHANGHAI, Highest, Mark
from transforms.connecting.secret import secret_of
from transforms.connecting.telling import Ask, Telling, chosen, missing, refuse_missing
from transforms.reading.headers import fold

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, FromClause, Select

CANCELLED, REFUSED, NOT_ALLOWED = "57014", "28", "42501"  # SQLSTATE: timeout, authorisation (class), privilege


def database_rows(asking: Ask[DatabaseServer], telling: Telling) -> Iterator[dict[str, str | None]]:
    """Every row as header → text, ordered by watermark and key; rows without a watermark are always among them.

    Raises PullFault, Interrupted where another attempt may help, UsageError for a secret that is not set.
    """
    from sqlalchemy import NullPool, create_engine

    contract, source, highest = asking.contract, asking.source, telling.highest
    url = _url(contract, source)
    with _faults(contract, source, url):
        engine = create_engine(url, poolclass=NullPool, connect_args=_connecting(url, source), hide_parameters=True)
        with engine.connect() as connection:
            _settle(connection, source, highest)
            asked, names = _asked(connection, asking, telling)
            found = chosen(names, contract, telling)
            refuse_missing(missing(found, contract, required_only=False), contract, telling)
            mark_name = _mark_name(names, contract, source)
            statement = _statement(asked, found, contract, mark_name, _bound(asking.begin, source))
            result = connection.execution_options(yield_per=source.pull.page_size).execute(statement)
            headers = list(found.values())
            for page in result.partitions():
                telling.requests += 1
                for row in page:
                    if highest is not None:
                        _see(highest, row[-1], contract)
                    yield {header: text_of(row[at], header, contract) for at, header in enumerate(headers)}


def text_of(value: Any, header: str, contract: Contract) -> str | None:
    """A database value as the text a department would have written. PullFault for bytes."""
    match value:
        case None | str():
            return value
        case bool():
            return "true" if value else "false"
        case datetime():
            local = value.astimezone(SHANGHAI).replace(tzinfo=None) if value.tzinfo else value
            return local.isoformat(sep=" ")
        case Decimal():
            return format(value, "f")
        case bytes() | bytearray() | memoryview():
            raise PullFault(contract, f"column {header} holds bytes", "have a view made that gives it as text")
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _url(contract: Contract, source: DatabaseServer) -> URL:
    """The address the secret holds, which leads where the contract says."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    name = source.pull.secret
    try:
        url = make_url(secret_of(name))
    except (ArgumentError, ValueError):  # the text itself is not shown: it holds a password
        raise PullFault(
            contract,
            f"the secret {name} is no SQLAlchemy URL",
            "write it like postgresql+psycopg://reader:password@host:5432/database; quote @ in a password as %40",
        ) from None
    for told, found, what in (
        (source.host, url.host or url.query.get("host"), "host"),
        (source.port, url.port, "port"),
        (source.database, url.database, "database"),
    ):
        if told is not None and told != found:
            raise PullFault(contract, f"the secret {name} leads to another {what} than {told}", "correct one of them")
    if source.type not in ("custom", "sqlserver", url.get_backend_name().replace("ibm_db_sa", "db2")):
        raise PullFault(contract, f"the secret {name} is of {url.get_backend_name()}, not {source.type}", "correct one")
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise PullFault(contract, "there is no such database file", f"correct the path in the secret {name}")
    return url


def _connecting(url: URL, source: DatabaseServer) -> dict[str, Any]:
    """Limits of time in the driver's own words; other drivers take theirs from the URL."""
    seconds = max(1, int(min(source.pull.timeout_seconds, 30)))
    if url.drivername == "postgresql+psycopg":
        alive = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
        return {
            "connect_timeout": max(2, seconds),
            "tcp_user_timeout": int(source.pull.timeout_seconds * 1000),
            **alive,
        }
    return {"timeout": seconds} if url.get_backend_name() == "sqlite" else {}


def _settle(connection: Connection, source: DatabaseServer, highest: Highest | None) -> None:
    """Read only and limited in time where the database can be told so; its own clock tells what lies ahead."""
    from sqlalchemy import func, select

    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(source.pull.timeout_seconds * 1000)}")
    if highest is not None:
        its_time = connection.execute(select(func.current_timestamp())).scalar()
        if isinstance(its_time, datetime):
            highest.limit = (its_time if its_time.tzinfo else its_time.replace(tzinfo=SHANGHAI)) + AHEAD


def _asked(connection: Connection, asking: Ask[DatabaseServer], telling: Telling) -> tuple[FromClause, list[str]]:
    """What is read from, and the names of its columns, which the database tells for a question without an answer."""
    from sqlalchemy import Date, bindparam, column, literal_column, select, table, text

    contract, source = asking.contract, asking.source
    asked: FromClause
    if source.pull.query is not None:
        written = text(source.pull.query)
        if ":day" in source.pull.query:
            written = written.bindparams(bindparam("day", asking.day, type_=Date))
        asked = written.columns().subquery("pulled")
    else:
        name, schema = source.pull.table or "", source.schema_name
        if schema is None and "." in name:
            schema, name = name.split(".", 1)
        asked = table(name, schema=schema)
    nothing: Select[Any] = (
        select(literal_column("*")).select_from(asked).where(literal_column("1") == literal_column("0"))
    )
    names = list(connection.execute(nothing).keys())
    telling.requests += 1
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise PullFault(contract, f"two columns are called {', '.join(twice)}", "rename one of them in the query")
    if source.pull.query is not None:
        return written.columns(*(column(name) for name in names)).subquery("pulled"), names
    return table(name, *(column(each) for each in names), schema=schema), names


def _mark_name(names: list[str], contract: Contract, source: DatabaseServer) -> str | None:
    """The source's own writing of the watermark's column."""
    watermark = source.pull.watermark
    if watermark is None:
        return None
    found = next((name for name in names if fold(name) == fold(watermark.column)), None)
    if found is None:
        raise PullFault(
            contract, f"the source has no watermark column {watermark.column}", "have it back, or correct the contract"
        )
    return found


def _statement(
    asked: FromClause, found: Mapping[str, str], contract: Contract, mark_name: str | None, bound: Any
) -> Select[Any]:
    from sqlalchemy import or_, select

    columns = [asked.c[name] for name in found.values()]
    mark = asked.c[mark_name] if mark_name is not None else None
    statement = select(*columns) if mark is None else select(*columns, mark.label("pulled_mark"))
    if mark is not None and bound is not None:
        statement = statement.where(or_(mark >= bound, mark.is_(None)))
    keys = [asked.c[found[column.name]] for column in contract.key_columns if column.name in found]
    return statement.order_by(*([mark] if mark is not None else []), *keys)


def _bound(begin: Mark | None, source: DatabaseServer) -> Any:
    """The mark as the column holds it: a time kept as text is compared as text."""
    written = source.pull.watermark.format if source.pull.watermark else None
    return begin.strftime(written) if isinstance(begin, datetime) and written is not None else begin


def _see(highest: Highest, value: Any, contract: Contract) -> None:
    watermark = highest.watermark
    if watermark.kind == "timestamp" and watermark.format is None and isinstance(value, str):
        raise PullFault(
            contract,
            f"the watermark column {watermark.column} holds text, not times",
            "tell watermark.format, e.g. '%Y-%m-%d %H:%M:%S', in the contract",
        )
    highest.see(value)


@contextmanager
def _faults(contract: Contract, source: DatabaseServer, url: URL) -> Iterator[None]:
    """What SQLAlchemy and drivers raise, said with a mend. Values of rows are never repeated."""
    from sqlalchemy import exc

    secret = source.pull.secret
    try:
        yield
    except (exc.NoSuchModuleError, ImportError):
        raise PullFault(
            contract, f"no driver is installed for {url.drivername}", "install it beside blockdata, or correct the URL"
        ) from None
    except exc.DataError:
        raise PullFault(contract, "a value of the source cannot be read", "have the view give it as text") from None
    except exc.DBAPIError as error:
        raise _fault_of(error, contract, secret, url) from None
    except exc.SQLAlchemyError as error:
        words = said(str(error).splitlines()[0], url.password or "")
        raise PullFault(
            contract, f"the question is not understood: {words}", "correct servers in the contract"
        ) from None


def _fault_of(error: Any, contract: Contract, secret: str, url: URL) -> PullFault:
    state = str(getattr(error.orig, "sqlstate", None) or "")
    words = said(str(error.orig).splitlines()[0] if str(error.orig) else type(error.orig).__name__, url.password or "")
    if state == CANCELLED or "timeout" in words.lower():
        return Interrupted(
            contract, f"took too long: {words}", "ask for an index on the watermark, or raise the timeout"
        )
    if state.startswith(REFUSED) or "authentication failed" in words or "Access denied" in words:
        return PullFault(contract, f"refuses the login: {words}", f"renew the secret {secret}")
    if state == NOT_ALLOWED or "permission denied" in words:
        return PullFault(contract, f"may not be read: {words}", "ask the department for the right to SELECT")
    if type(error).__name__ == "ProgrammingError" or "no such table" in words or "no such column" in words:
        return PullFault(contract, f"has changed, or is asked wrongly: {words}", "compare its tables with the contract")
    return Interrupted(contract, f"cannot be reached: {words}", "look whether it runs; then pull again")
