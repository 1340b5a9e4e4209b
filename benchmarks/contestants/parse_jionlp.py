"""jionlp 1.5.31, `parse_location` with towns and villages, line by line (it takes no lists)."""

from __future__ import annotations

import sys
from pathlib import Path

import jionlp

from benchmarks.contestants.timing import Timing


def main(lines: Path) -> None:
    """Parse the lines of a file."""
    timing = Timing()
    texts = lines.read_text(encoding="utf-8").splitlines()
    with timing.step("prepare"):
        jionlp.parse_location(texts[0], town_village=True)
    with timing.step("parse"):
        found = [jionlp.parse_location(text, town_village=True) for text in texts]
    counties = sum(1 for one in found if one["county"])
    timing.tell(rows=len(texts), county=round(counties / len(texts), 4), room=0.0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
