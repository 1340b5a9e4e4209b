from __future__ import annotations

import polars as pl
import pytest

from benchmarks.district_at_scale import make_addresses, make_library
from benchmarks.scale import judge
from transforms.addressing.key import key_addresses
from transforms.addressing.library import AddressLibrary

UNITS = 20_000


@pytest.fixture(scope="module")
def library() -> dict[str, pl.DataFrame]:
    return make_library(UNITS)


def test_a_library_has_the_units_asked_for_each_in_its_building(library: dict[str, pl.DataFrame]) -> None:
    units, buildings = library["address.unit"], library["address.building"]
    assert units.height == pytest.approx(UNITS, rel=0.03)
    assert units["unit_code"].n_unique() == units.height
    assert units["unit_code"].str.len_chars().unique().to_list() == [25]
    assert units.join(buildings, on="building_code", how="anti").is_empty()
    assert units.select(pl.struct("building_code", "entrance", "room").is_duplicated().any()).item() is False


def test_a_library_follows_the_rates_of_a_real_one(library: dict[str, pl.DataFrame]) -> None:
    rates = library["address.building"].select(
        estate=pl.col("estate").is_not_null().mean(),
        road=pl.col("road").is_not_null().mean(),
        bare=pl.col("name").str.contains("^[0-9]+号$").mean(),
    )
    assert rates.row(0) == pytest.approx((0.86, 0.27, 0.52), abs=0.06)


def test_a_seed_decides_everything(library: dict[str, pl.DataFrame]) -> None:
    once, again = make_addresses(library, 500, nothing=0.2), make_addresses(library, 500, nothing=0.2)
    assert once.rows.equals(again.rows)
    assert not once.rows.equals(make_addresses(library, 500, nothing=0.2, seed=7).rows)


def test_addresses_are_mostly_distinct_and_have_a_truth(library: dict[str, pl.DataFrame]) -> None:
    written = make_addresses(library, 5_000, nothing=0.2)
    assert written.rows["address"].null_count() == 0
    meant = written.truth.filter(pl.col("kind") != "nothing")
    assert meant["unit_code"].null_count() == 0
    assert 1 - meant.height / 5_000 == pytest.approx(0.2, abs=0.02)
    assert (written.truth["kind"] == "typo").mean() == pytest.approx(0.04, abs=0.01)
    distinct = written.rows.join(meant, on="row", how="semi")["address"].n_unique()
    assert distinct > 0.95 * meant.height


def test_the_engine_finds_them_and_the_judge_sees_it(library: dict[str, pl.DataFrame]) -> None:
    written = make_addresses(library, 1_000, nothing=0.2)
    figures = judge(key_addresses(written.rows, AddressLibrary.from_frames(library)), written.truth)
    assert figures["precision"] > 0.99
    assert figures["recall"] > 0.9
    assert figures["false_keys"] == 0.0


def test_the_judge_counts_wrong_doors_and_false_keys() -> None:
    answers = pl.DataFrame({"row": [0, 1, 2, 3], "match_level": ["unit", "unit", "unit", "none"],
                            "unit_code": ["a", "b", "c", None]})  # fmt: skip
    truth = pl.DataFrame({"row": [0, 1, 2, 3], "unit_code": ["a", "x", None, "d"], "kind": ["f", "f", "nothing", "g"]})
    figures = judge(answers, truth)
    assert figures["precision"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["recall"] == pytest.approx(1 / 3, abs=1e-4)
    assert figures["false_keys"] == 1.0
    assert figures["by_kind"] == {"f": 0.5, "g": 0.0}
