"""Chance from one seed: every subject draws from a generator of its own, so a change to one leaves the others alone."""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Draw:
    """Vectorised draws of one subject. `Draw(seed, "people")` gives the same numbers on every machine."""

    def __init__(self, seed: int, *subject: str | int) -> None:
        words = [crc32(str(word).encode()) for word in subject]
        self.generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *words])))

    def chance(self, size: int, share: float) -> Bools:
        """True in `share` of `size` cases."""
        return self.generator.random(size) < share

    def integers(self, low: int, high: int, size: int) -> Ints:
        """Whole numbers from `low` to `high`, both included."""
        return self.generator.integers(low, high, size, endpoint=True)

    def one_of(self, size: int, weights: Sequence[float]) -> Ints:
        """Positions 0..len(weights)-1, drawn by weight."""
        edges = np.cumsum(np.asarray(weights, dtype=float))
        return np.searchsorted(edges / edges[-1], self.generator.random(size), side="right").astype(np.int64)

    def pick(self, options: Sequence[str], size: int, weights: Sequence[float] | None = None) -> pl.Series:
        """Strings of `options`, evenly or by weight."""
        position = self.one_of(size, weights) if weights is not None else self.integers(0, len(options) - 1, size)
        return take(options, position)

    def sample(self, size: int, count: int) -> Ints:
        """`count` different positions below `size`, in ascending order."""
        return np.sort(self.generator.permutation(size)[: min(count, size)])


def take(options: Sequence[str] | pl.Series, position: Ints) -> pl.Series:
    """The strings at these positions."""
    series = options if isinstance(options, pl.Series) else pl.Series(list(options), dtype=pl.String)
    return series.gather(pl.Series(position.astype(np.uint32)))
