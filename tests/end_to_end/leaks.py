"""Looks for people in every file of a lake: decoded Parquet, workbooks, databases, logs and pages."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

NUMBER = re.compile(r"(?<![0-9])(?:[0-9]{17}[0-9Xx]|[0-9]{15}|1[3-9][0-9]{9})(?![0-9])")


@dataclass(frozen=True)
class Secrets:
    """What may stand nowhere: identifiers as numbers, names as whole cells, long names anywhere."""

    numbers: frozenset[str]
    names: frozenset[str]
    long_names: frozenset[str]

    def found_in(self, cell: str) -> str | None:
        if cell.strip() in self.names:
            return "a full name as a whole cell"
        if any(match.group().upper() in self.numbers for match in NUMBER.finditer(cell)):
            return "an ID number or a phone"
        if any(name in cell for name in self.long_names):
            return "a long name"
        return None


def leaks(folder: Path, secrets: Secrets, *, sealed: Path) -> list[str]:
    """Every file under `folder`, outside the sealed archive, that shows somebody: path and what kind."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and sealed not in path.parents:
            kinds = {kind for cell in cells(path) if (kind := secrets.found_in(cell))}
            found += [f"{path.relative_to(folder)}: {kind}" for kind in sorted(kinds)]
    return found


def cells(path: Path) -> Iterator[str]:
    """Every text a file holds, decoded. Numbers are rendered as a person would see them."""
    head = path.open("rb").read(16)
    if head.startswith(b"PAR1"):
        yield from _arrow(pq.read_table(path))
    elif head.startswith(b"SQLite format 3"):
        yield from _sqlite(path)
    elif path.suffix == ".duckdb":
        yield from _duckdb(path)
    elif head.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as parts:
            for name in parts.namelist():
                yield from re.split(r"<[^>]*>", parts.read(name).decode("utf-8", "replace"))
    else:
        text = path.read_bytes().decode("utf-8", "replace")
        yield text
        yield from re.split(r"[,\"'\s|<>:;\[\]{}]+", text)


def _arrow(table: pa.Table) -> Iterator[str]:
    for column in table.columns:
        yield from (
            {str(value) for value in column.unique().to_pylist() if value is not None}
            if not pa.types.is_nested(column.type)
            else {str(item) for value in column.to_pylist() for item in (value or [])}
        )


def _sqlite(path: Path) -> Iterator[str]:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield from (
                    value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value) for value in row
                )


def _duckdb(path: Path) -> Iterator[str]:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.sql(
            "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        ).fetchall()
        for schema, name in tables:
            yield from _arrow(connection.sql(f'SELECT * FROM "{schema}"."{name}"').to_arrow_table())
