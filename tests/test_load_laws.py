"""Laws of loading, over random deliveries in random order: nothing is lost, and each day is what its delivery said."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.home import Home
from tests.small import LODGERS, VISITS, deliver, lodger, standins
from transforms.counts import Counts, keyed_levels
from transforms.lake.fold import current_state
from transforms.lake.store import Lake
from transforms.load import load_files

FIRST = date(2026, 3, 2)
FEW = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# A delivery: what number has which colour; "" is a row that will be quarantined.
contents = st.dictionaries(st.integers(1, 6), st.sampled_from(["red", "blue", "green", ""]), min_size=1)
deliveries = st.lists(st.tuples(st.integers(0, 3), contents), min_size=1, max_size=5)


def lines(content: dict[int, str]) -> list[str]:
    return [lodger(number, room=number, colour=colour) for number, colour in content.items()]


def standing(home: Home, feed_id: str, day: date) -> dict[str, str]:
    rows = current_state(Lake(home).scan(f"record_history.{feed_id}"), day).collect()
    assert rows["record_id"].is_unique().all()
    return dict(rows.select("number", "colour").iter_rows())


def fresh(small_home: Home, folder: str) -> Home:
    """A copy of the home with nothing but the library, for one example."""
    shutil.copytree(small_home.lake / "address", Path(folder) / "lake" / "address")
    return Home(Path(folder))


@pytest.mark.slow
@FEW
@given(deliveries=deliveries)
def test_a_day_is_what_its_last_snapshot_said(small_home: Home, deliveries: list[tuple[int, dict[int, str]]]) -> None:
    """However late a snapshot comes: each day shows the last delivery for it or for the nearest day before.

    A row quarantined in it shows as it stood before, so the model keeps what a state held for that number.
    """
    with TemporaryDirectory() as folder:
        home = fresh(small_home, folder)
        model: dict[date, dict[str, str]] = {}
        stands: dict[date, list[tuple[str, ...]]] = {}
        for offset, content in deliveries:
            day = FIRST + timedelta(days=offset)
            path = deliver(home.path / "drop", LODGERS, day, lines(content))
            result = load_files(LODGERS, [path], None, home, steps=standins())
            if result.status == "refused":
                assert result.rule == "row_drop"
                continue
            if result.status == "already_loaded":
                assert stands[day] == lines(content)
                continue
            stands[day] = lines(content)
            before = next((model[known] for known in sorted(model, reverse=True) if known <= day), {})
            said = {f"L{number:04}": colour for number, colour in content.items()}
            model[day] = {
                number: colour or before[number] for number, colour in said.items() if colour or number in before
            }
            for known, expected in model.items():
                assert standing(home, LODGERS, known) == expected


@pytest.mark.slow
@FEW
@given(deliveries=deliveries, twice=st.integers(0, 2))
def test_every_row_received_is_counted_once(
    small_home: Home, deliveries: list[tuple[int, dict[int, str]]], twice: int
) -> None:
    with TemporaryDirectory() as folder:
        home = fresh(small_home, folder)
        received = 0
        seen: set[tuple[int, tuple[str, ...]]] = set()
        for offset, content in deliveries:
            sent = lines(content)
            sent += sent[:twice] + [lodger(number, colour="white") for number in list(content)[:twice]]
            day = FIRST + timedelta(days=offset)
            result = load_files(VISITS, [deliver(home.path / "drop", VISITS, day, sent)], None, home, steps=standins())
            if (offset, tuple(sorted(sent))) not in seen:
                seen.add((offset, tuple(sorted(sent))))
                received += len(sent) if result.status != "already_loaded" else 0
        lake = Lake(home)
        lines_of_law = lake.read("quality.reconciliation")
        assert lines_of_law["is_balanced"].all()
        assert lines_of_law["received"].sum() == received
        history = lake.read(f"record_history.{VISITS}")
        assert history.height == lines_of_law["loaded"].sum()
        quarantined = lake.read("quality.quarantine").select("batch_id", "file_name", "row_number").n_unique()
        refused = lake.batch_rows().filter(pl.col("status") == "refused")["batch_id"]
        held = lines_of_law.filter(~pl.col("batch_id").is_in(refused.implode()))["quarantined"].sum()
        assert quarantined == held
        assert lake.read("quality.match_rate")["records"].sum() == lines_of_law["loaded"].sum()


@given(st.lists(st.sampled_from(["unit", "building", "estate", "grid", "community", "outside", "none", None, "odd"])))
def test_every_loaded_row_is_keyed_or_not(levels: list[str | None]) -> None:
    counts = Counts(received=len(levels), inserted=len(levels), **keyed_levels(pl.Series(levels, dtype=pl.String)))
    assert counts.is_balanced
    assert counts.unkeyed == sum(level in (None, "none", "odd") for level in levels)


def test_a_lost_row_is_out_of_balance() -> None:
    assert not Counts(received=3, inserted=2, keyed_unit=2).is_balanced
    assert not Counts(received=2, inserted=2, keyed_unit=1).is_balanced
    assert Counts(received=2, refused=2).is_balanced
