"""Places of lines that mostly stand in the order in which they stood: found beside their neighbours, not by a join.

A snapshot lists its records in much the same order every day: where one line in sixteen stood tells where to look for
those around it. What is not there is looked for among all.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from transforms.standing import places_of

APART = 16  # lines from one that is looked for among all to the next
SMALL = 50_000  # lines of which all are


def places_in_order(asked: pl.DataFrame, known: pl.DataFrame, by: tuple[str, str]) -> np.ndarray:
    """As `places_of`: for each row of `asked` the place in `known` of the record with both its hashes, else -1."""
    anchors = places_of(asked[::APART], known, by) if asked.height > SMALL else np.zeros(0, np.int64)
    if (anchors < 0).all():
        return places_of(asked, known, by)
    at = np.full(asked.height, -1)
    at[::APART] = anchors
    told = [asked[name].to_numpy() for name in by]
    stood = [known[name].fill_null(0).to_numpy() for name in by]
    is_known = known[by[0]].is_not_null().to_numpy()
    for offsets in _offsets(anchors):
        line = np.flatnonzero(at < 0)
        place = line + offsets[line // APART]
        inside = (place >= 0) & (place < known.height)
        line, place = line[inside], place[inside]
        same = is_known[place]
        for wanted, found in zip(told, stood, strict=True):
            same &= wanted[line] == found[place]
        at[line[same]] = place[same]
    rest = np.flatnonzero(at < 0)
    at[rest] = places_of(asked[rest], known, by)
    return at


def _offsets(anchors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far from its line a record stood, for the lines behind each anchor: as for the last anchor that was found,
    and as for the next one."""
    found = np.flatnonzero(anchors >= 0)
    offset = anchors[found] - found * APART
    last = np.searchsorted(found, np.arange(len(anchors)), "right") - 1
    return offset[np.maximum(last, 0)], offset[np.minimum(last + 1, len(found) - 1)]
