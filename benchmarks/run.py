"""`make bench`: every part, every run in a process of its own; results as JSON, a table printed and a page written.

python -m benchmarks.run [--only rivals parsers] [--quick] [--page]
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.own_process import ROOT, Failed, run_module
from benchmarks.page import table, write_page
from benchmarks.parts import PARTS, Part, Run

RESULTS = Path(__file__).with_name("results")  # committed: those of the reference machine
QUICK_RESULTS = ROOT / ".cache" / "bench"  # small sizes prove that it runs, not how fast
PAGE = ROOT / "docs" / "benchmarks.md"


def run_part(part: Part, *, quick: bool, tell: Callable[[str], None]) -> dict[str, Any]:
    """name, measured_on, machine, seconds, lines (one dict a line of the table; `failed` where a run did not end)."""
    started = time.perf_counter()
    lines: list[dict[str, Any]] = []
    runs = part.quick if quick else part.runs
    for number, run in enumerate(runs, 1):
        tell(f"{part.name} {number}/{len(runs)}{' ' + run.label if run.label else ''} ... ")
        lines += (found := _lines(run))
        broken = [line["failed"] for line in found if "failed" in line]
        tell(f"{found[0].get('process_s', 0):,.0f} s{': ' + broken[0] if broken else ''}\n")
    return {
        "name": part.name,
        "measured_on": date.today().isoformat(),
        "machine": machine(),
        "seconds": round(time.perf_counter() - started, 1),
        "lines": lines,
    }


def _lines(run: Run) -> list[dict[str, Any]]:
    if not _exists(run.module):
        return [{"label": run.label, "failed": f"there is no {run.module}"}]
    try:
        done = run_module(run.module, *run.arguments)
    except Failed as failure:
        return [{"label": run.label, "failed": str(failure)}]
    told = done.told if isinstance(done.told, list) else [done.told]
    own = {"label": run.label} if run.label else {}
    return [{**line, **own, "process_s": done.seconds} for line in told]


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def bench(parts: Sequence[Part], *, quick: bool, results: Path, tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Run `parts` one after the other, write `results`/<name>.json after each, return what was written."""
    results.mkdir(parents=True, exist_ok=True)
    found = []
    for part in parts:
        result = run_part(part, quick=quick, tell=tell)
        path = results / f"{part.name}.json"
        path.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        found.append(result)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when a run failed."""
    names = [part.name for part in PARTS]
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="*", choices=names, default=[], help="these parts only")
    parser.add_argument("--quick", action="store_true", help="small sizes, results not kept")
    parser.add_argument("--page", action="store_true", help="only write the page anew from the results there are")
    given = parser.parse_args(arguments)
    parts = [part for part in PARTS if not given.only or part.name in given.only]
    results = QUICK_RESULTS if given.quick else RESULTS
    found: list[dict[str, Any]] = []
    if not given.page:
        found = bench(parts, quick=given.quick, results=results, tell=_tell)
        for part, result in zip(parts, found, strict=True):
            sys.stdout.write(f"\n{part.title}\n\n{table(part, result)}\n")
    if not given.quick:
        write_pages()
        sys.stdout.write(f"\nwritten to {results.relative_to(ROOT)} and {PAGE.relative_to(ROOT)}\n")
    return int(any("failed" in line for result in found for line in result["lines"]))


def write_pages() -> None:
    """The page of all parts, those of the district too, and that on scale, from the results there are."""
    from benchmarks.district.parts import DISTRICT_PARTS
    from benchmarks.district.scale_page import write_scale_page

    write_page(PAGE, [*PARTS, *DISTRICT_PARTS], RESULTS)
    write_scale_page(PAGE.with_name("scale.md"), RESULTS)


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
