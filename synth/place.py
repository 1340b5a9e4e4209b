"""Where buildings stand together: urban villages, estates, factories, single houses, roadsides; and their names."""

from __future__ import annotations

from itertools import chain, product

import numpy as np
import polars as pl

from synth.area import Areas
from synth.draw import Draw, Ints
from synth.name_parts import (
    ESTATE_SUFFIXES,
    FACTORY_SUFFIXES,
    FIRST,
    HILLS,
    ROAD_SUFFIXES,
    SECOND,
    SINGLE_SUFFIXES,
    VILLAGE_SUFFIXES,
)

VILLAGE, ESTATE, FACTORY, SINGLE, ROADSIDE = range(5)
SHARES = (0.53, 0.17, 0.10, 0.06, 0.14)  # of buildings, by kind of place
SIZES = ((35, 90), (3, 10), (3, 9), (1, 1), (4, 14))  # buildings in one place


def make_places(buildings: int, areas: Areas, draw: Draw) -> tuple[pl.DataFrame, pl.DataFrame]:
    """(place, building): places with kind, community, name, road; buildings with place and number within it.

    building columns: place, community (rows of the frames), kind, number (1.. within the place, with gaps in
    villages). Sorted by community and place, so that neighbours in the frame are neighbours on the map.
    """
    count = areas.community.height
    weight = draw.generator.lognormal(0, 0.5, count)
    weight[areas.community["street"].to_numpy() == "宝安国际机场"] = 0.15
    community = np.sort(draw.one_of(buildings, weight.tolist()))
    kind = draw.one_of(buildings, SHARES)
    order = np.lexsort((kind, community))
    community, kind = community[order], kind[order]

    group = community * len(SHARES) + kind
    rank = _rank(group)
    low, high = np.array(SIZES).T
    groups = count * len(SHARES)
    size = draw.generator.integers(np.tile(low, count), np.tile(high, count), groups, endpoint=True)
    within = rank // size[group]
    place_key = group * (buildings + 1) + within
    _, first, place = np.unique(place_key, return_index=True, return_inverse=True)
    number = rank % size[group] + 1
    gap = (draw.generator.random(buildings) < 0.1).astype(np.int64)
    number = number + np.where(kind == VILLAGE, _running(gap, place), 0)

    places = pl.DataFrame({"kind": kind[first], "community": community[first], "ordinal": within[first]})
    building = pl.DataFrame({"place": place, "community": community, "kind": kind, "number": number})
    return _named(places, areas, draw), building


def _rank(group: Ints) -> Ints:
    """Position of each row within its run of equal, adjacent values."""
    starts = np.r_[0, np.flatnonzero(np.diff(group)) + 1]
    lengths = np.diff(np.r_[starts, len(group)])
    return np.arange(len(group)) - np.repeat(starts, lengths)


def _running(step: Ints, group: Ints) -> Ints:
    """Running sum of `step` within each run of equal, adjacent values."""
    total = np.cumsum(step)
    starts = np.r_[0, np.flatnonzero(np.diff(group)) + 1]
    lengths = np.diff(np.r_[starts, len(group)])
    return total - np.repeat(total[starts] - step[starts], lengths)


def _named(places: pl.DataFrame, areas: Areas, draw: Draw) -> pl.DataFrame:
    """Adds name (null on roadsides), road (null where addresses have none) and former_name (null for most)."""
    kind, community = places["kind"].to_numpy(), places["community"].to_numpy()
    roots = [name.removesuffix("社区") for name in areas.community["community"]]
    streets = areas.community["street"].to_list()
    stems = [first + second for first, second in product(FIRST, SECOND) if first != second]
    stems += [first + second + third for (first, second), third in product(product(FIRST, SECOND), SECOND[:8])]
    stems = [stems[position] for position in draw.generator.permutation(40 * 36).tolist()] + stems[40 * 36 :]
    names: list[str | None] = [None] * places.height
    roads: list[str | None] = [None] * places.height
    villages = _shuffled(VILLAGE_SUFFIXES, draw)
    used: set[str] = set()
    # A whole district has more estates than the stems above: the rest of three characters come after them.
    more = (first + second + third for (first, second), third in product(product(FIRST, SECOND), SECOND[8:]))
    stem = chain(stems, more)
    suffixes = {
        ESTATE: draw.pick(list(ESTATE_SUFFIXES), places.height, list(ESTATE_SUFFIXES.values())).to_list(),
        FACTORY: draw.pick(list(FACTORY_SUFFIXES), places.height, list(FACTORY_SUFFIXES.values())).to_list(),
        SINGLE: draw.pick(list(SINGLE_SUFFIXES), places.height, list(SINGLE_SUFFIXES.values())).to_list(),
        ROADSIDE: draw.pick(list(ROAD_SUFFIXES), places.height, list(ROAD_SUFFIXES.values())).to_list(),
    }
    draws = draw.generator.random(places.height)
    hill = draw.integers(0, len(HILLS) - 1, places.height)
    taken: dict[int, int] = {}
    for row in range(places.height):
        here = int(community[row])
        if kind[row] == VILLAGE:
            turn = taken.get(here, 0)
            taken[here] = turn + 1
            suffix = villages[(here * 5 + turn) % len(villages)]
            side = ("", "上", "下", "东", "西", "老", "新")[turn // len(villages) % 7]
            root = roots[here] if turn % 3 != 2 else roots[here][0] + HILLS[hill[row]]
            name = f"{side}{root}{suffix}"
            names[row] = name if (here, name) not in used else f"{name}{turn}区"
            used.add((here, names[row]))  # type: ignore[arg-type]
        elif kind[row] == ROADSIDE:
            base = roots[here] if draws[row] < 0.25 else next(stem)
            road = f"{base}{suffixes[ROADSIDE][row]}"
            while (streets[here], road) in used:
                road = f"{next(stem)}{suffixes[ROADSIDE][row]}"
            used.add((streets[here], road))  # type: ignore[arg-type]
            roads[row] = road
        else:
            names[row] = next(stem) + suffixes[int(kind[row])][row]
            if kind[row] == ESTATE and draws[row] < 0.22:
                roads[row] = f"{roots[here]}{suffixes[ROADSIDE][row]}"
    frame = places.with_columns(name=pl.Series(names, dtype=pl.String), road=pl.Series(roads, dtype=pl.String))
    return _former(_same_names(frame, streets), draw, stems)


def _shuffled(weights: dict[str, int], draw: Draw) -> list[str]:
    """Every option once, the heavier ones earlier."""
    keys = draw.generator.random(len(weights)) ** (1 / np.array(list(weights.values())))
    return [list(weights)[position] for position in np.argsort(-keys)]


def _same_names(places: pl.DataFrame, streets: list[str]) -> pl.DataFrame:
    """One estate in fifty takes the name of an estate in another street: only the street tells them apart."""
    rows = np.flatnonzero(places["kind"].to_numpy() == ESTATE)
    community = places["community"].to_list()
    names = places["name"].to_list()
    for row in rows[25::50]:
        other = int(rows[int(row) * 7 % len(rows)])
        if streets[community[other]] != streets[community[int(row)]]:
            names[int(row)] = names[other]
    return places.with_columns(name=pl.Series(names, dtype=pl.String))


def _former(places: pl.DataFrame, draw: Draw, stems: list[str]) -> pl.DataFrame:
    """One named estate or factory in eight was called otherwise until a few years ago."""
    renamed = draw.chance(places.height, 0.12) & np.isin(places["kind"].to_numpy(), [ESTATE, FACTORY, SINGLE])
    spare = iter(reversed(stems))
    former = [f"{next(spare)}{'花园' if turn % 2 else '工业城'}" if old else None for turn, old in enumerate(renamed)]
    return places.with_columns(former_name=pl.Series(former, dtype=pl.String))
