"""Numbers found among millions of others: a sorted array and where each of its stretches begins.

A join would build its hash table anew for every piece of a file, though the library stays the same. Here the library's
keys are sorted once; asking costs about one cache miss a key, however large the library is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

# Odd, so that multiplying is one to one: keys that differ stay different, and are spread over the stretches.
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class SortedKeys:
    """Keys (UInt64, spread) with the rows that bear them."""

    keys: np.ndarray  # distinct, sorted
    begins: np.ndarray  # where the rows of each key begin in `rows`, and the end
    rows: np.ndarray  # rows, by key, in order
    starts: np.ndarray  # where each stretch begins in `keys`, and the end
    shift: np.uint64

    @classmethod
    def of(cls, keys: np.ndarray, rows: np.ndarray | None = None) -> SortedKeys:
        """From one key a row; `rows` are the numbers of the rows where they are not 0, 1, 2 …"""
        spread = keys.astype(np.uint64, copy=False) * _SPREAD
        # Polars sorts on all cores.
        frame = pl.DataFrame({"key": spread}).with_row_index("row")
        if rows is not None:
            frame = frame.with_columns(row=pl.Series(rows, dtype=pl.UInt32))
        frame = frame.sort("key", "row")
        ordered = frame["key"].to_numpy()
        first = np.ones(len(ordered), dtype=bool)
        first[1:] = ordered[1:] != ordered[:-1]
        where = np.flatnonzero(first)
        distinct = ordered[where]
        bits = max(1, len(distinct).bit_length())
        shift = np.uint64(64 - bits)
        edges = np.arange(1, 1 << bits, dtype=np.uint64) << shift
        starts = np.concatenate([[0], np.searchsorted(distinct, edges), [len(distinct)]]).astype(np.uint32)
        begins = np.append(where, len(ordered)).astype(np.uint32)
        return cls(distinct, begins, frame["row"].to_numpy(), starts, shift)

    def find(self, asked: np.ndarray) -> np.ndarray:
        """The place of each asked key among `keys`, -1 where it is none of them."""
        spread = asked.astype(np.uint64, copy=False) * _SPREAD
        stretch = spread >> self.shift
        low, high = self.starts[stretch], self.starts[stretch + np.uint64(1)]
        found = np.full(len(spread), -1, dtype=np.int64)
        open_ = np.flatnonzero(low < high)
        low, high, wanted = low[open_], high[open_], spread[open_]
        while len(open_):
            there = self.keys[low]
            hit = there == wanted
            found[open_[hit]] = low[hit]
            low = low + np.uint32(1)
            go_on = (there < wanted) & (low < high)
            open_, low, high, wanted = open_[go_on], low[go_on], high[go_on], wanted[go_on]
        return found

    def has(self, asked: np.ndarray) -> pl.Series:
        """Which asked keys are there (Boolean)."""
        return pl.Series(self.find(asked) >= 0)

    def pairs(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(which, row): for every asked key each row that bears it; `which` is the key's place in `asked`, in order."""
        place = self.find(asked)
        which = np.flatnonzero(place >= 0)
        place = place[which]
        begin = self.begins[place].astype(np.int64)
        count = self.begins[place + 1].astype(np.int64) - begin
        if (count == 1).all():
            return which, self.rows[begin]
        within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.repeat(which, count), self.rows[np.repeat(begin, count) + within]

    def one(self, asked: np.ndarray) -> np.ndarray:
        """The first row of each asked key, -1 where no row bears it."""
        place = self.find(asked)
        some = place >= 0
        row = np.full(len(place), -1, dtype=np.int64)
        row[some] = self.rows[self.begins[place[some]]]
        return row
