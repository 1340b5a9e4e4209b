"""What is believed and what is a tie: read from `thresholds.yaml`, which `benchmarks/derive_thresholds.py` writes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polars as pl
import yaml

LEAN = 1e-3  # of two as likely, the one with more evidence scores higher
FILE = Path(__file__).parent / "thresholds.yaml"


@dataclass(frozen=True)
class Thresholds:
    """accept: by method, the least evidence that is believed; margin: closer to the runner-up is a tie; calibration: by
    method, rising (evidence, share found right) between which a score is read off.
    """

    accept: dict[str, float]
    margin: float
    calibration: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def least(self, method: str) -> float:
        """The least evidence believed of a method; all of it where the method has no threshold."""
        return self.accept.get(method, 0.0)


@cache
def _read() -> Thresholds:
    given = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    points = {method: [(float(x), float(y)) for x, y in pairs] for method, pairs in given["calibration"].items()}
    return Thresholds(
        {method: float(least) for method, least in given["accept"].items()}, float(given["margin"]), points
    )


_instead: list[Thresholds] = []


def thresholds() -> Thresholds:
    """Those in force."""
    return _instead[-1] if _instead else _read()


@contextmanager
def using(other: Thresholds) -> Iterator[None]:
    """Others in force, in the whole process: for deriving them, not for keying."""
    _instead.append(other)
    try:
        yield
    finally:
        _instead.pop()


def probability(answers: pl.DataFrame) -> pl.Series:
    """match_score as the share found right of such answers: of units and buildings whose method is calibrated; any
    other score stays as it is.

    `answers`: match_level, match_method, match_score (never null).
    """
    known = thresholds().calibration
    if not known or answers.is_empty():
        return answers["match_score"]
    import numpy as np

    values = answers["match_score"].to_numpy()
    placed = answers["match_level"].is_in(["unit", "building"])
    read = values.astype("float64", copy=True)
    for method, points in known.items():
        here = (placed & (answers["match_method"] == method)).fill_null(False).to_numpy()
        if here.any():
            share = np.interp(values[here], [x for x, _ in points], [y for _, y in points])
            read[here] = share - LEAN * (1 - values[here])
    return pl.Series("match_score", read)
