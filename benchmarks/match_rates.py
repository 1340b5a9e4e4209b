"""Match rates of a made lake: how deep records key, by feed, street and kind of housing, and how often rightly.

    python -m benchmarks.match_rates [--seed 5] [--buildings 1500] [--json OUT]

Makes a district with `synth`, loads its first day as any delivery is loaded, in a temporary folder with keys of its
own, and compares the records with the district's truth.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.scores import by
from schemas.home import Home
from synth.make import make_district
from transforms.addressing.library_import import import_library
from transforms.lake.store import Lake
from transforms.load import load_files

LEVELS = ("unit", "building", "estate", "grid", "community", "outside", "none")
ANSWER = ("unit_code", "building_code", "match_level", "match_method", "match_score", "match_margin")


@contextmanager
def own_keys(path: Path) -> Iterator[None]:
    """Token keys of this lake alone, whatever the user's are."""
    before = os.environ.get("BLOCKDATA_KEYS")
    os.environ["BLOCKDATA_KEYS"] = str(path)
    try:
        yield
    finally:
        if before is None:
            del os.environ["BLOCKDATA_KEYS"]
        else:
            os.environ["BLOCKDATA_KEYS"] = before


def made_lake(folder: Path, *, buildings: int, seed: int) -> Home:
    """A district in `folder`/district and the lake of its first day."""
    made, home = folder / "district", Home(folder / "home")
    make_district(buildings, seed, 1, made)
    import_library(made / "library", home)
    for day in sorted((made / "deliveries").iterdir()):
        for feed in sorted(day.iterdir()):
            load_files(feed.name, sorted(feed.iterdir()), date.fromisoformat(day.name), home)
    return home


def records(home: Home, truth: Path) -> pl.DataFrame:
    """Every loaded record with what it means: feed_id, truth and got (unit codes), the answer's columns, and street,
    usage of the building it means (null where it means none).
    """
    lake = Lake(home)
    meant = pl.read_parquet(truth / "record.parquet").unique(["feed_id", "record_id"], keep="last", maintain_order=True)
    frames = []
    for feed in meant["feed_id"].unique().sort():
        history = lake.read(f"record_history.{feed}", columns=["record_id", *ANSWER])
        frames.append(history.with_columns(feed_id=pl.lit(feed)))
    loaded = pl.concat(frames).rename({"unit_code": "got", "building_code": "got_building"})
    meant = meant.rename({"unit_code": "truth"}).select("feed_id", "record_id", "truth", "building_code", "level")
    streets = lake.read("address.area").filter((pl.col("level") == "street") & pl.col("valid_to").is_null())
    buildings = (
        lake.read("address.building", columns=["building_code", "usage", "street_code"])
        .join(streets.select(street_code="area_code", street="name"), on="street_code", how="left")
        .select("building_code", "usage", "street")
    )
    return loaded.join(meant, on=["feed_id", "record_id"], how="left").join(buildings, on="building_code", how="left")


def levels(rows: pl.DataFrame, column: str) -> dict[str, dict[str, float]]:
    """Share of records at each match level, for each value of the column."""
    shares = (
        rows.group_by(column, "match_level").len().with_columns(share=pl.col("len") / pl.col("len").sum().over(column))
    )
    found: dict[str, dict[str, float]] = {}
    for row in shares.sort(column, nulls_last=True).iter_rows(named=True):
        found.setdefault(str(row[column]), {})[row["match_level"]] = round(row["share"], 4)
    return {name: {level: got[level] for level in LEVELS if level in got} for name, got in found.items()}


def run(*, seed: int = 5, buildings: int = 1500) -> dict[str, Any]:
    """The whole measurement, as values for JSON."""
    with tempfile.TemporaryDirectory() as folder, own_keys(Path(folder) / "keys.json"):
        home = made_lake(Path(folder), buildings=buildings, seed=seed)
        rows = records(home, Path(folder) / "district" / "truth")
    placed = rows.filter(pl.col("street").is_not_null())
    return {
        "seed": seed, "buildings": buildings, "records": rows.height,
        "feeds": by(rows, "feed_id"), "streets": by(placed, "street"), "housing": by(placed, "usage"),
        "levels": levels(rows, "feed_id"),
    }  # fmt: skip


def table(result: dict[str, Any]) -> str:
    """One line a feed, street and kind of housing."""
    lines = []
    for title, column in (("feeds", "feed_id"), ("streets", "street"), ("housing", "usage")):
        lines.append(f"{title:36}{'records':>8}{'unit':>9}{'precision':>11}{'recall':>9}")
        for line in result[title]:
            share = line["keyed"] / line["rows"]
            rates = [f"{value:.2%}" if value is not None else "" for value in (line["precision"], line["recall"])]
            lines.append(f"  {line[column]:34}{line['rows']:>8}{share:>9.2%}{rates[0]:>11}{rates[1]:>9}")
    return "\n".join(lines)


def main() -> int:
    """The command: a table on stderr, the feeds as JSON on stdout."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--buildings", type=int, default=1500)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    result = run(seed=given.seed, buildings=given.buildings)
    print(table(result), file=sys.stderr)
    print(json.dumps(result["feeds"], indent=1))
    if given.json:
        given.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
