"""Our whole parse: province down to room."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from benchmarks.contestants.timing import Timing
from transforms.addressing.parse import parse_addresses


def main(lines: Path) -> None:
    """Parse the lines of a file."""
    timing = Timing()
    texts = pl.Series(lines.read_text(encoding="utf-8").splitlines())
    with timing.step("prepare"):
        parse_addresses(texts.head(10))
    with timing.step("parse"):
        found = parse_addresses(texts)
    has = found.select(pl.col("county", "room").is_not_null().mean()).row(0)
    timing.tell(rows=len(texts), county=round(has[0], 4), room=round(has[1], 4))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
