"""Loading, with stand-ins for the neighbours: what lands in the lake, and that every row is counted once."""

from __future__ import annotations

from datetime import date

from schemas.home import Home
from tests.small import LODGERS, deliver, lodger, standins
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


def test_a_first_snapshot_is_inserted(small_home: Home) -> None:
    result = load(small_home, FIRST, [lodger(1), lodger(2, room=2), lodger(3, room=None)])
    assert (result.status, result.day) == ("loaded", FIRST)
    assert result.counts["inserted"] == 3 and result.counts["keyed_unit"] == 2 and result.counts["unkeyed"] == 1
    assert state(small_home) == {"L0001": "red", "L0002": "red", "L0003": "red"}
