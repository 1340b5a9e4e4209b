"""Lines found beside their neighbours stand where a join finds them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from transforms import in_order
from transforms.in_order import places_in_order
from transforms.reading.known_lines import LINE
from transforms.standing import places_of


def lines(values: np.ndarray, *, seed: int = 0) -> pl.DataFrame:
    first = pl.Series(values.astype(np.uint64)).hash(seed)
    return pl.DataFrame({LINE[0]: first, LINE[1]: first.hash(1)})


def edited(values: np.ndarray, random: np.random.Generator, share: float) -> np.ndarray:
    """Some lines gone, some new ones between, some said twice, and a stretch moved to the end."""
    values = np.delete(values, random.choice(len(values), int(len(values) * share), replace=False))
    places = random.choice(len(values), int(len(values) * share), replace=False)
    values = np.insert(values, places, 1_000_000 + places)
    values = np.insert(values, 500, values[:3])
    return np.concatenate([values[:700], values[900:], values[700:900]])


@pytest.mark.parametrize("share", [0.0, 0.01, 0.2, 0.9])
@pytest.mark.parametrize("unknown", [0.0, 0.3])
def test_every_line_is_found_where_it_stands(share: float, unknown: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "SMALL", 100)
    random = np.random.default_rng(1)
    stood = np.arange(5000)
    known = lines(stood).with_columns(
        pl.when(pl.Series(random.random(5000) >= unknown)).then(pl.col(name)).alias(name) for name in LINE
    )
    asked = lines(edited(stood, random, share))
    found = places_in_order(asked, known, LINE)
    assert found.tolist() == places_of(asked, known, LINE).tolist()
    assert (found >= 0).any()


def test_only_both_hashes_are_the_same_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "SMALL", 100)
    known = lines(np.arange(1000))
    half = pl.int_range(1000, eager=True) % 5 != 1
    asked = known.with_columns(pl.when(half).then(pl.col(LINE[1])).otherwise(pl.col(LINE[1]) + 1))
    assert places_in_order(asked, known, LINE).tolist() == [at if at % 5 != 1 else -1 for at in range(1000)]


def test_nothing_known_and_nothing_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_order, "SMALL", 100)
    some, none = lines(np.arange(1000)), lines(np.arange(0))
    assert (places_in_order(some, lines(np.arange(1000), seed=7), LINE) == -1).all()
    assert (places_in_order(some, none, LINE) == -1).all() and len(places_in_order(none, some, LINE)) == 0
