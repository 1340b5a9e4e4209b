"""What was read before: a file of millions says the same heads, tails and names again and again, in every piece."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
import polars as pl

from transforms.addressing.keys import text_key
from transforms.addressing.sorted_keys import SortedKeys

MOST = 400_000  # texts kept of a kind (a head some 0.5 kB); past it the memory begins anew


@dataclass(frozen=True)
class _Block:
    """Some texts with what was read of each: to be found without going through all of them."""

    texts: pl.Series
    text_keys: SortedKeys
    rows: pl.DataFrame  # what was read: none, one or several rows a text
    row_keys: SortedKeys

    @classmethod
    def of(cls, texts: pl.Series, rows: pl.DataFrame) -> _Block:
        """From distinct texts and their rows, which bear the text in a column of its name."""
        return cls(
            texts, SortedKeys.of(text_key(texts)), rows, SortedKeys.of(text_key(rows[texts.name]))
        )  # fmt: skip

    def holds(self, asked: pl.Series) -> pl.Series:
        """Which texts are among these."""
        at = self.text_keys.one(text_key(asked))
        there = pl.Series(at >= 0)
        return there & (self.texts.gather(np.maximum(at, 0)) == asked) if len(self.texts) else there

    def rows_of(self, asked: pl.Series) -> pl.DataFrame:
        """The rows of texts it holds."""
        which, at = self.row_keys.pairs(text_key(asked))
        found = self.rows[at]
        return found.filter(found[asked.name] == asked.gather(which))  # two texts may share a key


@dataclass
class Seen:
    """Texts of a kind, in `column`, with the rows that were read of each.

    Safe for threads: two may read one text at once, and find the same.
    """

    column: str
    _blocks: tuple[_Block, ...] = field(default=(), repr=False)  # no text is in two of them; ever smaller
    # Read since: made a block when somebody asks again, for who asks once needs none.
    _fresh: list[tuple[pl.Series, pl.DataFrame]] = field(default_factory=list, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def read(self, texts: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
        """`read` of the distinct `texts`: rows with the text in `column`, in no order. Only texts not seen before are
        read; what is read of a text depends on nothing else.
        """
        unknown = texts.unique().drop_nulls().alias(self.column)
        found: list[pl.DataFrame] = []
        for block in self._known():
            there = block.holds(unknown)
            if there.any():
                found.append(block.rows_of(unknown.filter(there)))
                unknown = unknown.filter(~there)
        if len(unknown) or not found:
            fresh = read(unknown)
            self._fresh.append((unknown, fresh))
            found.append(fresh.select(found[0].columns) if found else fresh)
        return pl.concat(found) if len(found) > 1 else found[0]

    def _known(self) -> tuple[_Block, ...]:
        """What is kept, with all that was read since."""
        with self._lock:
            while self._fresh:
                self._keep(*self._fresh.pop(0))
            return self._blocks

    def _keep(self, texts: pl.Series, rows: pl.DataFrame) -> None:
        blocks = list(self._blocks)
        if sum(len(block.texts) for block in blocks) + len(texts) > MOST:
            blocks = []
        is_new = pl.repeat(True, len(texts), eager=True)
        for block in blocks:  # two threads may have read it
            is_new &= ~block.holds(texts)
        if not is_new.all():
            texts = texts.filter(is_new)
            rows = rows.filter(rows[self.column].is_in(texts.implode()))
        if texts.is_empty():
            return
        # A block is at least twice as large as the next: there are few, and a text is moved few times.
        while blocks and len(blocks[-1].texts) < 2 * len(texts):
            last = blocks.pop()
            texts = pl.concat([last.texts, texts])
            rows = pl.concat([last.rows, rows.select(last.rows.columns)])
        self._blocks = (*blocks, _Block.of(texts.rechunk(), rows.rechunk()))


def once(keys: pl.Series, read: Callable[[pl.Series], pl.DataFrame]) -> pl.DataFrame:
    """`read` of every key, in order: each distinct one is read once. `read` gives one row a key, in order."""
    distinct = keys.unique(maintain_order=True)
    if len(distinct) == len(keys):
        return read(keys)
    at = pl.DataFrame({"key": distinct}).with_row_index("at")
    back = keys.alias("key").to_frame().join(at, on="key", how="left", nulls_equal=True, maintain_order="left")
    return read(distinct)[back["at"]]
