"""Locks: one at a time, each by its name, and a clear word to who waited in vain."""

from __future__ import annotations

import pytest

from schemas.home import Home
from transforms.lake.lock import Busy, feed_lock, lake_lock, table_lock


def test_a_held_lock_is_said_to_be_held(home: Home) -> None:
    with (
        feed_lock(home, "town__lodgers"),
        pytest.raises(Busy, match="another load of town__lodgers"),
        feed_lock(home, "town__lodgers", timeout=0),
    ):
        raise AssertionError("two hold the lock")


def test_a_lock_let_go_can_be_had(home: Home) -> None:
    for _ in range(2):
        with lake_lock(home, timeout=0):
            pass
    with pytest.raises(KeyError), lake_lock(home, timeout=0):
        raise KeyError
    with lake_lock(home, timeout=0):
        pass


def test_feeds_lake_and_tables_do_not_wait_for_each_other(home: Home) -> None:
    with (
        feed_lock(home, "town__lodgers", timeout=0),
        feed_lock(home, "town__visits", timeout=0),
        lake_lock(home, timeout=0),
        table_lock(home, "quality.batch", timeout=0),
        table_lock(home, "quality.quarantine", timeout=0),
    ):
        pass
