"""Estates the library does not have: whole estates are taken out of it, and their rooms asked for.

    python -m benchmarks.held_out [--units 600000] [--rows 20000] [--seed 1]

Every room keyed is a wrong door: a name one character from another is no proof of a slip. In the dense library several
thousand estates lie in ten streets, more names side by side than any real district has.
"""

from __future__ import annotations

import argparse
import json
import random

import polars as pl

from benchmarks.district_at_scale import make_library
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary

HELD = 8  # one estate in so many


def run(units: int = 600_000, rows: int = 20_000, seed: int = 1) -> list[dict[str, object]]:
    """One line a way of writing: label, rows, keyed (rows keyed to a room), share."""
    frames = {name.removeprefix("address."): frame for name, frame in make_library(units, seed).items()}
    building, unit = frames["building"], frames["unit"]
    names = building["estate"].drop_nulls().unique().sort().to_list()
    out = random.Random(seed).sample(names, len(names) // HELD)
    is_out = pl.col("estate").is_in(out).fill_null(False)
    held, kept = building.filter(is_out), building.filter(~is_out)
    library = AddressLibrary.from_frames(
        {
            **frames,
            "building": kept,
            "unit": unit.join(kept.select("building_code"), on="building_code", how="semi"),
        }
    )
    lost = unit.join(held, on="building_code")
    lost = _with_areas(lost.sample(min(rows, lost.height), seed=seed), frames["area"])
    door = pl.concat_str(
        "estate", pl.coalesce("estate_number", "name"), pl.col("entrance").fill_null(""), "room", ignore_nulls=True
    )
    ways = {
        "street and community said": pl.concat_str("street", "community", door, ignore_nulls=True),
        "street said": pl.concat_str("street", door, ignore_nulls=True),
        "county said": pl.lit("深圳市宝安区") + door,
        "no area said": door,
    }
    lines: list[dict[str, object]] = []
    for label, text in ways.items():
        asked = lost.select(text.alias("address")).with_row_index("row")
        keyed = key_addresses(asked, library)["unit_code"].count()
        lines.append({"label": label, "rows": asked.height, "keyed": keyed, "share": keyed / asked.height})
    return lines


def _with_areas(rooms: pl.DataFrame, area: pl.DataFrame) -> pl.DataFrame:
    """`rooms` with street and community by name."""
    for level in ("street", "community"):
        names = area.filter(pl.col("level") == level).select(**{f"{level}_code": "area_code", level: "name"})
        rooms = rooms.join(names.unique(f"{level}_code"), on=f"{level}_code", how="left")
    return rooms


def main(argv: list[str] | None = None) -> None:
    """Print the lines as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--units", type=int, default=600_000)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    print(json.dumps(run(**vars(parser.parse_args(argv))), ensure_ascii=False))


if __name__ == "__main__":
    main()
