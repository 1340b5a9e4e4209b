"""Organisations: companies, sole traders and bodies, where they are registered, where they operate, who works there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synth.draw import Draw, Ints, take
from synth.identifiers import usccs
from synth.name_parts import COMPANY_TRADES, FIRST, SECOND, SHOP_TRADES
from synth.person import People
from synth.place import FACTORY, ROADSIDE, SINGLE

PER_BUILDING = 4.1  # 720,000 entities to 175,000 buildings
TYPES = ("company", "sole_trader", "public_institution", "social_organisation", "agency")


@dataclass(frozen=True)
class Organisations:
    """Organisations as columns of equal length.

    registered, operating: rows of the unit frame. moved: day index of a change of the registered address (-1 none)
    to next_registered. began: day (since 1970) of registration. owner: row of the person who represents it.
    """

    uscc: pl.Series
    name: pl.Series
    kind: Ints  # position in TYPES
    trade: Ints  # position in COMPANY_TRADES or SHOP_TRADES
    registered: Ints
    operating: Ints
    next_registered: Ints
    moved: Ints
    began: Ints
    owner: Ints
    employer_of: Ints  # per person: row of the organisation, -1 without

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.registered)


def make_organisations(
    unit: pl.DataFrame, building: pl.DataFrame, people: People, *, first_day: int, days: int, seed: int
) -> Organisations:
    """About four organisations a building, most in shops, factories and offices, some in flats, many at one address."""
    draw = Draw(seed, "organisation")
    size = max(20, round(building.height * PER_BUILDING))
    kind = draw.one_of(size, [58, 37, 1.5, 2.5, 1])
    registered = _rooms(unit, building, size, draw)
    elsewhere = draw.chance(size, 0.2)
    operating = np.where(elsewhere, _rooms(unit, building, size, draw), registered)
    began = first_day - draw.integers(30, 6000, size)
    recent = draw.chance(size, 0.03)
    began = np.where(recent, first_day - draw.integers(-days, 40, size), began)
    moves = draw.chance(size, 0.03)
    adults = np.flatnonzero(people.birth < first_day - 20 * 365)
    owner = adults[draw.integers(0, len(adults) - 1, size)]
    trade = draw.integers(0, 17, size)
    return Organisations(
        uscc=usccs(np.where(kind == 1, 2, 1), draw),
        name=_names(
            kind, trade, people.name.gather(owner), building=building, at=unit["building"].gather(registered), draw=draw
        ),
        kind=kind,
        trade=trade,
        registered=registered,
        operating=operating,
        next_registered=np.where(moves, _rooms(unit, building, size, draw), -1),
        moved=np.where(moves, draw.integers(0, max(1, days), size), -1),
        began=began,
        owner=owner,
        employer_of=_employers(people, first_day, size, draw),
    )


def _rooms(unit: pl.DataFrame, building: pl.DataFrame, size: int, draw: Draw) -> Ints:
    """Rooms drawn by how likely they house an organisation."""
    kind = building["kind"].to_numpy()[unit["building"].to_numpy()]
    shop = (unit["usage"] == "shop").to_numpy()
    weight = np.where(shop, 30.0, np.select([kind == FACTORY, kind == ROADSIDE, kind == SINGLE], [10.0, 8.0, 6.0], 0.6))
    edges = np.cumsum(weight)
    return np.searchsorted(edges, draw.generator.random(size) * edges[-1], side="right").astype(np.int64)


def _names(
    kind: Ints, trade: Ints, owner: pl.Series, *, building: pl.DataFrame, at: pl.Series, draw: Draw
) -> pl.Series:
    """深圳市…有限公司; a sole trader's name often holds the owner's."""
    size = len(kind)
    stem = [take(part, draw.integers(0, len(part) - 1, size)) for part in (FIRST, SECOND, SECOND)]
    frame = pl.DataFrame(
        {
            "kind": kind,
            "stem": stem[0] + stem[1],
            "more": stem[2],
            "trade": take(COMPANY_TRADES, trade),
            "shop": take(SHOP_TRADES, trade),
            "owner": owner,
            "street": building["street"].gather(at),
            "community": building["community_name"].gather(at),
            "named": draw.chance(size, 0.3),
        }
    )
    return frame.select(
        pl.when(pl.col("kind") == 0)
        .then(pl.format("深圳市{}{}{}有限公司", "stem", "more", "trade"))
        .when((pl.col("kind") == 1) & pl.col("named"))
        .then(pl.format("深圳市宝安区{}{}{}", "street", "owner", "shop"))
        .when(pl.col("kind") == 1)
        .then(pl.format("深圳市宝安区{}{}{}", "street", "stem", "shop"))
        .when(pl.col("kind") == 2)
        .then(pl.format("深圳市宝安区{}{}学校", "community", "stem"))
        .when(pl.col("kind") == 3)
        .then(pl.format("深圳市宝安区{}{}协会", "stem", "more"))
        .otherwise(pl.format("深圳市宝安区{}{}办事处", "street", "stem"))
    ).to_series()


def _employers(people: People, first_day: int, size: int, draw: Draw) -> Ints:
    """Two in five adults of working age are insured with an employer; a few employers are large."""
    age = (first_day - people.birth) // 365
    works = (age >= 18) & (age < 60) & draw.chance(people.size, 0.4)
    large = (draw.generator.random(people.size) ** 2.5 * size).astype(np.int64)
    return np.where(works, large, -1)
