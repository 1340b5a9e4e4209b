"""What open phrases ask the library: as they are written, and read again behind every explained beginning.

Made once for all the stages of a chain: a stage that answers some phrases leaves the others' asking as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from transforms.addressing.index import Index
from transforms.addressing.similar_names import near_names
from transforms.addressing.stages.mentions import answer, mentions
from transforms.addressing.stages.splits import derived_phrases


@dataclass(frozen=True)
class Asked:
    """Phrases and what those still open ask for."""

    phrases: pl.DataFrame  # by phrase (its number is its row); `source`: the phrase of the text it was read of
    is_open: pl.Series  # by phrase
    mentions: pl.DataFrame  # as of `mentions`, of open phrases

    @classmethod
    def of(cls, phrases: pl.DataFrame) -> Asked:
        """Of phrases (with source) that all are open."""
        return cls(phrases, pl.repeat(True, phrases.height, eager=True), mentions(phrases))

    def only(self, sources: pl.Series) -> Asked:
        """The same with only these sources open."""
        is_open = self.is_open & among(self.phrases["source"], sources)
        return Asked(self.phrases, is_open, self.mentions.filter(is_open.gather(self.mentions["phrase"])))


@dataclass
class Asking:
    """The open phrases of some texts (`question.Texts.phrases`, some of its rows) before a library. What they say is
    asked for until they are read again; then their number alone is known.
    """

    phrases: pl.DataFrame
    index: Index
    _again: Asked | None = None
    _slips: pl.DataFrame | None = None

    def as_written(self) -> Asked:
        """What the phrases ask as they are."""
        return Asked.of(self.phrases.rename({"phrase": "source"}).with_row_index("phrase"))

    def again(self) -> Asked:
        """What they ask read again (see `splits`); derived on first use."""
        if self._again is None:
            self._again = Asked.of(derived_phrases(self.phrases, self.index))
        return self._again

    def slips(self) -> pl.DataFrame:
        """Candidates one slip away from what they ask for, read again: as of `answer`, from a base of 0, with `trust`
        and the asked `number`.
        """
        if self._slips is None:
            self._slips = self._read_slips()
        return self._slips

    def only(self, phrases: pl.DataFrame) -> Asking:
        """The same of fewer `phrases`."""
        if self._again is None:
            return Asking(phrases, self.index)
        again, slips = self._again.only(phrases["phrase"]), self._slips
        if slips is not None:
            slips = slips.filter(again.is_open.gather(slips["phrase"]))
        return Asking(phrases.select("phrase"), self.index, again, slips)

    def _read_slips(self) -> pl.DataFrame:
        said = self.again().mentions
        near = self.index.seen_slips.read(said["name"], lambda new: near_names(new.to_frame(), self.index))
        meant = said.join(near, on="name", maintain_order="left")
        meant = meant.filter((pl.col("number") != "") | (pl.col("trust") == "sure"))
        meant = meant.drop("name").rename({"meant": "name"})
        candidates = answer(meant.drop("trust"), self.index.names, 0.0)
        # A name may be meant by two readings of a phrase, with other trust: the first, as `mentions` has them.
        trusted = meant.select("phrase", "trust", "number", named="name")
        trusted = trusted.unique(["phrase", "named"], keep="first", maintain_order=True)
        return candidates.join(trusted, on=["phrase", "named"], how="left")


def among(numbers: pl.Series, some: pl.Series) -> pl.Series:
    """Which of `numbers` are among `some`: both small whole numbers."""
    asked, wanted = numbers.to_numpy(), some.to_numpy()
    there = np.zeros(int(max(asked.max(initial=0), wanted.max(initial=0))) + 1, dtype=bool)
    there[wanted] = True
    return pl.Series(there[asked], dtype=pl.Boolean)
