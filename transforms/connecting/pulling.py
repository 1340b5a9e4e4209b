"""Pull: one delivery of a feed for a day, from the server its contract names, into landing.

May be killed at any instant and run again: what has landed waits for its load, what has not is asked for again, for
only a batch that was let in moves the watermark (see mark.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from schemas.contract import Contract, contract_of
from schemas.errors import UsageError
from schemas.home import Home
from schemas.server import ApiServer, DatabaseServer, RemoteServer, pulled_name
from schemas.server_check import asks_by_day
from transforms.batch import last_of_day
from transforms.connecting.api import api_rows
from transforms.connecting.database import database_rows
from transforms.connecting.drop import Part, clear, land, write_part
from transforms.connecting.fault import PullFault
from transforms.connecting.mark import AHEAD, SHANGHAI, Highest, Mark, begin, now, stored
from transforms.connecting.retrying import attempts
from transforms.connecting.telling import Ask, Telling
from transforms.lake.letters import letters_of
from transforms.lake.lock import feed_lock, pull_lock
from transforms.lake.store import Lake

READINGS = 4  # of a result that changes while it is read, until two agree
Tell = Callable[[str, int], Any]


@dataclass(frozen=True)
class Pulled:
    """What came of a pull. `status`:

    landed: a delivery lies in landing; waiting: one of this day lay there already, nothing was asked; nothing_new: the
    source has what was let in before; local: nothing is pulled for this feed. `since` and `reached`: the watermarks
    asked from and seen.
    """

    feed_id: str
    server: str
    day: date
    status: Literal["landed", "waiting", "nothing_new", "local"]
    rows: int = 0
    bytes: int = 0
    requests: int = 0
    since: str | None = None
    reached: str | None = None
    path: Path | None = None
    remarks: tuple[str, ...] = ()


def pull(
    feed_id: str, day: date | None, home: Home, *, since: str | None = None, progress: Tell | None = None
) -> Pulled:
    """Pulls one delivery for `day` (default: today in Shanghai); a feed that is dropped by hand is left alone.

    `since` asks from there instead of the watermark of what was let in. Raises PullFault (1) for what the source does
    wrong, UsageError (2) for a secret that is not set or a day it cannot be asked for; then nothing has landed.
    """
    contract = contract_of(feed_id)
    day = day or datetime.now(SHANGHAI).date()
    source = contract.source
    if source is None:
        return Pulled(feed_id, contract.servers[0].server, day, "local")
    with pull_lock(home, feed_id):
        clear(home, contract)
        waiting = home.landing / feed_id / pulled_name(feed_id, day)
        if waiting.exists():
            return Pulled(feed_id, source.server, day, "waiting", path=waiting)
        lake = Lake(home).pinned()
        _refuse_past(lake, contract, source, day)
        start = _start(lake, contract, source, since)
        return _pulled(lake, Ask(contract, source, start, day), progress or _silent)


def _start(lake: Lake, contract: Contract, source: RemoteServer, since: str | None) -> Mark | None:
    watermark = source.pull.watermark
    if watermark is not None:
        return begin(lake, contract, watermark, since)
    if since is not None:
        raise UsageError(f"{contract.feed_id} has no watermark", "leave --since away")
    return None


def _pulled(lake: Lake, asking: Ask[Any], tell: Tell) -> Pulled:
    contract, day = asking.contract, asking.day
    part, telling = _settled(lake.home, asking, tell)
    highest = telling.highest
    reached = stored(highest.mark) if highest is not None and highest.mark is not None else None
    told = Pulled(
        contract.feed_id,
        asking.source.server,
        day,
        "nothing_new",
        part.rows,
        part.size,
        telling.requests,
        stored(asking.begin) if asking.begin is not None else None,
        reached,
        None,
        tuple(telling.remarks()),
    )
    try:
        if part.rows == 0 and contract.delivery.mode == "snapshot":
            raise PullFault(contract, "it has no row", "a snapshot of nothing would delete all; ask the department")
        if part.rows == 0 or _stands(lake, contract, day, part):
            return told
        manifest = {"server": asking.source.server} | ({"watermark": reached} if reached else {})
        with feed_lock(lake.home, contract.feed_id):  # a load that ends now removes the manifest of its own delivery
            path = land(lake.home, contract, day, part, manifest)
        return replace(told, status="landed", path=path)
    finally:
        part.path.unlink(missing_ok=True)


def _settled(home: Home, asking: Ask[Any], tell: Tell) -> tuple[Part, Telling]:
    """Reads until nothing is in doubt, or two readings running are the same. Raises PullFault when none are."""
    before, doubt = "", ""
    for _ in range(READINGS):
        part, telling = attempts(_readings(asking.source))(_read, home, asking, tell)
        doubt = telling.contradiction or telling.doubt
        if not doubt or (part.sha256 == before and not telling.contradiction):
            return part, telling
        part.path.unlink(missing_ok=True)
        if part.sha256 == before:
            raise PullFault(asking.contract, telling.contradiction, "ask those who run it; nothing was taken")
        before = part.sha256
    raise PullFault(
        asking.contract,
        f"its answer changes while it is read ({doubt}), {READINGS} times running",
        "pull when nobody writes there, or have it page by cursor",
    )


def _read(home: Home, asking: Ask[Any], tell: Tell) -> tuple[Part, Telling]:
    """One reading from the first row to the last."""
    watermark = asking.source.pull.watermark
    telling = Telling(Highest(watermark, now() + AHEAD) if watermark is not None else None)
    rows = (database_rows if isinstance(asking.source, DatabaseServer) else api_rows)(asking, telling)
    return write_part(home, asking.contract, asking.day, rows, tell), telling


def _readings(source: RemoteServer) -> int:
    """A database is read in one go, so a broken connection means from the start; an API is asked again page by page."""
    return 1 if isinstance(source, ApiServer) else source.pull.attempts


def _stands(lake: Lake, contract: Contract, day: date, part: Part) -> bool:
    """True when the same content was let in: a snapshot as the last of this day, changes and events on any day.

    Going back by the overlap, a source without news gives what it gave before; as a delivery that would be refused.
    """
    content = letters_of(bytes.fromhex(part.sha256), length=32)
    if contract.delivery.mode == "snapshot":
        last = last_of_day(lake, contract.feed_id, day)
        return last is not None and last["content_hash"] == content
    return content in lake.listed(contract.feed_id)["content_hash"]


def _refuse_past(lake: Lake, contract: Contract, source: RemoteServer, day: date) -> None:
    """A source tells how things are now: as the delivery of a past day that would stand below what came later."""
    latest = lake.listed(contract.feed_id)["delivered_on"].max()
    if isinstance(latest, date) and day < latest and not asks_by_day(source):
        raise UsageError(
            f"{contract.feed_id} was let in up to {latest}, and its server tells how things are now, not on {day}",
            "pull without --day; to correct a past day load its file with `blockdata load`",
        )


def _silent(step: str, rows: int) -> None:
    pass
