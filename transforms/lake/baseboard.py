"""The baseboard as DuckDB opens it: views over a release's files (SQL), and the place profile as native tables.

Both are written for DuckDB 1.5.5 and later, and work from any working directory.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import duckdb

from schemas.sql_text import sql_text
from schemas.table import Table
from transforms.lake import at_hand
from transforms.lake.layers import relation, sort_columns
from transforms.lake.release_manifest import Manifest, TableEntry, read_manifest

PLACE_SQL, PERSON_SQL, DATABASE = "baseboard.sql", "baseboard-person.sql", "baseboard.duckdb"
_SET = "SET file_search_path"
STORAGE = "v1.2.0"  # the newest file version that 1.5 and 2.0 both read
BLOCK_BYTES = 65_536  # a quarter of DuckDB's own: a lookup reads a block a column, and most of each for nothing
MEMORY = "2GB"  # beyond it DuckDB spills to disk
# What a lookup asks of by building. Sorting alone does not lead there: DuckDB keeps the first eight characters of a row
# group's least and greatest text, and those say no more than the district and half a street.
INDEXED = ("address.building", "address.unit", "block.building")
COPIED_FROM_ROWS = 20_000  # fewer rows are written sooner than a file is copied
_HEADS = {
    "place": ["块数据智能底板 · 场所版: address, block, quality, release"],
    "person": [
        "块数据智能底板 · 人员版: 场所版之外另有 population, entity, event, record",
        "Opens personal data: state a purpose, leave an audit entry (blockdata sql --profile person --purpose ...).",
    ],
}


def views_sql(manifest: Manifest, declared: Mapping[str, Table], folder: Path, profile: str) -> str:
    """DuckDB script that makes one view a table over exactly the release's files, every column commented.

    `folder` is where the release lies: the one path in the script, on its SET line; all others are relative to it.
    The person profile holds the place profile too.
    """
    names = [name for name, entry in sorted(manifest.tables.items()) if profile in (entry.profile, "person")]
    lines = [f"-- {line}" for line in [f"release {manifest.release}", *_HEADS[profile]]]
    lines += ["-- Moved the folder? Then name its new place here.", _set_path(folder)]
    lines += [f'CREATE SCHEMA IF NOT EXISTS "{schema}";' for schema in sorted({name.split(".")[0] for name in names})]
    for name in names:
        lines.append(
            f"CREATE OR REPLACE VIEW {_quoted(name)} AS SELECT * FROM {relation(None, manifest.tables[name])};"
        )
        lines += _comments(declared[name], "VIEW", _quoted(name))
    return "\n".join(lines) + "\n"


def moved(script: str, folder: Path) -> str:
    """A script of `views_sql` for a release that now lies in `folder`."""
    lines = script.splitlines(keepends=True)
    return "".join(_set_path(folder) + "\n" if line.startswith(_SET) else line for line in lines)


def write_database(
    manifest: Manifest, declared: Mapping[str, Table], folder: Path, path: Path, before: Path | None = None
) -> None:
    """baseboard.duckdb: the place tables of the release in `folder`, native, sorted by building, commented;
    INDEXED ones with an index by building, and beside them what lookups ask (`at_hand`).

    `before` is an earlier release of the same declarations, whose database is copied: only what differs is written.
    """
    names = [name for name, entry in sorted(manifest.tables.items()) if entry.profile == "place"]
    same: set[str] = set()
    if before is not None and (before / DATABASE).is_file():
        earlier = read_manifest(before).tables
        same = {name for name in names if _content(earlier.get(name)) == _content(manifest.tables[name])}
    if sum(manifest.tables[name].rows for name in same) < COPIED_FROM_ROWS:
        same = set()
    elif before is not None:
        shutil.copyfile(before / DATABASE, path)
    made = f", BLOCK_SIZE {BLOCK_BYTES}" if not path.exists() else ""  # a copied file keeps its own
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = true")
        con.execute(f"SET memory_limit = '{MEMORY}'; SET temp_directory = {sql_text(folder / '.spill')}")
        con.execute(f"ATTACH {sql_text(path)} AS board (STORAGE_VERSION '{STORAGE}'{made})")
        for schema in sorted({name.split(".")[0] for name in names}):
            con.execute(f'CREATE SCHEMA IF NOT EXISTS board."{schema}"')
        con.execute("BEGIN")  # a comment of its own transaction costs as much as a small table
        for name in names:
            if name in same:
                continue
            order = ", ".join(f'"{column}"' for column in sort_columns(declared[name]))
            target = f"board.{_quoted(name)}"
            rows = relation(folder, manifest.tables[name])
            con.execute(f"CREATE OR REPLACE TABLE {target} AS SELECT * FROM {rows} ORDER BY {order}")
            for statement in _comments(declared[name], "TABLE", target):
                con.execute(statement)
        con.execute("COMMIT")
        for name in INDEXED:
            if name in names:
                index = f'"{name.replace(".", "_")}_by_building"'
                con.execute(f"CREATE INDEX IF NOT EXISTS {index} ON board.{_quoted(name)} (building_code)")
        is_there = at_hand.is_there(con, "board")
        if set(at_hand.READS) <= set(names) and not (set(at_hand.READS) <= same and is_there):
            at_hand.put(con, "board", same_rooms=is_there and {"address.building", "address.unit"} <= same)
        con.execute("DETACH board")
    shutil.rmtree(folder / ".spill", ignore_errors=True)


def _content(entry: TableEntry | None) -> list[str]:
    return [] if entry is None else [file.sha256 for file in entry.all_files]


def _comments(table: Table, kind: str, target: str) -> list[str]:
    of_columns = [
        f'COMMENT ON COLUMN {target}."{column.name}" IS {sql_text(column.comment)};' for column in table.columns
    ]
    return [f"COMMENT ON {kind} {target} IS {sql_text(table.comment)};", *of_columns]


def _set_path(folder: Path) -> str:
    return f"{_SET} = {sql_text(folder)};"


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split(".", 1))
