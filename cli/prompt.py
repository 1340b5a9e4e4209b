"""A prompt for SQL: ask, read, ask again. Every question passes the same walls as `blockdata sql QUERY`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from cli import console
from schemas.errors import BlockdataError

BYE = frozenset({"exit", "quit", ".exit", ".quit", "\\q"})


def prompt(answer: Callable[[str], None], release: str) -> int:
    """Read statements that end with ; until the end of input. A refused one is explained and the prompt goes on."""
    import readline  # noqa: F401  arrows and history

    console.note(f"release {release}, read only. A statement ends with ; and `quit` ends it all.")
    console.note("SELECT table_name, chinese, rows FROM release.table;  lists the tables")
    lines: list[str] = []
    while True:
        try:
            line = input("baseboard> " if not lines else "       ... ")
        except EOFError:
            console.note("")
            return console.DONE
        except KeyboardInterrupt:
            console.note("")
            lines = []
            continue
        if not lines and line.strip().rstrip(";").lower() in BYE:
            return console.DONE
        lines.append(line)
        if line.rstrip().endswith(";"):
            statement = "\n".join(lines).strip().rstrip(";").strip()
            lines = []
            if statement:
                _ask(answer, statement)


def _ask(answer: Callable[[str], None], statement: str) -> None:
    try:
        answer(statement)
    except BlockdataError as refused:
        console.note(str(refused))
    except KeyboardInterrupt:
        console.note("stopped")
    sys.stdout.flush()
