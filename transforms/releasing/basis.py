"""What a publish is made from: the batches and the library as of one moment, read once and the same for every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from schemas.contract import Contract
from transforms.lake.store import Lake
from transforms.resolving import outcome, premises, room


@dataclass(frozen=True)
class Basis:
    """`outcomes` are those of the door as delivered (outcome.OUTCOME), `ever_lacking` every room a record ever proposed
    (building_code, room); `first_known` by feed the day its first delivery was known."""

    lake: Lake
    contracts: Mapping[str, Contract]
    library: Mapping[str, pl.DataFrame]
    outcomes: pl.DataFrame
    ever_lacking: pl.DataFrame
    first_known: Mapping[str, date | None]
    as_of: date

    @property
    def visits(self) -> pl.DataFrame:
        """premises.latest_visits."""
        return premises.latest_visits(self.outcomes)

    @cached_property
    def _rooms(self) -> pl.DataFrame:
        # A district has millions of rooms, and records propose some thousands: every feed's records meet these alone.
        told = ["building_code", pl.col("room").alias("proposed_room")]
        wanted = pl.concat([self.ever_lacking.select(told), self.outcomes.select(told)]).drop_nulls().unique()
        unit = self.library["address.unit"].lazy()
        there = unit.join(wanted.lazy().select("building_code").unique(), on="building_code", how="semi")
        return room.adoptable(there.collect()).join(wanted.lazy(), on=wanted.columns, how="semi").collect()

    @property
    def rooms(self) -> pl.LazyFrame:
        """room.adoptable, of the rooms any record proposes or ever proposed."""
        return self._rooms.lazy()

    def history(self, feed: str) -> pl.LazyFrame:
        """Every change of a feed, in the order batches were let in, keyed to rooms found since."""
        return room.adopted(self.lake.scan(f"record_history.{feed}"), self.rooms)

    @property
    def door_feeds(self) -> list[str]:
        """Feeds that bring what the door found."""
        return [feed for feed, contract in self.contracts.items() if contract.subject.kind == "outcome"]


def outcomes_of(lake: Lake, contracts: Mapping[str, Contract]) -> pl.DataFrame:
    """outcome.OUTCOME of all feeds, as the lake holds them now."""
    from transforms.lake.fold import current_state

    told = [
        outcome.outcomes_of(current_state(lake.scan(f"record_history.{feed}")), contract)
        for feed, contract in sorted(contracts.items())
        if contract.subject.kind == "outcome"
    ]
    return pl.concat([pl.LazyFrame(schema=outcome.OUTCOME), *told]).collect()
