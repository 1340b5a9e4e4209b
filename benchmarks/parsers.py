"""The parse beside cpca and jionlp over the same lines, each in a process of its own.

python -m benchmarks.parsers [--rows 100000]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks.own_process import Failed, run_module
from benchmarks.real_lines import real_lines
from benchmarks.rivals import rivals_python

JIONLP_LINES = 3_000  # of all; it needs minutes for them


def run(rows: int) -> list[dict[str, object]]:
    """One line a contestant: contestant, rows, rows_per_s, parse_s, parse_cpu_s, peak_gb, county and room (shares
    found).
    """
    lines = real_lines(rows)
    ours, theirs = Path(sys.executable), rivals_python()
    with tempfile.TemporaryDirectory() as temporary:
        whole, part = Path(temporary) / "lines.txt", Path(temporary) / "some.txt"
        whole.write_text("\n".join(lines), encoding="utf-8")
        part.write_text("\n".join(lines[:JIONLP_LINES]), encoding="utf-8")
        return [
            _contest("blockdata", "parse_blockdata", whole, ours),
            _contest("cpca 0.5.5", "parse_cpca", whole, theirs),
            _contest("jionlp 1.5.31", "parse_jionlp", part, theirs),
        ]


def _contest(name: str, module: str, lines: Path, python: Path) -> dict[str, object]:
    try:
        done = run_module(f"benchmarks.contestants.{module}", str(lines), python=python)
    except Failed as failure:
        return {"contestant": name, "failed": str(failure)}
    told = done.told
    return {"contestant": name, "rows_per_s": round(told["rows"] / told["parse_s"]), **told, "peak_gb": done.peak_gb}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000)
    print(json.dumps(run(parser.parse_args().rows), ensure_ascii=False))


if __name__ == "__main__":
    main()
