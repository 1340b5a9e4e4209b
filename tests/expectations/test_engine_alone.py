"""Great Expectations knows no threads: two judgements at once come one after the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import Any

import polars as pl
import pytest

from expectations import engine
from expectations.check import metric


def test_one_thread_judges_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    meet, met, suite = Barrier(2), list[bool](), engine._suite

    def within(*given: Any) -> Any:
        try:
            meet.wait(0.2)  # both inside
            met.append(True)
        except BrokenBarrierError:
            met.append(False)
        return suite(*given)

    monkeypatch.setattr(engine, "_suite", within)
    checks = [metric("rows", 1, 3, "between one and three")]
    frames = [pl.DataFrame({"rows": [number]}, schema={"rows": pl.Float64}) for number in (2.0, 9.0)]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda frame: engine.run("of a thread", frame, checks)[0].passed, frames))
    assert told == [True, False] and met == [False, False]
