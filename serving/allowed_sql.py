"""What SQL may ask: one SELECT (or DESCRIBE, SUMMARIZE) over known tables; no table functions, no files."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from schemas.errors import UsageError

if TYPE_CHECKING:
    from sqlglot import exp

CATALOGUE = "baseboard"
ABOUT_TABLES = frozenset({"information_schema.tables", "information_schema.columns"})
ASK = "SELECT table_name, rows FROM release.table lists the tables"
PLAIN_NAME = re.compile(r"[^\W\d]\w*")
PLAIN_ASCII = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
MASKED = "***"
SHORT_NUMBER = 6  # digits; a longer number may be a phone, an ID number or a code


def check_sql(query: str, tables: Iterable[str]) -> frozenset[str]:
    """The known tables `query` reads (`schema.table`, lower case), or UsageError saying what it may not do.

    `tables` are the names the profile opens. This is the first of two walls: the connection it then runs on can
    open no file, change no setting and write nothing.
    """
    from sqlglot import exp

    tree = _parsed(query)
    roots = (exp.Query, exp.Describe, exp.Summarize)
    if not isinstance(tree, roots):
        raise UsageError("only SELECT is answered here", f"write one SELECT; {ASK}")
    for banned, what in (
        (exp.DML, "changes data"),
        (exp.DDL, "changes tables"),
        (exp.Command, "is a command"),
        (exp.Into, "writes a table"),
        (exp.Pragma, "is a command"),
        (exp.Set, "changes a setting"),
    ):
        # In sqlglot a query is itself a kind of DDL and DML (it can stand inside one).
        if any(not isinstance(node, exp.Query) for node in tree.find_all(banned)):
            raise UsageError(f"the query {what}", f"write one SELECT; {ASK}")
    return _tables_read(tree, {name.lower() for name in tables} | ABOUT_TABLES)


def without_values(query: str) -> str:
    """`query` with every value it compares with as '***', and without comments: what a log may keep of a question.

    A question may be asked after one person (WHERE name = …), so no literal, and no name given that is not plain
    ASCII, is kept.
    """
    from sqlglot import exp

    tree = _parsed(query)
    written = (exp.Literal, exp.RawString, exp.Heredoc, exp.National, exp.UnicodeString, exp.ByteString, exp.HexString)
    for literal in list(tree.find_all(*written)):
        if not literal.is_number or len(literal.name) > SHORT_NUMBER:
            literal.replace(exp.Literal.string(MASKED))
    for name in list(tree.find_all(exp.Identifier)):
        if not PLAIN_ASCII.fullmatch(name.name):
            name.replace(exp.to_identifier(MASKED, quoted=True))
    return BEYOND_ASCII.sub(MASKED, tree.sql(dialect="duckdb", comments=False))


def _parsed(query: str) -> exp.Expr:
    import sqlglot
    from sqlglot.errors import SqlglotError

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # its warnings repeat the query, values and all
    try:
        statements = [tree for tree in sqlglot.parse(query, dialect="duckdb") if tree is not None]
    except (SqlglotError, RecursionError) as error:
        said = str(error).splitlines()[0] if isinstance(error, SqlglotError) else "it is nested too deeply"
        raise UsageError(f"this is not SQL the baseboard answers: {_bare(said)}", "check the spelling") from None
    if len(statements) != 1:
        raise UsageError(f"one statement at a time, not {len(statements)}", "send them one by one")
    return statements[0]


def _bare(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _tables_read(tree: exp.Expr, known: set[str]) -> frozenset[str]:
    from sqlglot import exp

    named_here = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for name in named_here:
        if not PLAIN_NAME.fullmatch(name):
            raise UsageError(f"a WITH name must be letters, digits and _: {name!r}", "rename it")
    read: set[str] = set()
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            raise UsageError("table functions are not allowed", f"read the baseboard's own tables; {ASK}")
        if table.catalog and table.catalog.lower() != CATALOGUE:
            raise UsageError(f"no database {table.catalog!r}", f"write schema.table; {ASK}")
        name = f"{table.db}.{table.name}".lower() if table.db else table.name.lower()
        if name in known:
            read.add(name)
        elif table.db or name not in named_here:
            raise UsageError(f"no table {name!r} in this profile", ASK)
    return frozenset(read)
