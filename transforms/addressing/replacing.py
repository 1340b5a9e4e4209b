"""Thousands of words replaced in a text: with Polars where there are many texts, word by word where there are few."""

from __future__ import annotations

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

    def replaced(self, texts: pl.Series) -> pl.Series:
        """`texts` (String) with every word replaced; null stays null."""
        if len(texts) > FEW:
            old, new = list(self.table), list(self.table.values())
            return texts.to_frame().select(pl.first().str.replace_many(old, new, leftmost=True)).to_series()
        said = [text and self._replaced(text) for text in texts.to_list()]
        return pl.Series(texts.name, said, dtype=pl.String)

    def _replaced(self, text: str) -> str:
        if self.firsts.isdisjoint(text):
            return text
        parts: list[str] = []
        at = since = 0
        while at < len(text):
            size = self._size_at(text, at) if text[at] in self.firsts else 0
            if size:
                parts += (text[since:at], self.table[text[at : at + size]])
                at = since = at + size
            else:
                at += 1
        return "".join((*parts, text[since:]))

    def _size_at(self, text: str, at: int) -> int:
        return next((size for size in self.sizes if text[at : at + size] in self.table), 0)
