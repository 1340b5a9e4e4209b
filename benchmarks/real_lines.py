"""Many distinct lines out of few real addresses: first as they are, then with every number drawn anew."""

from __future__ import annotations

import random
import re
from itertools import cycle
from pathlib import Path

ADDRESSES = Path(__file__).with_name("real_addresses.txt")  # bitlap/geocoding, MIT: see README.md
_NUMBER = re.compile(r"[0-9]+")
_DIGITS = 4  # fewer in a line give too few others


def real_lines(count: int, seed: int = 7) -> list[str]:
    """`count` lines, no two alike. A drawn number is as long as the written one and begins with no 0."""
    draw = random.Random(seed)
    addresses = ADDRESSES.read_text(encoding="utf-8").splitlines()
    lines = dict.fromkeys(addresses[:count])

    def other(found: re.Match[str]) -> str:
        return draw.choice("123456789") + "".join(draw.choice("0123456789") for _ in found.group()[1:])

    rich = [address for address in addresses if sum(map(len, _NUMBER.findall(address))) >= _DIGITS]
    for address in cycle(rich):
        if len(lines) >= count:
            break
        lines[_NUMBER.sub(other, address)] = None
    return list(lines)
