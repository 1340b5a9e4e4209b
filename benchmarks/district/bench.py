"""`make bench SCALE=district`: the whole district, stage by stage, every stage in a process of its own.

python -m benchmarks.district.bench --scale district|NUMBER [--work DIR] [--keep] [--page]

SCALE is a share of the district: 1 (or `district`) are its 175,000 buildings, 0.1 a tenth, 0.02 a smoke run.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.district.bars import bars
from benchmarks.district.parts import DISTRICT_PARTS
from benchmarks.machine import machine
from benchmarks.own_process import ROOT, Finished, run_command
from benchmarks.page import lines_of, table

BUILDINGS = 175_000
# Of the lake with ten times the history, and of the one it is compared with. A small lake is the harder test: what
# grows with batches and files stands out from fewer rows; ten first days of the whole district need not be written.
HISTORY_SCALE = 0.02
STAGES = "benchmarks.district.stages"
RESULTS = Path(__file__).parents[1] / "results"  # committed: the whole district on the reference machine
SMALLER = ROOT / ".cache" / "bench"  # any other scale
Told = Callable[[str], None]


def run(scale: float, work: Path, *, tell: Told) -> dict[str, Any]:
    """The whole benchmark in `work`, an empty folder: what district.json holds."""
    started = time.perf_counter()
    stages: list[dict[str, Any]] = []

    def stage(title: str, name: str, *arguments: Path | str | int) -> Any:
        tell(f"{title} ... ")
        done = run_command([sys.executable, "-m", STAGES, name, *map(str, arguments)], _keys(work))
        tell(f"{done.seconds:,.1f} s\n")
        stages.append(_line(title, done))
        return done.told

    home = work / "home"
    made = stage("district made", "make", work / "made", max(50, round(BUILDINGS * scale)), 2)
    first, second = (work / "made" / "deliveries" / day for day in sorted(made["days"]))
    converted = stage("delivered rows to UTF-8 CSV", "convert", first, work / "csv")
    floor = stage("floor: DuckDB COPY to Parquet", "floor", work / "csv", work / "floor")
    shutil.rmtree(work / "csv")
    shutil.rmtree(work / "floor")
    stage("address library", "library", home, work / "made" / "library")
    loaded = stage("first day: load", "load", home, first)
    published = stage("first day: publish", "publish", home)
    after_first = stage("first day: sizes", "sizes", home)
    changed = stage("day of changes: load", "load", home, second)
    republished = stage("day of changes: publish", "publish", home)
    after_changes = stage("day of changes: sizes", "sizes", home)
    answers = stage("lookups and roll-ups beside PostgreSQL", "answers", home, work / "postgres")
    shutil.rmtree(work / "postgres", ignore_errors=True)
    small, one_day, ten_days = home, "", "history, ten days: "
    history_scale = min(scale, HISTORY_SCALE)
    if history_scale < scale:  # ten times the history of the whole district would not fit beside it
        shutil.rmtree(home)
        shutil.rmtree(work / "made")
        small, one_day = work / "small", "history, one day: "
        again = stage(f"{one_day}a smaller district", "make", work / "made", round(BUILDINGS * history_scale), 2)
        first, second = (work / "made" / "deliveries" / day for day in sorted(again["days"]))
        stage(f"{one_day}library", "library", small, work / "made" / "library")
        _two_days(stage, one_day, small, (first, second))
    stage(f"{ten_days}library", "library", work / "deep", work / "made" / "library")
    filled = stage(f"{ten_days}nine days written", "fill", work / "deep", small)
    _two_days(stage, ten_days, work / "deep", (first, second))
    more = {
        "history": _changes(stages, ten_days) / _changes(stages, one_day),
        "roll_ups": min(line["times"] for line in answers["roll_ups"]),
        **{key: line[key] for key in ("p50_ms", "p99_ms") for line in answers["lookups"][:1]},
        "cold_p99_ms": answers["lookups"][1]["p99_ms"],
        "gate_share": _gate_share(loaded["feeds"]),
    }
    return {
        "name": "district",
        "scale": scale,
        "measured_on": date.today().isoformat(),
        "machine": machine(),
        "seconds": round(time.perf_counter() - started, 1),
        "made": made,
        "converted": converted,
        "floor": floor,
        "tables": {
            "stages": stages,
            "feeds": loaded["feeds"],
            "changes": changed["feeds"],
            "publish": _steps(published, republished),
            "sizes": after_first["tables"],
            "lookups": answers["lookups"],
            "roll_ups": answers["roll_ups"],
        },
        "bytes": {name: value for name, value in after_first.items() if name != "tables"},
        "bytes_after_changes": {name: value for name, value in after_changes.items() if name != "tables"},
        "postgres": answers["postgres"],
        "history": {"scale": history_scale, "rows": filled["rows"]},
        "lines": bars(stages, floor, more),
    }


def _two_days(stage: Callable[..., Any], title: str, home: Path, days: Sequence[Path]) -> None:
    """The first day and the day of changes in a home that has its library."""
    for day, folder in zip(("first day", "day of changes"), days, strict=True):
        stage(f"{title}{day}: load", "load", home, folder)
        stage(f"{title}{day}: publish", "publish", home)


def _changes(stages: Sequence[dict[str, Any]], title: str) -> float:
    """CPU seconds of the day of changes: two lakes are compared, and what else the machine does is no part of it."""
    names = (f"{title}day of changes: load", f"{title}day of changes: publish")
    return float(sum(one["cpu_s"] for one in stages if one["stage"] in names))


def _gate_share(feeds: Sequence[dict[str, Any]]) -> float:
    """What judging the largest batch took of loading it."""
    largest = max(feeds, key=lambda feed: feed["received"])
    return float(largest["steps"].get("gate", 0) / largest["seconds"])


def _keys(work: Path) -> dict[str, str]:
    return {"BLOCKDATA_KEYS": str(work / "keys")}


def _line(title: str, done: Finished) -> dict[str, Any]:
    told = done.told if isinstance(done.told, dict) else {}
    return {
        "stage": title,
        "rows": told.get("rows") if isinstance(told.get("rows"), int) else None,
        "seconds": done.seconds,
        "cpu_s": done.cpu_s,
        "peak_gb": done.peak_gb,
        "inner_s": told.get("seconds"),
    }


def _steps(first: dict[str, Any], changes: dict[str, Any]) -> list[dict[str, Any]]:
    names = dict.fromkeys([*first["steps"], *changes["steps"]])
    return [
        {"step": name, "first_s": first["steps"].get(name), "changes_s": changes["steps"].get(name)} for name in names
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 when a bar is missed."""
    parser = argparse.ArgumentParser(prog="make bench SCALE=…", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--scale", type=_scale, default=1.0, help="district, or a share of it such as 0.1")
    parser.add_argument("--work", type=Path, help="where to work; needs 60 GB for the whole district")
    parser.add_argument("--keep", action="store_true", help="leave the lake there")
    given = parser.parse_args(arguments)
    with _folder(given.work, keep=given.keep) as work:
        result = run(given.scale, work, tell=_tell)
    folder = RESULTS if given.scale == 1 else SMALLER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "district.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    for part in DISTRICT_PARTS:
        sys.stdout.write(f"\n{part.title}\n\n{table(part, {'lines': lines_of(part, result)})}\n")
    if given.scale == 1:
        from benchmarks.run import write_pages

        write_pages()
    return int(any(line["is_met"] is False for line in result["lines"]))


def _scale(text: str) -> float:
    share = 1.0 if text == "district" else float(text)
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError("a share of the district: district, or a number up to 1")
    return share


@contextmanager
def _folder(work: Path | None, *, keep: bool) -> Iterator[Path]:
    """An empty folder that is gone afterwards."""
    if work is not None:
        work.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="district-", dir=work))
    try:
        yield made
    finally:
        if keep:
            _tell(f"left in {made}\n")
        else:
            shutil.rmtree(made, ignore_errors=True)


def _tell(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
