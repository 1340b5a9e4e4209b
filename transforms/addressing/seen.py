"""What was read before: a file of millions says the same heads, tails and names again and again, in every piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

MOST = 400_000  # texts kept of a kind (a head some 0.5 kB); past it the memory begins anew


@dataclass
class Seen:
    """Texts of a kind, in `column`, with the rows that were read of each.

    Safe for threads: two may read one text at once, and find the same.
    """

    column: str
    _kept: tuple[pl.DataFrame, pl.DataFrame] | None = field(default=None, repr=False)  # texts; their rows
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, texts: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
        """`read` of the distinct `texts`: rows with the text in `column`, in no order. Only texts not seen before are
        read; what is read of a text depends on nothing else.
        """
        asked = texts.unique().drop_nulls().alias(self.column).to_frame()
        if self._kept is None:
            fresh = read(asked[self.column])
            self._keep(asked, fresh)
            return fresh
        seen, rows = self._kept
        known = rows.join(asked, on=self.column, how="semi")
        unknown = asked.join(seen, on=self.column, how="anti")
        if unknown.is_empty():
            return known
        fresh = read(unknown[self.column]).select(known.columns)
        self._keep(unknown, fresh)
        return pl.concat([known, fresh])

    def _keep(self, texts: pl.DataFrame, fresh: pl.DataFrame) -> None:
        with self._lock:
            if self._kept is None or self._kept[0].height + texts.height > MOST:
                self._kept = texts, fresh
                return
            seen, rows = self._kept
            new = texts.join(seen, on=self.column, how="anti")
            self._kept = pl.concat([seen, new]), pl.concat([rows, fresh.join(new, on=self.column, how="semi")])
