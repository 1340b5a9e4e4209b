"""Thousands of words looked for in a text: with Polars where there are many texts, word by word where there are few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import polars as pl

FEW = 1_000  # texts: for fewer, Polars takes longer to take in the words than to look for them


@dataclass(frozen=True)
class Words:
    """What is replaced by what. Of words that begin at one place the longest is meant."""

    table: dict[str, str]
    firsts: frozenset[str] = field(init=False, repr=False)
    sizes: tuple[int, ...] = field(init=False, repr=False)  # of words, falling

    def __post_init__(self) -> None:
        longest_first = dict(sorted(self.table.items(), key=lambda item: -len(item[0])))
        object.__setattr__(self, "table", longest_first)
        object.__setattr__(self, "firsts", frozenset(word[0] for word in self.table))
        object.__setattr__(self, "sizes", tuple(sorted({len(word) for word in self.table}, reverse=True)))

    @property
    def few(self) -> int:
        """Texts that are looked through word by word sooner than Polars has taken in the words."""
        return max(FEW, len(self.table) // 2)

    def replaced(self, texts: pl.Series) -> pl.Series:
        """`texts` (String) with every word replaced; null stays null."""
        if len(texts) > self.few:
            old, new = list(self.table), list(self.table.values())
            return texts.to_frame().select(pl.first().str.replace_many(old, new, leftmost=True)).to_series()
        said = [text and self._replaced(text) for text in texts.to_list()]
        return pl.Series(texts.name, said, dtype=pl.String)

    def last(self, texts: pl.Series) -> tuple[pl.Series, pl.Series]:
        """The last word that stands in each text (String), null where none does, and how many do."""
        said = [[text[at:end] for at, end in self._places(text)] for text in texts.to_list()]
        words = pl.Series(texts.name, [words[-1] if words else None for words in said], dtype=pl.String)
        return words, pl.Series(texts.name, [len(words) for words in said], dtype=pl.UInt32)

    def _replaced(self, text: str) -> str:
        parts: list[str] = []
        since = 0
        for at, end in self._places(text):
            parts += (text[since:at], self.table[text[at:end]])
            since = end
        return "".join((*parts, text[since:])) if since else text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where words begin and end."""
        if self.firsts.isdisjoint(text):
            return
        at = 0
        while at < len(text):
            size = self._size_at(text, at) if text[at] in self.firsts else 0
            if size:
                yield at, at + size
            at += size or 1

    def _size_at(self, text: str, at: int) -> int:
        return next((size for size in self.sizes if text[at : at + size] in self.table), 0)
