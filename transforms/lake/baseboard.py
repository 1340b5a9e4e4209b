"""The baseboard as DuckDB opens it: views over a release's files (SQL), and the place profile as native tables.

Both are written for DuckDB 1.5.5 and later, and work from any working directory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from schemas.table import Table
from transforms.lake.release_manifest import Manifest

PLACE_SQL, PERSON_SQL, DATABASE = "baseboard.sql", "baseboard-person.sql", "baseboard.duckdb"
_SET = "SET file_search_path"
STORAGE = "v1.2.0"  # the newest file version that 1.5 and 2.0 both read
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
        files = ", ".join(_text(file.path) for file in manifest.tables[name].files)
        lines.append(f"CREATE OR REPLACE VIEW {_quoted(name)} AS SELECT * FROM read_parquet([{files}]);")
        lines += _comments(declared[name], "VIEW", _quoted(name))
    return "\n".join(lines) + "\n"


def moved(script: str, folder: Path) -> str:
    """A script of `views_sql` for a release that now lies in `folder`."""
    lines = script.splitlines(keepends=True)
    return "".join(_set_path(folder) + "\n" if line.startswith(_SET) else line for line in lines)


def write_database(manifest: Manifest, declared: Mapping[str, Table], folder: Path, path: Path) -> None:
    """baseboard.duckdb: the place tables of the release in `folder`, native, sorted by building, commented."""
    with duckdb.connect() as con:
        con.execute("SET preserve_insertion_order = true")
        con.execute(f"ATTACH {_text(str(path))} AS board (STORAGE_VERSION '{STORAGE}')")
        names = [name for name, entry in sorted(manifest.tables.items()) if entry.profile == "place"]
        for schema in sorted({name.split(".")[0] for name in names}):
            con.execute(f'CREATE SCHEMA board."{schema}"')
        for name in names:
            files = ", ".join(_text(str(folder / file.path)) for file in manifest.tables[name].files)
            order = ", ".join(f'"{column}"' for column in sort_columns(declared[name]))
            target = f"board.{_quoted(name)}"
            con.execute(f"CREATE TABLE {target} AS SELECT * FROM read_parquet([{files}]) ORDER BY {order}")
            for statement in _comments(declared[name], "TABLE", target):
                con.execute(statement)
        con.execute("DETACH board")


def sort_columns(table: Table) -> list[str]:
    """The order rows lie in: by building where the table knows one, then by grain."""
    first: Sequence[str] = ["building_code"] if "building_code" in table.column_names else []
    return [*first, *[name for name in table.grain if name not in first]]


def _comments(table: Table, kind: str, target: str) -> list[str]:
    of_columns = [f'COMMENT ON COLUMN {target}."{column.name}" IS {_text(column.comment)};' for column in table.columns]
    return [f"COMMENT ON {kind} {target} IS {_text(table.comment)};", *of_columns]


def _set_path(folder: Path) -> str:
    return f"{_SET} = {_text(str(folder))};"


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split(".", 1))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
