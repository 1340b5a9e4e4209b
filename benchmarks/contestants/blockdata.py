"""Ours, as `blockdata key --against` does it: the list made a library, then the column keyed."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.contestants.timing import Timing
from transforms.addressing.key_file import key_column
from transforms.addressing.own_list import own_list


def main(folder: Path) -> None:
    """Match FOLDER's rows."""
    timing = Timing()
    library, rows = pl.read_parquet(folder / "library.parquet"), pl.read_parquet(folder / "rows.parquet")
    with timing.step("prepare"):
        listed = own_list(library)
        _ = listed.library.index
    with timing.step("match"):
        found = key_column(rows["address"], listed.library, listed)
    answers = found.with_columns(rows["row"]).with_columns(id=pl.col("matched_id"))
    answers.select("row", "id", "match_level", "match_method", "match_score", "match_margin", "candidates", "reason"
                   ).write_parquet(folder / "answers.blockdata.parquet")  # fmt: skip
    timing.tell()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
