"""The real divisions of data/reference, as frames of text columns: codes keep their zeros.

Sources and licences: data/reference/README.md. Three codings of the same streets disagree (statistics, civil,
unified), so every frame names its own, and none is a substitute for another.
"""

from __future__ import annotations

from functools import cache

import polars as pl

from schemas.home import REFERENCE


def provinces() -> pl.DataFrame:
    """Statistics coding: code (2), name."""
    return _read("nbs_provinces")


def cities() -> pl.DataFrame:
    """Statistics coding: code (4), name, province_code."""
    return _read("nbs_cities").rename({"provinceCode": "province_code"})


def counties() -> pl.DataFrame:
    """Statistics coding, districts and counties: code (6), name, city_code, province_code."""
    return _read("nbs_areas").rename({"cityCode": "city_code", "provinceCode": "province_code"})


def former_counties() -> pl.DataFrame:
    """Abolished counties people still write: code (6, the county of today), former_name, name (of today)."""
    return _read("former_counties")


def streets() -> pl.DataFrame:
    """Statistics coding, streets and towns: code (9), name, county_code, city_code, province_code."""
    return _read("nbs_streets").rename(
        {"areaCode": "county_code", "cityCode": "city_code", "provinceCode": "province_code"}
    )


def bao_an_communities() -> pl.DataFrame:
    """Statistics coding, communities of 440306: code (12), name (with 居委会), street_code."""
    return _read("nbs_communities_440306").select("code", "name", street_code="streetCode")


def civil_streets() -> pl.DataFrame:
    """Civil coding, streets of Shenzhen: code (9), name (with 街道), pinyin, county_code."""
    return (
        _read("civil_codes_4403")
        .filter(pl.col("deep") == "3")
        .select(code="id", name="ext_name", pinyin="pinyin", county_code="pid")
    )


def unified_areas() -> pl.DataFrame:
    """Unified address coding, what is openly known: code, level (district, street, community), name, is_doubtful.

    The codes of Longhua begin with 440306: it kept them after it split from Bao'an.
    """
    return _read("sz_unified_codes").select(
        "code", "level", "name", "district_note", is_doubtful=pl.col("flag").fill_null("").str.starts_with("doubtful")
    )


@cache
def _read(name: str) -> pl.DataFrame:
    return pl.read_csv(REFERENCE / f"{name}.csv", infer_schema=False)
