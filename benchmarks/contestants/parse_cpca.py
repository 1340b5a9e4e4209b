"""cpca 0.5.5 as its README shows it: `transform` of the whole list. It gives province, city, county and the rest."""

from __future__ import annotations

import sys
from pathlib import Path

import cpca

from benchmarks.contestants.timing import Timing


def main(lines: Path) -> None:
    """Parse the lines of a file."""
    timing = Timing()
    texts = lines.read_text(encoding="utf-8").splitlines()
    with timing.step("prepare"):
        cpca.transform(texts[:10])
    with timing.step("parse"):
        found = cpca.transform(texts)
    timing.tell(rows=len(texts), county=round(float(found["区"].notna().mean()), 4), room=0.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
