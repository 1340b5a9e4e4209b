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
    """A module of `contestants` with its arguments; `answers` are the files it writes, each a line of the table."""

    name: str
    module: str
    answers: dict[str, str]  # title: NAME of answers.NAME.parquet
    arguments: tuple[str, ...] = ()
    is_rival: bool = False  # runs in the rivals' environment


def _splink(blocks: str, title: str) -> Contestant:
    answers = {f"Splink 5.0.0, {title}": f"splink_{blocks}", f"the same, sure (0.95), {title}": f"splink_{blocks}_sure"}
    return Contestant(f"splink_{blocks}", "splink_duckdb", answers, (blocks,), is_rival=True)


CONTESTANTS = (
    Contestant("blockdata", "blockdata", {"blockdata": "blockdata"}),
    Contestant("plain_join", "plain_join", {"plain regex + equality join (Polars)": "plain_join"}),
    _splink("halves", "narrow blocks"),
    _splink("county", "wide blocks"),
)


def run(units: int, rows: int, folder: Path, only: set[str] | None = None) -> list[dict[str, Any]]:
    """One line an answer file: contestant, rows_per_s, match_s, match_cpu_s, prepare_s, whole_s, whole_rows_per_s,
    peak_gb, precision, recall, absent_keyed. One that fails has `failed` instead.
    """
    if not (folder / "truth.parquet").exists():
        run_module("benchmarks.damaged_rows", str(folder), "--units", str(units), "--rows", str(rows))
    lines: list[dict[str, Any]] = []
    for contestant in CONTESTANTS:
        if only and contestant.name not in only:
            continue
        try:
            python = rivals_python() if contestant.is_rival else Path(sys.executable)
            module = f"benchmarks.contestants.{contestant.module}"
            done = run_module(module, str(folder), *contestant.arguments, python=python)
        except Failed as failure:
            lines.append({"contestant": contestant.name, "failed": str(failure)})
            continue
        figures = {
            "rows_per_s": round(rows / done.told["match_s"]), **done.told,
            "whole_s": done.seconds, "whole_rows_per_s": round(rows / done.seconds), "whole_cpu_s": done.cpu_s,
            "peak_gb": done.peak_gb,
        }  # fmt: skip
        lines += [{"contestant": title, "answers": name} | figures for title, name in contestant.answers.items()]
    return [line | _judged(folder, line["answers"]) if "answers" in line else line for line in lines]


def _judged(folder: Path, answers: str) -> dict[str, Any]:
    # Only now: a contestant started from a large process would be told its parent's memory as its own.
    import polars as pl

    from benchmarks.judge import judge

    given = pl.read_parquet(folder / f"answers.{answers}.parquet")
    return asdict(judge(given, pl.read_parquet(folder / "truth.parquet")))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--units", type=int, default=300_000)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--only", nargs="*", help="names of contestants")
    parser.add_argument("--keep", type=Path, help="keep the rows and answers here, and use them again")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        print(json.dumps(run(given.units, given.rows, folder, set(given.only or [])), ensure_ascii=False))


if __name__ == "__main__":
    main()
