"""How fast and how exactly keying works at scale, measured in a fresh process.

    python -m benchmarks.scale --rows 5000000 --units 5000000 [--nothing 0.2] [--whole] [--json OUT]

The district is made first, outside the measured process. `run` measures the engine (library load, keying, memory,
exactness); `run_command` (--whole) the command `blockdata key` from start to end, library and files included.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.district_at_scale import make_addresses, make_library

ROOT = Path(__file__).parents[1]


def run(rows: int, units: int, nothing: float = 0.0, seed: int = 1, folder: Path | None = None) -> dict[str, Any]:
    """Key `rows` addresses to a library of `units` in a process of its own.

    Returns rows, units, load_s (from Parquet to the ready index), key_s, rows_per_s, cpu_us_per_row, tenth_us_per_row
    (a tenth of the rows alone, same process), cost_ratio (per row, all to a tenth), peak_gb (whole process),
    precision, recall (at unit, of rows that mean one), false_keys (share of meaningless rows keyed to a unit),
    by_kind (recall by form). `folder` keeps the made files.
    """
    with tempfile.TemporaryDirectory() as temporary:
        place = folder or Path(temporary)
        prepare(place, rows, units, nothing, seed)
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.scale", "--measure", str(place)],
            cwd=ROOT, env=_environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stderr)
        answers = pl.read_parquet(place / "answers.parquet")
        truth = pl.read_parquet(place / "truth.parquet")
    return {"units": units, "nothing": nothing} | json.loads(done.stdout) | judge(answers, truth)


def run_command(rows: int, units: int, nothing: float = 0.0, seed: int = 1) -> dict[str, Any]:
    """`blockdata key FILE.parquet` as one process: rows, units, seconds, rows_per_s, peak_gb, precision, recall, …"""
    from schemas.home import Home
    from transforms.addressing.library_import import import_library

    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        prepare(place, rows, units, nothing, seed)
        home = Home(place / "home")
        import_library(place / "library", home)
        command = [sys.executable, "-c", "from cli.main import main; main()", "key", str(place / "rows.parquet")]
        command += ["--column", "address", "--out", str(place / "keyed.parquet")]
        environment = _environment() | {"BLOCKDATA_HOME": str(place / "home")}
        start, before = time.perf_counter(), os.times()
        with (place / "said").open("wb") as said:
            child = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=said, stderr=said)
            _, status, usage = os.wait4(child.pid, 0)
        seconds, after = time.perf_counter() - start, os.times()
        if status:
            raise RuntimeError((place / "said").read_text())
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        answers = pl.read_parquet(place / "keyed.parquet", columns=["row", "match_level", "unit_code"])
        judged = judge(answers, pl.read_parquet(place / "truth.parquet"))
    return {
        "rows": rows, "units": units, "nothing": nothing, "seconds": round(seconds, 2), "cpu_s": round(cpu, 2),
        "rows_per_s": round(rows / seconds), "peak_gb": round(usage.ru_maxrss / 2**20, 2),
    } | judged  # fmt: skip


def prepare(place: Path, rows: int, units: int, nothing: float, seed: int) -> None:
    """Write library/*.parquet, rows.parquet and truth.parquet into `place`, unless they are there."""
    if (place / "truth.parquet").exists():
        return
    (place / "library").mkdir(parents=True, exist_ok=True)
    library = make_library(units, seed)
    for name, frame in library.items():
        frame.write_parquet(place / "library" / f"{name}.parquet")
    written = make_addresses(library, rows, nothing=nothing, seed=seed + 1)
    written.rows.write_parquet(place / "rows.parquet")
    written.truth.write_parquet(place / "truth.parquet")


def judge(answers: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """precision, recall, false_keys, by_kind of `answers` (row, match_level, unit_code)."""
    both = answers.join(truth.rename({"unit_code": "true_unit"}), on="row")
    keyed, meant = pl.col("unit_code").is_not_null(), pl.col("true_unit").is_not_null()
    right = (pl.col("unit_code") == pl.col("true_unit")).fill_null(False)
    figures = both.select(
        precision=right.sum() / keyed.sum(),
        recall=right.sum() / meant.sum(),
        false_keys=keyed.filter(~meant).mean(),
    ).row(0, named=True)
    kinds = both.filter(meant).group_by("kind").agg(right.mean().round(4).alias("recall")).sort("kind")
    levels = both.group_by("match_level").len().sort("match_level")
    rounded = {name: None if value is None else round(value, 5) for name, value in figures.items()}
    return rounded | {"by_kind": dict(kinds.iter_rows()), "levels": dict(levels.iter_rows())}


def measure(place: Path) -> dict[str, Any]:
    """Load the library of `place`, key its rows, write answers.parquet. Meant for a process of its own."""
    import resource

    from transforms.addressing.key import key_addresses
    from transforms.addressing.library import AddressLibrary

    start = time.perf_counter()
    frames = {path.stem: pl.read_parquet(path) for path in (place / "library").glob("*.parquet")}
    library = AddressLibrary.from_frames(frames)
    del frames
    _ = library.index
    load, load_cpu = time.perf_counter() - start, time.process_time()
    loaded_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = pl.read_parquet(place / "rows.parquet")
    tenth = rows.head(rows.height // 10)
    start, cpu = time.perf_counter(), time.process_time()
    key_addresses(tenth, library)
    tenth_s, tenth_cpu = time.perf_counter() - start, time.process_time() - cpu
    start, cpu = time.perf_counter(), time.process_time()
    answers = key_addresses(rows, library)
    key, key_cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answers.select("row", "match_level", "unit_code").write_parquet(place / "answers.parquet")
    return {
        "rows": rows.height, "load_s": round(load, 2), "load_cpu_s": round(load_cpu, 2), "key_s": round(key, 2),
        "rows_per_s": round(rows.height / key), "us_per_row": round(key / rows.height * 1e6, 3),
        "cpu_us_per_row": round(key_cpu / rows.height * 1e6, 3),
        "tenth_us_per_row": round(tenth_s / tenth.height * 1e6, 3),
        "tenth_cpu_us_per_row": round(tenth_cpu / tenth.height * 1e6, 3),
        "cost_ratio": round((key / rows.height) / (tenth_s / tenth.height), 3),
        "loaded_peak_gb": round(loaded_peak / 2**20, 2), "peak_gb": round(peak / 2**20, 2),
    }  # fmt: skip


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT)}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--units", type=int, default=600_000)
    parser.add_argument("--nothing", type=float, default=0.0, help="share of rows that mean nothing here")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whole", action="store_true", help="time the command `blockdata key` instead")
    parser.add_argument("--folder", type=Path, help="keep (and use again) the made files")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure)))
        return
    if given.whole:
        figures = run_command(given.rows, given.units, given.nothing, given.seed)
    else:
        figures = run(given.rows, given.units, given.nothing, given.seed, given.folder)
    told = json.dumps(figures, ensure_ascii=False, indent=2)
    print(told)
    if given.json:
        given.json.write_text(told + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
