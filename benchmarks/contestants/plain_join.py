"""A plain regex and an equality join, in Polars (on these rows several times as fast as DuckDB's regex).

Key: county, estate (or road and number where there is none), building, entrance, room. A row that names no county is
joined on the rest. A key that two entries share answers nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.contestants.plain_regex import COLUMNS, FULL_WIDTH, PATTERN
from benchmarks.contestants.timing import Timing

PLACE = ["place", "building", "entrance", "room"]


def parse(frame: pl.DataFrame, column: str) -> pl.DataFrame:
    """`frame` with county, place, building, entrance and room of `column`."""
    folded = pl.col(column).str.replace_all(r"\s", "").str.replace_many(list(FULL_WIDTH[0]), list(FULL_WIDTH[1]))
    groups = folded.str.extract_groups(PATTERN).struct.rename_fields(list(COLUMNS))
    return frame.with_columns(groups.alias("parts")).unnest("parts").with_columns(
        pl.when(pl.col("estate") != "").then("estate").otherwise(pl.col("road") + pl.col("number")).alias("place"),
        pl.col("building", "entrance").fill_null(""),
    )  # fmt: skip


def unique_on(entries: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """keys and id of the entries whose keys no other entry has."""
    return entries.drop_nulls(keys).select("id", *keys).unique(keys, keep="none")


def main(folder: Path) -> None:
    """Match FOLDER's rows."""
    timing = Timing()
    library, rows = pl.read_parquet(folder / "library.parquet"), pl.read_parquet(folder / "rows.parquet")
    with timing.step("prepare"):
        entries = parse(library, "name")
        in_county, anywhere = unique_on(entries, ["county", *PLACE]), unique_on(entries, PLACE)
    with timing.step("match"):
        asked = parse(rows, "address")
        answers = (
            asked.join(in_county, on=["county", *PLACE], how="left")
            .join(anywhere.rename({"id": "other"}), on=PLACE, how="left")
            .select("row", id=pl.when(pl.col("county").is_null()).then("other").otherwise("id"))
        )
    answers.write_parquet(folder / "answers.plain_join.parquet")
    timing.tell()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
