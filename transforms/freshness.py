"""Freshness: until when each feed's next delivery must have been loaded, and which feeds are late.

A contract's `freshness_days` count working days where it says `working_days`, else all days. A feed that never
delivered is late when it would be, had it delivered on the first day the lake holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from schemas.contract import Contract, load_contracts
from schemas.home import Home
from schemas.working_days import is_working_day, working_days


@dataclass(frozen=True)
class Freshness:
    """One feed: the day it last told of, and the last day on which that is fresh (None: nothing to count from)."""

    feed_id: str
    name: str
    department: str
    last_day: date | None
    deadline: date | None
    days_late: int  # in the contract's own count

    @property
    def is_late(self) -> bool:
        """True when the deadline has passed."""
        return self.days_late > 0


def freshness(home: Home, today: date) -> list[Freshness]:
    """Every feed with a contract in force, latest first, by what the lake holds."""
    import polars as pl

    from transforms.lake.store import DELIVERED, Lake

    rows = Lake(home).batch_rows().filter(pl.col("status").is_in(DELIVERED))
    last = dict(rows.group_by("feed_id").agg(pl.col("delivered_on").max()).iter_rows())
    first = rows["delivered_on"].min()
    begun = first if isinstance(first, date) else None
    found = [
        of_feed(contract, last.get(contract.feed_id), begun, today)
        for contract in load_contracts().values()
        if contract.status == "active"
    ]
    return sorted(found, key=lambda one: (-one.days_late, one.feed_id))


def of_feed(contract: Contract, last_day: date | None, begun: date | None, today: date) -> Freshness:
    """One feed as of today."""
    since = last_day or begun
    due = deadline(contract, since) if since else None
    late = _days(contract, due, today) if due else 0
    return Freshness(contract.feed_id, contract.name, contract.department, last_day, due, late)


def deadline(contract: Contract, last_day: date) -> date:
    """The last day on which a delivery of `last_day` is fresh."""
    schedule = contract.meaning.schedule
    left, day = schedule.freshness_days, last_day
    while left > 0:
        day += timedelta(days=1)
        left -= not schedule.working_days or is_working_day(day)
    return day


def _days(contract: Contract, after: date, until: date) -> int:
    if contract.meaning.schedule.working_days:
        return working_days(after, until)
    return max(0, (until - after).days)
