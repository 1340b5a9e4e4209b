"""Addresses of another place: an explicit other province, city or county, or a street only another county has."""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import polars as pl

from schemas import reference
from transforms.addressing.division_names import division_names
from transforms.addressing.index import Index
from transforms.addressing.names import street_stem


def mark_outside(heads: pl.DataFrame, index: Index) -> pl.DataFrame:
    """`heads` with is_outside and other_county (6 digits; null where only a city, or a name of several counties, is
    said).

    What is said beats everything: 宝安区龙华街道 was once of this district and lies in another today.
    """
    home = sorted(index.counties)
    if not home:
        return heads.with_columns(is_outside=pl.lit(False), other_county=pl.lit(None, pl.String))
    cities = sorted({county[:4] for county in home})
    provinces = sorted({county[:2] for county in home})
    heads = heads.join(_other_streets(index), on="street_stem", how="left", maintain_order="left")
    # A county name several bear is the one of our own cities, if they have one: 南山区 is Shenzhen's. A list of the
    # whole country may have several: then any of them is meant.
    own: dict[str, set[str]] = defaultdict(set)
    for code, name in division_names().names.items():
        if len(code) == 6 and code[:4] in cities:
            own[name].add(code)
    meant = {name: codes & set(home) or codes for name, codes in own.items()}
    one = {name: min(codes) for name, codes in meant.items() if len(codes) == 1}
    unclear = pl.col("unclear").replace_strict(one, default=None, return_dtype=pl.String)
    heads = heads.with_columns(county=pl.coalesce("county", unclear))
    county, city, province = pl.col("county"), pl.col("city"), pl.col("province")
    several = [name for name, codes in own.items() if len(codes & set(home)) > 1]
    said_elsewhere = (
        (county.is_not_null() & ~county.is_in(home))
        | (county.is_null() & pl.col("unclear").is_not_null() & ~pl.col("unclear").is_in(several))
        | (city.is_not_null() & ~city.str.head(4).is_in(cities))  # 仙桃 is city and county in one
        | (province.is_not_null() & ~province.is_in(provinces))
    )
    by_street = pl.col("street_county").is_not_null()
    return heads.with_columns(
        is_outside=said_elsewhere | by_street,
        other_county=pl.when(said_elsewhere).then(county).when(by_street).then("street_county"),
    ).drop("street_county")


def _other_streets(index: Index) -> pl.DataFrame:
    """street_stem, street_county: streets of the home cities that no home county has, by stem.

    A stem the library knows, even as a former name, is the library's.
    """
    cities = tuple(sorted({county[:4] for county in index.counties}))
    mine = index.streets.select(street_stem="stem").unique()
    streets = pl.concat([_streets_of(cities), index.foreign_streets.select("county", street_stem="stem")]).unique()
    at_home = streets.filter(pl.col("county").is_in(sorted(index.counties)))
    others = streets.join(mine, on="street_stem", how="anti").join(at_home, on="street_stem", how="anti")
    return (
        others.group_by("street_stem")
        .agg(street_county=pl.when(pl.col("county").n_unique() == 1).then(pl.col("county").first()))
        .drop_nulls()
    )


@cache
def _streets_of(cities: tuple[str, ...]) -> pl.DataFrame:
    """street_stem, county of every official street of these cities, statistics and civil names."""
    statistics = reference.streets().select("name", county="county_code")
    civil = reference.civil_streets().select("name", county="county_code")
    both = pl.concat([statistics, civil]).filter(pl.col("county").str.slice(0, 4).is_in(list(cities)))
    return both.select("county", street_stem=street_stem(pl.col("name"))).unique()
