"""Results as tables, and docs/benchmarks.md from all of them."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.parts import Column, Part

HEAD = """# Benchmarks

Written by `make bench` from `benchmarks/results/`; do not edit. Every run is a process of its own, once; ratios are to
be read within one table. How the rivals were set up, and how to check that it is fair: benchmarks/README.md.
"""


def table(part: Part, result: dict[str, Any]) -> str:
    """The lines of `result` as a Markdown table; a run that failed has its first words instead of figures."""
    shown = [
        column for column in part.columns if any(_figure(line, column.figure) is not None for line in result["lines"])
    ]
    shown = shown or list(part.columns[:1])
    rows = [[column.title for column in shown]]
    for line in result["lines"]:
        cells = [written(_figure(line, column.figure), column) for column in shown]
        if "failed" in line:
            cells = [cells[0] or line.get("label") or part.name, *[""] * (len(shown) - 1)]
            cells[-1] += f" ({line['failed'].splitlines()[0]})"
        rows.append(cells)
    widths = [max(_width(row[at]) for row in rows) for at in range(len(shown))]
    rule = [
        "-" * width if column.form == "text" else "-" * (width - 1) + ":"
        for column, width in zip(shown, widths, strict=True)
    ]
    return "\n".join(_line(row, widths, shown) for row in [rows[0], rule, *rows[1:]])


def write_page(page: Path, parts: Sequence[Part], results: Path) -> None:
    """Write `page` from the results that are there, in the order of `parts`."""
    pieces = [HEAD]
    for part in parts:
        path = results / f"{part.name.partition('.')[0]}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            shown = table(part, {"lines": lines_of(part, result)})
            pieces.append(f"## {part.title}\n\n{part.about}\n\n{shown}\n\n{_measured(result)}\n")
    page.write_text("\n".join(pieces), encoding="utf-8")


def lines_of(part: Part, result: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a part's table. A part named `result.table` shows one of several tables of a result."""
    _, _, name = part.name.partition(".")
    lines: list[dict[str, Any]] = result["tables"].get(name, []) if name else result["lines"]
    return lines


def written(value: Any, column: Column) -> str:
    """A figure as its column writes it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if column.form == "count":
        return f"{value:,.0f}"
    if column.form == "share":
        return f"{value:.2%}"
    if column.form == "number":
        return f"{value:,.2f}"
    return str(value)


def _measured(result: dict[str, Any]) -> str:
    on = result["machine"]
    return (
        f"Measured on {result['measured_on']}: {on['processor']}, {on['cores']} cores, {on['memory_gb']} GB, "
        f"{on['system']}, Python {on['python']}, Polars {on['polars']}, DuckDB {on['duckdb']}."
    )


def _figure(line: dict[str, Any], name: str) -> Any:
    value: Any = line
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _line(cells: Sequence[str], widths: Sequence[int], columns: Sequence[Column]) -> str:
    padded = [
        cell + " " * (width - _width(cell)) if column.form == "text" else " " * (width - _width(cell)) + cell
        for cell, width, column in zip(cells, widths, columns, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
