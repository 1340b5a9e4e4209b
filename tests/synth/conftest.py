"""One small district for all tests of this folder."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from synth.make import Summary, make_district
from synth.world import World, make_world

BUILDINGS, SEED, DAYS = 400, 7, 5
START = date(2026, 3, 2)


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("district")
    make_district(BUILDINGS, SEED, DAYS, out)
    return out


@pytest.fixture(scope="session")
def summary(district: Path) -> Summary:
    return make_district(50, 1, 1, district.parent / "fifty")


@pytest.fixture(scope="session")
def world() -> World:
    return make_world(BUILDINGS, SEED, DAYS, START)


@pytest.fixture(scope="session")
def library(district: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in sorted((district / "library").glob("*.parquet"))}


@pytest.fixture(scope="session")
def truth(district: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_parquet(path) for path in sorted((district / "truth").glob("*.parquet"))}
