"""The real divisions: every code as text, three codings that disagree."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from schemas import reference
from schemas.home import REFERENCE


@pytest.mark.parametrize(
    ("read", "rows", "width", "columns"),
    [
        (reference.provinces, 31, 2, {"code", "name"}),
        (reference.cities, 342, 4, {"code", "name", "province_code"}),
        (reference.counties, 2978, 6, {"code", "name", "city_code", "province_code"}),
        (reference.streets, 41352, 9, {"code", "name", "county_code", "city_code", "province_code"}),
        (reference.bao_an_communities, 141, 12, {"code", "name", "street_code"}),
        (reference.civil_streets, 77, 9, {"code", "name", "pinyin", "county_code"}),
    ],
)
def test_each_division_is_read_whole_as_text(
    read: Callable[[], pl.DataFrame], rows: int, width: int, columns: set[str]
) -> None:
    frame = read()
    assert frame.height == rows
    assert set(frame.columns) == columns
    assert set(frame.schema.values()) == {pl.String}
    assert frame["code"].str.len_chars().unique().to_list() == [width]
    assert frame["code"].n_unique() == rows


def _code(frame: pl.DataFrame, name: str, within: str) -> str:
    return frame.filter((pl.col("name") == name) & pl.col("code").str.starts_with(within))["code"].item()


@pytest.mark.parametrize(
    ("name", "statistics", "civil", "unified"),
    [("新安街道", "440306017", "440306001", "440306011"), ("石岩街道", "440306026", "440306008", "440306006")],
)
def test_one_street_has_three_codes(name: str, statistics: str, civil: str, unified: str) -> None:
    assert _code(reference.streets(), name, "440306") == statistics
    assert _code(reference.civil_streets(), name, "440306") == civil
    assert _code(reference.unified_areas(), name, "440306") == unified


def test_doubtful_codes_are_marked() -> None:
    areas = reference.unified_areas()
    assert areas.height == 92
    assert areas["level"].value_counts().height == 3
    twice = areas.filter(pl.col("code").is_duplicated())
    assert twice.group_by("code").agg(pl.col("is_doubtful").any())["is_doubtful"].all()


def test_every_file_has_its_licence_note() -> None:
    note = (REFERENCE / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in REFERENCE.glob("*.csv") if path.name not in note] == []
