"""How a command speaks: results on stdout, everything else on stderr, one JSON document when a machine asks."""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Protocol

import typer

if TYPE_CHECKING:
    from schemas.home import Home

DONE, REFUSED, WRONG_USAGE = 0, 1, 2
UNEXPECTED = 70  # sysexits.h: an internal error
STOPPED = 130  # as a shell says of Ctrl-C
YEARS = ("year", "cohort")  # 2024, not 2,024: columns that end so hold calendar years


class Tell(Protocol):
    """How work tells its progress."""

    def __call__(self, step: str, done: int = 0, of: int = 0) -> None:
        """A step begins, or moved on."""


Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, for another program to read.")]


def home() -> Home:
    """The lake this command works on: BLOCKDATA_HOME, else `data/`."""
    from schemas.home import Home

    return Home.from_environment()


def say(text: str = "") -> None:
    """A line of the answer."""
    sys.stdout.write(text + "\n")


def note(text: str) -> None:
    """A line for the person at the keyboard: progress, a warning, what to type next."""
    sys.stderr.write(text + "\n")


def say_json(document: Any) -> None:
    """The one JSON document of a command."""
    say(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))


def plain(document: Any) -> Any:
    """A dataclass, model or mapping as what JSON can hold."""
    return json.loads(json.dumps(document, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "to_dicts"):
        return value.to_dicts()
    if isinstance(value, set | frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
    """A table for reading; numbers stand right. A null is shown as nothing."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    drawn = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for position, column in enumerate(columns):
        values = [row[position] for row in rows if row[position] is not None]
        number = bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool) for value in values
        )
        drawn.add_column(Text(column), justify="right" if number else "left", overflow="fold")
    for row in rows:
        drawn.add_row(*(Text(_cell(value, column)) for value, column in zip(row, columns, strict=True)))
    # Piped or short of columns, a line is left long rather than a code broken in two.
    Console(width=None if sys.stdout.isatty() else 400).print(drawn)


def _cell(value: Any, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value) if column.endswith(YEARS) else f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    return str(value)


@contextmanager
def working(what: str) -> Iterator[Tell]:
    """Show on stderr that long work goes on. Yields `tell(step, done, of)`; nothing is drawn when nobody looks.

    Without `of`, `done` is a number of rows the step is about to handle.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda step, done=0, of=0: None
        return
    columns = [SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()]
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(what, total=None)

        def tell(step: str, done: int = 0, of: int = 0) -> None:
            rows = f" {done:,} rows" if done and not of else ""
            progress.update(task, description=f"{what}: {step}{rows}", total=of or None, completed=done if of else 0)

        yield tell


def run(app: Callable[..., Any], arguments: Sequence[str] | None = None) -> int:
    """Run the app and answer its exit code: 0 done, 1 refused by data, 2 wrong usage. Never a stack trace.

    BLOCKDATA_DEBUG=1 shows the trace of what was not expected.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = app(given, prog_name="blockdata", standalone_mode=False)
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a fault in Polars' Rust is no Exception
        return _ended(error, given)
    return code if isinstance(code, int) else DONE


def _ended(error: BaseException, given: Sequence[str]) -> int:
    """What the person is told, and the exit code, for a command that did not come to its end."""
    from schemas.errors import BlockdataError

    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, BlockdataError):
        note(f"blockdata: {error}")
        if "--json" in given:
            say_json({"status": "refused", "error": error.message, "mend": error.mend})
        return error.exit_code
    if isinstance(error, typer.Abort | KeyboardInterrupt):
        note("blockdata: stopped; nothing half-done is visible, run the command again")
        return STOPPED
    if isinstance(error, BrokenPipeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has seen enough
        return DONE
    return _unexpected(error, given)


def _unexpected(error: BaseException, given: Sequence[str]) -> int:
    if hasattr(error, "show") and hasattr(error, "exit_code"):  # Click's own refusals of wrong usage
        error.show()
        return WRONG_USAGE
    if isinstance(error, OSError) and error.errno is not None:
        note(f"blockdata: {error.strerror}: {error.filename or 'the disk of BLOCKDATA_HOME'}")
        note("  mend: make room or give access there, then run the same command again; what was done stays done")
        return REFUSED
    if os.environ.get("BLOCKDATA_DEBUG"):
        traceback.print_exc()
    where = traceback.extract_tb(error.__traceback__)[-1]
    # The error's own text may hold a delivered value, so only its kind and place are shown.
    note(f"blockdata: unexpected {type(error).__name__} in {Path(where.filename).name}:{where.lineno}")
    note(f"  mend: report this line and the command ({' '.join(given[:2])}); BLOCKDATA_DEBUG=1 shows the trace")
    if "--json" in given:
        say_json({"status": "unexpected", "error": type(error).__name__, "mend": "BLOCKDATA_DEBUG=1 shows the trace"})
    return UNEXPECTED
