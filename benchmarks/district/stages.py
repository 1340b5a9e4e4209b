"""What each process of the district benchmark does: `python -m benchmarks.district.stages STAGE …` ends with JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from schemas.home import Home


def make(out: Path, buildings: int, days: int) -> dict[str, Any]:
    """The made district."""
    from synth.make import make_district

    made = make_district(buildings, 1, days, out)
    folders = sorted((out / "deliveries").iterdir())
    return {
        "buildings": made.buildings,
        "units": made.units,
        "people": made.people,
        "organisations": made.organisations,
        "rows": made.delivered,
        "days": {folder.name: bytes_under(folder) for folder in folders},
    }


def convert(deliveries: Path, out: Path) -> dict[str, Any]:
    """The delivered rows as UTF-8 CSV, a file a feed: what the floor is measured on. Lines that are no rows are left
    out, every other line stands as it was delivered."""
    from schemas.contract import contract_of
    from transforms.landing import split_sidecars
    from transforms.reading.read import READERS
    from transforms.reading.source import SourceFile

    out.mkdir(parents=True, exist_ok=True)
    rows = {}
    for folder in sorted(deliveries.iterdir()):
        contract = contract_of(folder.name)
        data, _ = split_sidecars(sorted(folder.iterdir()), contract)
        rows[folder.name] = 0
        for number, path in enumerate(data):
            sheet = READERS[contract.reading.format](SourceFile(path.name, path.read_bytes()), contract)
            body = sheet.body.drop("row_number")
            if "geometry" in body.columns:
                body = body.with_columns(body["geometry"].bin.encode("hex"))
            names = [*sheet.header, *(["geometry"] if "geometry" in body.columns else [])]
            body.columns = [f"{at} {name}" for at, name in enumerate(names)]
            body.write_csv(out / f"{folder.name}-{number}.csv")
            rows[folder.name] += body.height
    return {"rows": sum(rows.values()), "bytes": bytes_under(out), "feeds": rows}


def floor(source: Path, out: Path) -> dict[str, Any]:
    """DuckDB's `COPY … TO parquet` of every converted file, every cell as text: the least that can be done."""
    import duckdb

    out.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    started = time.perf_counter()
    for path in sorted(source.glob("*.csv")):
        read = f"read_csv('{path}', header = true, all_varchar = true, delim = ',', quote = '\"', strict_mode = false)"
        con.execute(f"COPY (FROM {read}) TO '{out / path.stem}.parquet' (FORMAT parquet)")
    seconds = time.perf_counter() - started
    rows = con.sql(f"SELECT count(*) FROM '{out}/*.parquet'").fetchall()[0][0] if any(out.iterdir()) else 0
    return {"rows": rows, "seconds": round(seconds, 2), "bytes": bytes_under(out)}


def library(home: Home, folder: Path) -> dict[str, Any]:
    """The address library imported."""
    from transforms.addressing.library_import import import_library

    return {"rows": import_library(folder, home).rows}


def load(home: Home, deliveries: Path, jobs: int = 0) -> dict[str, Any]:
    """Every delivery of a day loaded, side by side as `blockdata load --landing` does; the seconds of one that had
    another beside it are longer than its own."""
    from schemas.contract import contract_of
    from transforms.expected_memory import memory_of
    from transforms.side_by_side import Piece, side_by_side, usual_jobs

    folders, loaded = sorted(deliveries.iterdir()), {}

    def work(folder: Path, go: Callable[[], None]) -> None:
        loaded[folder.name] = _loaded(home, folder)

    needs = [memory_of(list(folder.iterdir()), contract_of(folder.name), home) for folder in folders]
    pieces = [Piece(folder.name, need, partial(work, folder)) for folder, need in zip(folders, needs, strict=True)]
    for error in side_by_side(pieces, jobs or usual_jobs()).values():
        raise error
    feeds = [loaded[folder.name] for folder in folders]
    return {"feeds": feeds, "rows": sum(feed["received"] for feed in feeds)}


def _loaded(home: Home, folder: Path) -> dict[str, Any]:
    from schemas.contract import contract_of
    from transforms.landing import split_sidecars
    from transforms.load import load_files

    data, _ = split_sidecars(sorted(folder.iterdir()), contract_of(folder.name))
    clock = Clock()
    result = load_files(folder.name, data, None, home, progress=clock.told)
    counts = result.counts
    return {
        "feed": folder.name,
        "status": result.status,
        "rule": result.rule,
        "bytes": sum(path.stat().st_size for path in data),
        "received": counts.get("received", 0),
        "changed": counts.get("loaded", 0) + counts.get("deleted", 0),
        "unchanged": counts.get("unchanged", 0),
        "quarantined": counts.get("quarantined", 0),
        **clock.stopped(),
    }


def publish(home: Home) -> dict[str, Any]:
    """A release of everything loaded."""
    from transforms.publish import publish as make_release

    clock = Clock()
    release = make_release(home, say=clock.step)
    return {"release": release.name, "changed": release.changed, **clock.stopped()}


def sizes(home: Home) -> dict[str, Any]:
    """Rows, files and bytes of every table of the lake, of the archive and of the current release."""
    from transforms.lake.store import BATCH, Lake

    lake = Lake(home)
    tables = []
    for name in lake.tables():
        files = lake.files(name) if name != BATCH else []
        height = sum(_rows(path) for path in files)
        tables.append(
            {"table": name, "rows": height, "files": len(files), "bytes": sum(p.stat().st_size for p in files)}
        )
    release = home.current_release
    return {
        "tables": tables,
        "lake_bytes": bytes_under(home.lake),
        "archive_bytes": bytes_under(home.archive),
        "release_bytes": bytes_under(release) if release else 0,
        "lake_and_release_bytes": bytes_under(home.lake, *([release] if release else [])),
    }


def asked(home: Home, folder: Path) -> dict[str, Any]:
    """Lookups and roll-ups of the current release, beside PostgreSQL in `folder`."""
    from benchmarks.district.answers import answers

    return answers(home, folder)


def fill(home: Home, pattern: Home) -> dict[str, Any]:
    """Nine days of history like the first of another home."""
    from benchmarks.district.history import fill as write

    return write(home, pattern)


def _rows(path: Path) -> int:
    import pyarrow.parquet as pq

    return int(pq.read_metadata(path).num_rows)


def bytes_under(*folders: Path) -> int:
    """Bytes of all files of some folders; one that stands there under several names counts once."""
    sizes = {}
    for path in (path for folder in folders for path in folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            told = path.stat()
            sizes[told.st_ino] = told.st_size
    return sum(sizes.values())


class Clock:
    """Seconds by step, as the steps are told."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}
        self.started = self.since = time.perf_counter()
        self.current = "receive"

    def step(self, name: str) -> None:
        """A step begins and the one before it ends."""
        now = time.perf_counter()
        self.steps[self.current] = round(self.steps.get(self.current, 0) + now - self.since, 3)
        self.current, self.since = name, now

    def told(self, name: str, rows: int) -> None:
        """The same as a load tells it."""
        self.step(name)

    def stopped(self) -> dict[str, Any]:
        """`seconds` in all and `steps`."""
        self.step("")
        return {"seconds": round(time.perf_counter() - self.started, 2), "steps": self.steps}


STAGES: dict[str, tuple[Callable[..., dict[str, Any]], tuple[type, ...]]] = {
    "make": (make, (Path, int, int)),
    "convert": (convert, (Path, Path)),
    "floor": (floor, (Path, Path)),
    "library": (library, (Home, Path)),
    "load": (load, (Home, Path, int)),
    "publish": (publish, (Home,)),
    "sizes": (sizes, (Home,)),
    "answers": (asked, (Home, Path)),
    "fill": (fill, (Home, Home)),
}


def main() -> int:
    """The command of a stage."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("arguments", nargs="*")
    given = parser.parse_args()
    work, kinds = STAGES[given.stage]
    arguments = [
        kind(Path(text)) if kind is Home else kind(text) for kind, text in zip(kinds, given.arguments, strict=False)
    ]
    with _quiet():
        done = work(*arguments)
    sys.stdout.write("\n" + json.dumps(done, ensure_ascii=False, default=str) + "\n")
    return 0


@contextmanager
def _quiet() -> Iterator[None]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


if __name__ == "__main__":
    sys.exit(main())
