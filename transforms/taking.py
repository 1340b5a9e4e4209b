"""Taking what lies in landing: every complete delivery of a feed is received and loaded, oldest day first."""

from __future__ import annotations

from datetime import date

from schemas.contract import contract_of
from schemas.home import Home
from transforms.landing import day_of, find_deliveries
from transforms.leftovers import remove_leftovers
from transforms.load import LoadResult, load_files
from transforms.steps import Steps

Days = tuple[date, date]  # after the first, the second included


def take(
    feed_id: str, home: Home, days: Days | None = None, *, draft: bool = False, steps: Steps | None = None
) -> list[LoadResult]:
    """Loads what lies complete in landing/<feed id>, each delivery for itself; empty when nothing does.

    `days` takes only deliveries of those days, so that a run for a past date finds what was meant for it. What came
    under a contract that is a draft stays there unless `draft` says to try it. Raises what `load_files` raises; what
    was taken before stays.
    """
    contract = contract_of(feed_id)
    if contract.is_draft and not draft:
        return []
    remove_leftovers(home, contract)
    taken = []
    for paths in find_deliveries(feed_id, home, contract):
        day = day_of(paths[0].name, contract)
        if days is None or (day is not None and days[0] < day <= days[1]):
            taken.append(load_files(feed_id, paths, None, home, from_landing=True, steps=steps))
    return taken
