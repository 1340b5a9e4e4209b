from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from transforms.releasing import whole

BUILDING = pl.DataFrame({"building_code": ["a", "b", "c"], "street_code": ["1", "1", "2"], "community_code": ["x"] * 3})


@pytest.mark.parametrize("codes", [["c", "a", None, "b", "a", "c", "c"], [None, None], []])
def test_every_residence_is_in_one_part_and_each_building_in_one(
    codes: list[str | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whole, "PART", 2)
    rows = pl.DataFrame({"person_key": range(len(codes)), "building_code": pl.Series(codes, dtype=pl.String)})
    homes = [tmp_path / "0.parquet", tmp_path / "1.parquet"]
    rows.head(3).write_parquet(homes[0])
    rows.slice(3).write_parquet(homes[1])
    parts = list(whole._by_place(homes, BUILDING))
    assert sorted(person for part in parts for person in part["person_key"]) == list(range(len(codes)))
    held = [code for part in parts for code in part["building_code"].unique()]
    assert len(held) == len(set(held))
    assert all(part.filter(pl.col("building_code").is_not_null())["street_code"].null_count() == 0 for part in parts)
