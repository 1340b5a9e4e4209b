"""Which line names the columns: above it may stand titles and merged group names, below it stand the values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WITHIN = 30  # rows searched, as many as the reader searches
# A name of a column: some letters, and neither a value nor a sentence.
_NUMBER = re.compile(r"^[-+¥￥]?[0-9][0-9,.\-/: 年月日%]*$")
_VALUE = re.compile(r"[0-9]{6,}|^(?:是|否|有|无|男|女)$")
LONGEST = 30


@dataclass(frozen=True)
class Header:
    """The headers in file order ("" where a column has none), the rows they stand in (from 0), the title above."""

    cells: list[str]
    top: int = 0
    bottom: int = 0
    title: str = ""

    @property
    def size(self) -> int:
        """How many columns have a name."""
        return sum(bool(cell) for cell in self.cells)


def header_of(records: Sequence[Sequence[str | None]], *, one_row: bool = False) -> Header:
    """The header among the first rows: the first line with the most names; or two lines, where the lower one names
    what a merged cell of the upper one spans. A column takes the lower cell, or the upper where the lower is empty.
    """
    rows = [[(cell or "").strip() for cell in record] for record in records[: WITHIN + 1]]
    width = max((len(row) for row in rows), default=0)
    rows = [row + [""] * (width - len(row)) for row in rows]
    best: tuple[int, list[str], int, int] = (-1, [], 0, 0)
    for number, row in enumerate(rows[:WITHIN]):
        if _names(row) > best[0]:
            best = (_names(row), row, number, number)
        if number and not one_row and _is_second(rows[number - 1], row):
            merged = [lower or upper for upper, lower in zip(rows[number - 1], row, strict=True)]
            if _names(merged) > best[0]:
                best = (_names(merged), merged, number - 1, number)
    _, cells, top, bottom = best
    titles = [cell for row in rows[:top] for cell in row if cell]
    return Header(cells, top, bottom, titles[0] if titles else "")


def is_name(cell: str) -> bool:
    """True for what may name a column."""
    return bool(cell) and len(cell) <= LONGEST and not _NUMBER.match(cell) and not _VALUE.search(cell)


def _names(row: Sequence[str]) -> int:
    """How many columns this line names; a line with a value among its cells is no header."""
    filled = [cell for cell in row if cell]
    if len(filled) != len(set(filled)) or any(not is_name(cell) for cell in filled):
        return 0
    return len(filled)


def _is_second(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """The lower line fills gaps that merged cells leave in the upper one, and leaves gaps itself."""
    under = [place for place, cell in enumerate(lower) if cell]
    if not under or len(under) == len(lower) or sum(bool(cell) for cell in upper) < 2:
        return False
    return any(not upper[place] for place in under) and all(is_name(lower[place]) for place in under)
