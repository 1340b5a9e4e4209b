"""Taking what lies in landing: every complete delivery of a feed is received and loaded, oldest day first; feeds side
by side, as far as memory goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from schemas.contract import contract_of
from schemas.errors import UsageError
from schemas.home import Home
from transforms.expected_memory import memory_of
from transforms.lake.faults import StorageFault
from transforms.landing import day_of, find_deliveries
from transforms.leftovers import remove_leftovers
from transforms.load import LoadResult, load_files
from transforms.side_by_side import Go, Piece, side_by_side
from transforms.steps import Progress, Steps

Days = tuple[date, date]  # after the first, the second included


@dataclass
class Taken:
    """What became of a feed's deliveries; `error` ended it before all were taken."""

    feed_id: str
    results: list[LoadResult] = field(default_factory=list)
    error: BaseException | None = None


def take(
    feed_id: str, home: Home, days: Days | None = None, *, draft: bool = False, steps: Steps | None = None
) -> list[LoadResult]:
    """Loads what lies complete in landing/<feed id>, each delivery for itself; empty when nothing does.

    `days` takes only deliveries of those days, so that a run for a past date finds what was meant for it. What came
    under a contract that is a draft stays there unless `draft` says to try it. Raises what `load_files` raises; what
    was taken before stays.
    """
    return list(_each(feed_id, home, days, draft=draft, steps=steps))


def take_all(
    feeds: Sequence[str],
    home: Home,
    jobs: int = 1,
    *,
    tell: Callable[[Sequence[str], int], None] = lambda running, ended: None,
    draft: bool = False,
    steps: Steps | None = None,
) -> list[Taken]:
    """The same of several feeds, `jobs` of them at a time, told in the order given.

    A feed that ends with an error stops no other, unless the house is at fault (no room on the disk, no library, other
    keys): then what is at work comes to its end and the rest is left. `tell` hears who is at work, and how many feeds
    have ended.
    """
    taken = {feed_id: Taken(feed_id) for feed_id in feeds}

    def work(feed_id: str, go: Go) -> None:
        for result in _each(feed_id, home, draft=draft, steps=steps, progress=lambda step, rows: go()):
            taken[feed_id].results.append(result)
            go()

    pieces = [Piece(feed_id, _memory(feed_id, home), partial(work, feed_id)) for feed_id in feeds]
    errors = side_by_side(pieces, jobs, tell=tell, ends_all=lambda error: isinstance(error, (UsageError, StorageFault)))
    for feed_id, error in errors.items():
        taken[feed_id].error = error
    return list(taken.values())


def _each(
    feed_id: str,
    home: Home,
    days: Days | None = None,
    *,
    draft: bool,
    steps: Steps | None,
    progress: Progress | None = None,
) -> Iterator[LoadResult]:
    contract = contract_of(feed_id)
    if contract.is_draft and not draft:
        return
    remove_leftovers(home, contract)
    for paths in find_deliveries(feed_id, home, contract):
        day = day_of(paths[0].name, contract)
        if days is None or (day is not None and days[0] < day <= days[1]):
            yield load_files(feed_id, paths, None, home, from_landing=True, progress=progress, steps=steps)


def _memory(feed_id: str, home: Home) -> int:
    """What the largest delivery of a feed needs; whether it is complete is not asked."""
    contract, folder = contract_of(feed_id), home.landing / feed_id
    by_day: dict[date | None, list[Path]] = defaultdict(list)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file():
            by_day[day_of(path.name, contract)].append(path)
    return max((memory_of(files, contract, home) for files in by_day.values()), default=0)
