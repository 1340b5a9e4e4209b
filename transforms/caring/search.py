"""The proof of an erasure: everything under the home is searched for a person, and what was searched is counted.

By identity number (half and full width, spaced, 15 and 18 positions) and by token: tables and releases row by row,
native databases, every sealed original, and every other file as bytes (logs, outbox, pages, landing, caches).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from schemas.errors import BlockdataError
from schemas.home import Home
from schemas.sql_text import sql_text
from transforms.caring.cut import holds
from transforms.caring.subject import Subject
from transforms.lake import archive

PIECE = 1 << 24  # bytes of a large file looked at together
OVERLAP = 256


@dataclass(frozen=True)
class Searched:
    """How many files of each kind were searched, and which hold the person (paths under the home, never a value)."""

    files: dict[str, int] = field(default_factory=dict)
    findings: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)  # could not be opened: nothing is proved of them


def search(home: Home, subject: Subject) -> Searched:
    """Every file under the home. Nothing is written."""
    done = Searched()
    seen: dict[tuple[int, int], bool] = {}
    for path in _files(home.path):
        name = path.relative_to(home.path).as_posix()
        about = path.stat()
        kind = _kind(home, path)
        done.files[kind] = done.files.get(kind, 0) + 1
        node = (about.st_dev, about.st_ino)
        if node not in seen:
            try:
                seen[node] = _found(home, path, subject)
            except (BlockdataError, OSError, duckdb.Error, MemoryError) as error:
                done.unread.append(f"{name} ({type(error).__name__})")
                seen[node] = False
        if seen[node]:
            done.findings.append(name)
    return done


def in_folder(folder: Path, subject: Subject) -> bool:
    """True when a Parquet file under the folder holds the token."""
    return any(_in_parquet(path, subject) for path in sorted(folder.rglob("*.parquet")))


def _kind(home: Home, path: Path) -> str:
    return path.relative_to(home.path).parts[0]


def _files(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(here) / name for name in sorted(names) if not (Path(here) / name).is_symlink())


def _found(home: Home, path: Path, subject: Subject) -> bool:
    if path.suffix == ".sealed":
        originals = archive.unseal(home, path.stem, path.parent.parent.name)
        return any(holds(file.content, subject) or bool(subject.pattern().search(file.name)) for file in originals)
    if path.suffix == ".parquet":
        return _in_parquet(path, subject) or _in_footer(path, subject)
    if path.suffix == ".duckdb":
        return _in_database(path, subject)
    return _in_bytes(path, subject)


def _in_parquet(path: Path, subject: Subject) -> bool:
    with duckdb.connect() as con:
        con.read_parquet(str(path), hive_partitioning=False).create_view("searched")
        return _in_columns(con, "memory", subject)


def _in_database(path: Path, subject: Subject) -> bool:
    with duckdb.connect() as con:
        con.execute(f"ATTACH {sql_text(path)} AS searched (READ_ONLY)")
        return _in_columns(con, "searched", subject)


def _in_columns(con: duckdb.DuckDBPyConnection, database: str, subject: Subject) -> bool:
    """Every column of a database that holds texts, in lists and structures too."""
    columns = con.execute(
        "SELECT schema_name, table_name, column_name FROM duckdb_columns()"
        " WHERE database_name = ? AND NOT internal AND data_type LIKE '%VARCHAR%'",
        [database],
    ).fetchall()
    tables: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in columns:
        tables.setdefault((schema, table), []).append(column)
    needles = (subject.person_key, *subject.numbers)
    for (schema, table), names in tables.items():
        where = " OR ".join(f"contains({_quoted(name)}::VARCHAR, ?)" for name in names for _ in needles)
        query = f"SELECT 1 FROM {_quoted(database)}.{_quoted(schema)}.{_quoted(table)} WHERE {where} LIMIT 1"
        if con.execute(query, list(needles) * len(names)).fetchall():
            return True
    return False


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _in_bytes(path: Path, subject: Subject) -> bool:
    token = subject.person_key.encode()
    with path.open("rb") as file:
        before = b""
        while piece := file.read(PIECE):
            whole = before + piece
            if token in whole or holds(whole, subject):
                return True
            before = whole[-OVERLAP:]
    return False


def _in_footer(path: Path, subject: Subject) -> bool:
    """What a Parquet file says of its values in plain bytes: least and greatest, dictionaries."""
    needles = [subject.person_key.encode(), *(number.encode() for number in subject.numbers)]
    content = path.read_bytes()
    return any(needle in content for needle in needles)
