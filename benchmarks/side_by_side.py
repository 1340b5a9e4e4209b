"""The same damaged rows through ours, Splink and a plain join, each in a process of its own.

python -m benchmarks.side_by_side [--units 300000] [--rows 200000] [--only blockdata plain_join] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.own_process import Failed, run_module
from benchmarks.rivals import rivals_python


@dataclass(frozen=True)
class Contestant:
    """A module of `contestants`, and whether it runs in the rivals' environment."""

    module: str
    title: str
    is_rival: bool = False


CONTESTANTS = (
    Contestant("blockdata", "blockdata"),
    Contestant("plain_join", "plain regex + equality join (Polars)"),
    Contestant("splink_duckdb", "Splink 5.0.0 on DuckDB, ties refused", is_rival=True),
)


def run(units: int, rows: int, folder: Path, only: set[str] | None = None) -> list[dict[str, Any]]:
    """One line a contestant: contestant, rows_per_s, match_s, match_cpu_s, prepare_s, whole_s, peak_gb, precision,
    recall, absent_keyed. One that fails has `failed` instead.
    """
    if not (folder / "truth.parquet").exists():
        run_module("benchmarks.damaged_rows", str(folder), "--units", str(units), "--rows", str(rows))
    lines: list[dict[str, Any]] = []
    for contestant in CONTESTANTS:
        if only and contestant.module not in only:
            continue
        try:
            python = rivals_python() if contestant.is_rival else Path(sys.executable)
            done = run_module(f"benchmarks.contestants.{contestant.module}", str(folder), python=python)
        except Failed as failure:
            lines.append({"contestant": contestant.title, "failed": str(failure)})
            continue
        lines.append(
            {"contestant": contestant.title, "rows_per_s": round(rows / done.told["match_s"]), **done.told,
             "whole_s": done.seconds, "whole_cpu_s": done.cpu_s, "peak_gb": done.peak_gb, "module": contestant.module}
        )  # fmt: skip
    return [line | _judged(folder, line["module"]) if "module" in line else line for line in lines]


def _judged(folder: Path, module: str) -> dict[str, Any]:
    # Only now: a contestant started from a large process would be told its parent's memory as its own.
    import polars as pl

    from benchmarks.judge import judge

    answers = pl.read_parquet(folder / f"answers.{module}.parquet")
    return asdict(judge(answers, pl.read_parquet(folder / "truth.parquet")))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=300_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", nargs="*", help="modules of contestants")
    parser.add_argument("--keep", type=Path, help="keep the rows and answers here, and use them again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        print(json.dumps(run(given.units, given.rows, folder, set(given.only or [])), ensure_ascii=False))


if __name__ == "__main__":
    main()
