"""Which characters stand beside each other in names of estates: writes data/reference/name_pairs.txt.

    python -m benchmarks.derive_name_pairs NAMES

NAMES holds one name a line (the whole list of which data/reference/estate_names.txt is a part). The part is left out,
so that what is measured with its names is measured on names the pairs were not taken from.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from pathlib import Path

from schemas.home import REFERENCE
from transforms.addressing.name_pairs import START

PLAIN = re.compile(r"[一-鿿]{3,12}")


def pairs(names: list[str]) -> dict[str, str]:
    """Character (or START) → every character that follows it in some name, sorted."""
    follow: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for first, second in zip(START + name, name, strict=False):
            follow[first].add(second)
    return {first: "".join(sorted(seconds)) for first, seconds in sorted(follow.items())}


def main(argv: list[str] | None = None) -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", type=Path)
    given = parser.parse_args(argv).names.read_text(encoding="utf-8").split()
    left_out = set((REFERENCE / "estate_names.txt").read_text(encoding="utf-8").split())
    found = pairs([name for name in given if PLAIN.fullmatch(name) and name not in left_out])
    lines = [f"{first}{seconds}\n" for first, seconds in found.items()]
    (REFERENCE / "name_pairs.txt").write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    main()
