"""How far a feed has been pulled: the watermark of what was let in, and the highest one seen in a pull.

The mark of a pull travels in the manifest and comes to stand in quality.batch with the batch, in the same write. So a
pull that never became a batch, or whose batch was refused, has not happened: the next one asks for its rows again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from schemas.contract import Contract
from schemas.errors import UsageError
from schemas.server import Watermark
from transforms.connecting.fault import PullFault
from transforms.lake.store import Lake

SHANGHAI = ZoneInfo("Asia/Shanghai")
AHEAD = timedelta(days=1)  # a source's clock may differ by this much; what lies beyond moves no watermark
Mark = datetime | int | str


def now() -> datetime:
    """This machine's time, for sources that do not tell theirs."""
    return datetime.now(SHANGHAI)


def read_mark(value: Any, watermark: Watermark) -> Mark | None:
    """A value of the watermark column, however the source writes it; None for one that cannot be read."""
    if value is None or isinstance(value, bool):
        return None
    try:
        match watermark.kind:
            case "integer":
                return int(value)
            case "text":
                return str(value) or None
            case "timestamp":
                return _moment(value, watermark.format)
    except (ValueError, TypeError, OverflowError):
        return None


def _moment(value: Any, written: str | None) -> datetime | None:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if written is not None:
        try:
            return datetime.strptime(str(value).strip(), written)
        except ValueError:
            pass  # as the lake itself keeps and --since gives it
    return datetime.fromisoformat(str(value).strip())


def stored(mark: Mark) -> str:
    """As quality.batch and the manifest keep it."""
    return mark.isoformat() if isinstance(mark, datetime) else str(mark)


def comparable(mark: Mark) -> Any:
    """For `<` between marks of one feed: a time without a zone is one of Shanghai."""
    return mark.replace(tzinfo=SHANGHAI) if isinstance(mark, datetime) and mark.tzinfo is None else mark


def let_in(lake: Lake, contract: Contract, watermark: Watermark) -> Mark | None:
    """The highest watermark of batches that were let in; None before the first.

    Raises PullFault when what stands is of another kind: the contract has changed its column.
    """
    texts = lake.listed(contract.feed_id)["watermark"].drop_nulls().to_list()
    marks = [mark for text in texts if (mark := read_mark(text, watermark)) is not None]
    if texts and not marks:
        raise PullFault(
            contract,
            f"what was let in reaches to {texts[-1]!r}, which is no {watermark.kind}",
            "correct watermark.kind, or say with --since where to go on",
        )
    return max(marks, key=comparable, default=None)


def begin(lake: Lake, contract: Contract, watermark: Watermark, since: str | None) -> Mark | None:
    """From where to ask: `since` where given, else the last watermark let in less the overlap, else the start.

    Raises UsageError for a `since` that cannot be read, or beyond what was let in: rows between would never come.
    """
    if since is None:
        reached = let_in(lake, contract, watermark)
        return _earlier(reached, watermark) if reached is not None else _read("watermark.start", watermark)
    asked = read_mark(since, watermark)
    if asked is None:
        raise UsageError(f"--since {since} is no {watermark.kind}", "write it like 2026-03-02 or 2026-03-02T08:00:00")
    try:
        reached = let_in(lake, contract, watermark)
    except PullFault:
        return asked  # the mend it names
    if reached is not None and comparable(asked) > comparable(reached):
        raise UsageError(
            f"--since {since} lies beyond {stored(reached)}, as far as {contract.feed_id} was let in",
            "leave --since away, or give an earlier one: the rows between would never come",
        )
    return asked


def _read(key: str, watermark: Watermark) -> Mark | None:
    if watermark.start is None:
        return None
    mark = read_mark(watermark.start, watermark)
    if mark is None:
        raise UsageError(f"{key} {watermark.start!r} is no {watermark.kind}", "correct it in the contract")
    return mark


def _earlier(mark: Mark, watermark: Watermark) -> Mark:
    if isinstance(mark, datetime):
        return mark - timedelta(seconds=watermark.overlap)
    return mark - watermark.overlap if isinstance(mark, int) else mark


@dataclass
class Highest:
    """The highest mark of the rows seen. `limit`: the source's own time and a day; what claims to be later is counted
    and left aside, else one mistyped year would hide every row to come.
    """

    watermark: Watermark
    limit: datetime
    mark: Mark | None = None
    seen: int = 0
    empty: int = 0
    unreadable: int = 0
    ahead: int = 0

    def see(self, value: Any) -> None:
        """One row's value."""
        self.seen += 1
        if value is None or value == "":
            self.empty += 1
            return
        found = read_mark(value, self.watermark)
        if found is None:
            self.unreadable += 1
        elif isinstance(found, datetime) and comparable(found) > self.limit:
            self.ahead += 1
        elif self.mark is None or comparable(found) > comparable(self.mark):
            self.mark = found

    def remarks(self) -> list[str]:
        """What a person should know of the column."""
        column = self.watermark.column
        told = (
            (self.empty, f"rows without {column}: they come with every pull"),
            (self.unreadable, f"rows whose {column} is no {self.watermark.kind}: they do not move the watermark"),
            (self.ahead, f"rows whose {column} lies more than a day ahead: they do not move the watermark"),
        )
        return [f"{count:,} {what}" for count, what in told if count]
