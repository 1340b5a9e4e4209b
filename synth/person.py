"""People: who lives in which unit, under what made name and number, and what changes in the days told of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from synth.area import reference
from synth.calendar import to_yyyymmdd
from synth.draw import Draw, Ints, take
from synth.identifiers import id_numbers, mobiles
from synth.name_parts import GIVEN_FEMALE, GIVEN_MALE, RARE_GIVEN, RARE_SURNAMES, SURNAMES

NONE, MOVE, LEAVE, DEATH, ARRIVE, BIRTH = range(6)
MARKED = 200  # persons whose long names occur nowhere else: where one turns up, a name has leaked
PAST_DAYS = 120  # changes older than this are known to every department
# provinces by two digits and where the district's people come from, in percent
PROVINCES = {
    "44": 27, "43": 14, "45": 10, "42": 10, "36": 8, "41": 8, "51": 7, "50": 4, "52": 4, "34": 3, "61": 2, "35": 2,
    "37": 1, "13": 1, "53": 1,
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """Persons as columns of equal length; dates are days since 1970.

    unit: where they live at first; next_unit: after a move (-1 none). since: from when; change: kind of change;
    changed: its day. is_registered_here: the household register names the unit they live in (4 in 10).
    """

    id_number: pl.Series
    name: pl.Series
    is_male: np.ndarray
    birth: Ints
    phone: pl.Series
    unit: Ints
    next_unit: Ints
    since: Ints
    change: Ints
    changed: Ints
    is_registered_here: np.ndarray
    is_marked: np.ndarray
    kind: Ints  # kind of place of the first unit

    @property
    def size(self) -> int:
        """How many persons there are."""
        return len(self.unit)

    def unit_on(self, day: int) -> Ints:
        """The unit each lives in on that day, -1 for nowhere in the district."""
        happened = self.changed <= day
        gone = happened & np.isin(self.change, [LEAVE, DEATH])
        coming = ~happened & np.isin(self.change, [ARRIVE, BIRTH])
        moved = happened & (self.change == MOVE)
        return np.where(gone | coming, -1, np.where(moved, self.next_unit, self.unit))


def make_people(unit: pl.DataFrame, building: pl.DataFrame, first_day: int, last_day: int, seed: int) -> People:
    """Fills the units with households (about 1.6 persons a unit, 32 a building)."""
    draw = Draw(seed, "person")
    home, kind, household = _households(unit, building, draw)
    position = np.arange(len(home)) - np.repeat(np.r_[0, np.cumsum(household)[:-1]], household)
    is_shared = np.repeat(draw.chance(len(household), 0.4) & (household > 2), household)
    birth = _births(position, is_shared, np.repeat(household, household), first_day, draw)
    is_male = np.where(position % 2 == 0, draw.chance(len(home), 0.56), draw.chance(len(home), 0.44))
    change, changed, next_unit = _changes(home, household, unit, draw, first_day=first_day, last_day=last_day)
    born = change == BIRTH
    birth = np.where(born, changed, birth)
    lived = draw.integers(PAST_DAYS + 10, 3650, len(home))
    since = np.where(np.isin(change, [ARRIVE, BIRTH]), changed, np.maximum(first_day - lived, birth))
    marked = np.zeros(len(home), dtype=bool)
    marked[draw.sample(len(home), min(MARKED, len(home) // 5))] = True
    adult = birth < first_day - 14 * 365
    return People(
        id_number=id_numbers(_origin(len(home), draw), to_yyyymmdd(birth), is_male, draw),
        name=_names(is_male, household, is_shared, marked, draw),
        is_male=is_male,
        birth=birth,
        phone=mobiles(len(home), draw).set(pl.Series(~adult), None),
        unit=home,
        next_unit=next_unit,
        since=since,
        change=change,
        changed=changed,
        is_registered_here=draw.chance(len(home), 0.4),
        is_marked=marked,
        kind=kind,
    )


def _households(unit: pl.DataFrame, building: pl.DataFrame, draw: Draw) -> tuple[Ints, Ints, Ints]:
    """(unit of each person, kind of place of each person, size of each household)."""
    usage = unit["usage"]
    kind = building["kind"].to_numpy()[unit["building"].to_numpy()]
    occupied = usage.replace_strict(
        {"residence": 0.71, "dormitory": 0.8, "shop": 0.15, "factory": 0.08, "other": 0.5}, default=0.1
    ).to_numpy()
    size = draw.one_of(unit.height, [0.24, 0.33, 0.22, 0.13, 0.06, 0.02]) + 1
    size = np.where((usage == "dormitory").to_numpy(), draw.integers(2, 5, unit.height), size)
    size = np.where(draw.generator.random(unit.height) < occupied, size, 0)
    rows = np.flatnonzero(size)
    return np.repeat(rows, size[rows]), np.repeat(kind[rows], size[rows]), size[rows]


def _births(position: Ints, is_shared: np.ndarray, size: Ints, first_day: int, draw: Draw) -> Ints:
    """Birth days: couples, then their children and parents; in shared flats and dormitories workers only."""
    count = len(position)
    head = np.repeat(draw.integers(22, 62, int((position == 0).sum())), size[position == 0])
    child = np.maximum(0, head - 24 - draw.integers(0, 8, count)) % 20
    elder = np.minimum(head + draw.integers(22, 32, count), 99)
    age = np.select(
        [position == 0, is_shared | (size > 6), position == 1, (position <= 3) & draw.chance(count, 0.8)],
        [head, draw.integers(18, 50, count), np.clip(head + draw.integers(-5, 4, count), 20, 95), child],
        elder,
    )
    return first_day - age * 365 - draw.integers(1, 364, count) - age // 4


def _changes(
    home: Ints, household: Ints, unit: pl.DataFrame, draw: Draw, *, first_day: int, last_day: int
) -> tuple[Ints, Ints, Ints]:
    """(change, day, next unit) of each person; households move together."""
    groups = len(household)
    kind = draw.one_of(groups, [0.84, 0.08, 0.04, 0.0, 0.04])
    ago = draw.integers(1, PAST_DAYS, groups)
    within = draw.integers(0, max(0, last_day - first_day), groups)
    day = np.where(draw.chance(groups, 0.7), first_day - ago, first_day + within)
    homes = np.flatnonzero(unit["usage"].is_in(["residence", "dormitory"]).to_numpy())
    target = homes[draw.integers(0, len(homes) - 1, groups)]
    change, changed, next_unit = (np.repeat(values, household) for values in (kind, day, target))
    own = draw.one_of(len(home), [0.99, 0.004, 0.006])
    still = change == NONE
    change = np.where(still & (own == 1), DEATH, np.where(still & (own == 2), BIRTH, change))
    first = np.r_[0, np.cumsum(household)[:-1]]
    change[first[change[first] == BIRTH]] = NONE  # no newborn lives alone
    return change, changed, np.where(change == MOVE, next_unit, -1)


def _origin(size: int, draw: Draw) -> Ints:
    """Six-digit areas of ID numbers: mostly of other provinces; 81/82/83 residence permits; foreigners' 9."""
    counties = reference("nbs_areas")["code"].to_numpy().astype(np.int64)
    province = np.array([int(code) for code in PROVINCES])
    drawn = province[draw.one_of(size, list(PROVINCES.values()))]
    low = np.searchsorted(counties, drawn * 10_000)
    high = np.searchsorted(counties, (drawn + 1) * 10_000)
    area = counties[low + (draw.generator.random(size) * (high - low)).astype(np.int64)]
    area = np.where(draw.chance(size, 0.04), 440306, area)
    special = np.array([810000, 820000, 830000, 944156, 944840, 944392])
    return np.where(draw.chance(size, 0.006), special[draw.integers(0, 5, size)], area)


def _names(is_male: np.ndarray, household: Ints, is_shared: np.ndarray, marked: np.ndarray, draw: Draw) -> pl.Series:
    """Surname and one or two given characters; a family shares its surname; the marked have six of their own."""
    size = len(is_male)
    own = draw.one_of(size, list(SURNAMES.values()))
    family = np.repeat(draw.one_of(len(household), list(SURNAMES.values())), household)
    surname = take(list(SURNAMES), np.where(is_shared | draw.chance(size, 0.3), own, family))
    options = pl.Series(GIVEN_MALE + GIVEN_FEMALE)
    offset = np.where(is_male, 0, len(GIVEN_MALE))
    width = np.where(is_male, len(GIVEN_MALE), len(GIVEN_FEMALE))
    given = [take(options, offset + draw.integers(0, 10**6, size) % width) for _ in range(2)]
    second = given[1].set(pl.Series(draw.chance(size, 0.2)), "")
    plain = surname + given[0] + second
    count = int(marked.sum())
    long_names = [
        RARE_SURNAMES[number % 12]
        + "".join(RARE_GIVEN[(number // 12 + turn * (number % 5 + 2)) % len(RARE_GIVEN)] for turn in range(3))
        + RARE_GIVEN[number * 7 % len(RARE_GIVEN)]
        for number in range(count)
    ]
    if len(set(long_names)) != count:
        raise AssertionError("the marked names must differ")
    return plain.scatter(np.flatnonzero(marked), long_names) if count else plain
