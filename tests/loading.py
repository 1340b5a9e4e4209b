"""What tests of loading do and ask again and again, with stand-ins for the neighbours."""

from __future__ import annotations

from datetime import date

import polars as pl

from schemas.home import Home
from tests.small import LODGERS, deliver, standins
from transforms.counts import PARTS
from transforms.lake.fold import current_state
from transforms.lake.store import Lake
from transforms.load import LoadResult, load_files

FIRST, SECOND, THIRD = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)


def load(home: Home, day: date, lines: list[str], feed_id: str = LODGERS, folder: str = "drop") -> LoadResult:
    path = deliver(home.path.parent / folder, feed_id, day, lines)
    return load_files(feed_id, [path], None, home, steps=standins())


def state(home: Home, day: date | None = None, feed_id: str = LODGERS) -> dict[str, str]:
    """Colour by number of what stands."""
    rows = current_state(Lake(home).scan(f"record_history.{feed_id}"), day).collect()
    return dict(rows.sort("record_id").select("number", "colour").iter_rows())


def history(home: Home, feed_id: str = LODGERS) -> pl.DataFrame:
    return Lake(home).read(f"record_history.{feed_id}")


def parts(result: LoadResult) -> dict[str, int]:
    """The counts that are not zero, of those that add up to what was received."""
    return {name: result.counts[name] for name in PARTS if result.counts[name]}
