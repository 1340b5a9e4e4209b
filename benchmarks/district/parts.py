"""The tables docs/benchmarks.md has of the district, out of one result."""

from __future__ import annotations

from benchmarks.parts import Column, Part

_RESULT = "district"


def _part(table: str, title: str, about: str, *columns: Column) -> Part:
    return Part(f"{_RESULT}.{table}" if table else _RESULT, title, about, (), (), columns)


DISTRICT_PARTS = (
    _part(
        "",
        "The whole district on two cores",
        "`make bench SCALE=district`: 175,000 buildings, the first day of every feed and a day of changes. The floor "
        "is DuckDB's `COPY … TO parquet` of the same delivered rows, converted beforehand to UTF-8 CSV.",
        Column("bar", "bar"),
        Column("bound", "bound", "number"),
        Column("measured", "measured", "number"),
        Column("is_met", "met"),
    ),
    _part(
        "stages",
        "The district, stage by stage",
        "Every stage is a process of its own. `inside` is what the stage itself took, without starting Python.",
        Column("stage", "stage"),
        Column("rows", "rows", "count"),
        Column("seconds", "seconds", "number"),
        Column("inner_s", "inside", "number"),
        Column("cpu_s", "CPU s", "number"),
        Column("peak_gb", "peak GB", "number"),
    ),
    *(
        _part(
            table,
            title,
            "One process; where feeds load side by side, the seconds of one hold what the others used of the cores.",
            Column("feed", "feed"),
            Column("status", "became"),
            Column("received", "rows", "count"),
            Column("changed", "changed", "count"),
            Column("seconds", "seconds", "number"),
            *(
                Column(f"steps.{step}", step, "number")
                for step in ("receive", "read", "compare", "clean", "key", "gate", "write")
            ),
        )
        for table, title in (
            ("feeds", "The district's first day, feed by feed"),
            ("changes", "The district's day of changes, feed by feed"),
        )
    ),
    _part(
        "publish",
        "The district's releases, step by step",
        "Seconds of the first release and of the one after the day of changes.",
        Column("step", "step"),
        Column("first_s", "first", "number"),
        Column("changes_s", "after changes", "number"),
    ),
    _part(
        "sizes",
        "The district's lake, table by table",
        "After the first day.",
        Column("table", "table"),
        Column("rows", "rows", "count"),
        Column("files", "files", "count"),
        Column("bytes", "bytes", "count"),
    ),
    _part(
        "lookups",
        "A building's block out of the district's release",
        "One open process, random buildings; `cold`: every file of the release dropped from the system's memory before "
        "each.",
        Column("what", "what"),
        Column("lookups", "lookups", "count"),
        Column("p50_ms", "p50 ms", "number"),
        Column("p99_ms", "p99 ms", "number"),
    ),
    _part(
        "roll_ups",
        "Roll-ups of the district beside PostgreSQL",
        "The same rows, indexed and analysed there; the best of three.",
        Column("what", "roll-up"),
        Column("release_ms", "release ms", "number"),
        Column("postgres_ms", "PostgreSQL ms", "number"),
        Column("times", "times faster", "number"),
        Column("same_answer", "same answer"),
    ),
)
