"""What was read before: a file of millions says the same heads, tails and names again and again, in every piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import polars as pl

MOST = 400_000  # texts kept of a kind (a head some 0.5 kB); past it the memory begins anew


@dataclass(frozen=True)
class _Kept:
    texts: pl.DataFrame  # the text, at (UInt32): its number
    rows: pl.DataFrame  # what was read
    of: np.ndarray  # the number of each row's text


@dataclass
class Seen:
    """Texts of a kind, in `column`, with the rows that were read of each.

    Safe for threads: two may read one text at once, and find the same.
    """

    column: str
    _kept: _Kept | None = field(default=None, repr=False)
    # Read since: numbered when somebody asks again, for who asks once needs no numbers.
    _fresh: list[tuple[pl.DataFrame, pl.DataFrame]] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, texts: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
        """`read` of the distinct `texts`: rows with the text in `column`, in no order. Only texts not seen before are
        read; what is read of a text depends on nothing else.
        """
        asked = texts.unique().drop_nulls().alias(self.column).to_frame()
        kept = self._known()
        if kept is None:
            fresh = read(asked[self.column])
            self._fresh.append((asked, fresh))
            return fresh
        found = asked.join(kept.texts, on=self.column, how="left", maintain_order="left")
        is_asked = np.zeros(kept.texts.height, dtype=bool)
        is_asked[found["at"].drop_nulls().to_numpy()] = True
        known = kept.rows.filter(pl.Series(is_asked[kept.of]))
        unknown = found.filter(pl.col("at").is_null()).drop("at")
        if unknown.is_empty():
            return known
        fresh = read(unknown[self.column]).select(known.columns)
        self._fresh.append((unknown, fresh))
        return pl.concat([known, fresh])

    def _known(self) -> _Kept | None:
        """What is kept, with all that was read since."""
        with self._lock:
            while self._fresh:
                self._keep(*self._fresh.pop(0))
            return self._kept

    def _keep(self, texts: pl.DataFrame, fresh: pl.DataFrame) -> None:
        kept = self._kept
        if kept is None or kept.texts.height + texts.height > MOST:
            new = _numbered(texts, 0)
            self._kept = _Kept(new, fresh, _numbers(fresh, new, self.column))
            return
        new = _numbered(texts.join(kept.texts, on=self.column, how="anti"), kept.texts.height)
        fresh = fresh.join(new, on=self.column, how="semi", maintain_order="left")
        self._kept = _Kept(
            pl.concat([kept.texts, new]), pl.concat([kept.rows, fresh]),
            np.concatenate([kept.of, _numbers(fresh, new, self.column)]),
        )  # fmt: skip


def _numbered(texts: pl.DataFrame, first: int) -> pl.DataFrame:
    return texts.with_columns(at=pl.int_range(first, first + pl.len(), dtype=pl.UInt32))


def _numbers(rows: pl.DataFrame, texts: pl.DataFrame, column: str) -> np.ndarray:
    """The number of each row's text."""
    return rows.select(column).join(texts, on=column, how="left", maintain_order="left")["at"].to_numpy()


def once(keys: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """`read` of every key, in order: each distinct one is read once. `read` gives one row a key, in order."""
    distinct = keys.unique(maintain_order=True)
    if len(distinct) == len(keys):
        return read(keys)
    at = pl.DataFrame({"key": distinct}).with_row_index("at")
    back = keys.alias("key").to_frame().join(at, on="key", how="left", nulls_equal=True, maintain_order="left")
    return read(distinct)[back["at"]]
