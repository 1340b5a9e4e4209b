"""Heads read before: a file of millions says the same names again and again, in every piece of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import polars as pl

MOST = 400_000  # heads kept (some 0.5 kB each); past it the memory begins anew


@dataclass
class SeenHeads:
    """Heads with what was read of them. Safe for threads: two may read one head, and find the same."""

    _frame: pl.DataFrame | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, heads: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
        """`read` of distinct `heads`: one row a head, with the column `head`. Only heads not seen before are read."""
        texts = heads.unique().drop_nulls().to_frame("head")
        seen = self._frame
        if seen is None:
            fresh = read(texts["head"])
            self._keep(fresh)
            return fresh
        known = seen.join(texts, on="head", how="semi")
        unknown = texts.join(known.select("head"), on="head", how="anti")
        if unknown.is_empty():
            return known
        fresh = read(unknown["head"])
        self._keep(fresh)
        return pl.concat([known, fresh.select(known.columns)])

    def _keep(self, fresh: pl.DataFrame) -> None:
        with self._lock:
            if self._frame is None or self._frame.height + fresh.height > MOST:
                self._frame = fresh
                return
            new = fresh.join(self._frame.select("head"), on="head", how="anti")
            self._frame = pl.concat([self._frame, new.select(self._frame.columns)])
