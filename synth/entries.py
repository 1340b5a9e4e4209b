"""Whom a recipe's records are about, and when each version of a record is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from synth.draw import Bools, Draw, Ints
from synth.organisation import TYPES
from synth.place import ESTATE, FACTORY, ROADSIDE, SINGLE, VILLAGE
from synth.recipe import Recipe, Who
from synth.versions import person_versions
from synth.world import World

KINDS = {"village": VILLAGE, "estate": ESTATE, "factory": FACTORY, "single": SINGLE, "roadside": ROADSIDE}
STOCK_DAYS = 25  # how far back the first delivery of what happens reaches
DAY = 86_400


@dataclass(frozen=True)
class Entries:
    """Versions of records as columns of equal length.

    number: of the record, for its key. person, organisation, unit: rows of the world's frames (-1 none). since: day of
    the entry. opened, closed: seconds since 1970. first, last: delivery days (positions) it is told from and until.
    turn: 0 as first told, then 1, 2 … is_closed: ended, or the case is done. is_outdoors: lies in no building.
    """

    number: Ints
    person: Ints
    organisation: Ints
    unit: Ints
    since: Ints
    opened: Ints
    closed: Ints
    first: Ints
    last: Ints
    turn: Ints
    is_closed: Bools
    is_outdoors: Bools

    @property
    def size(self) -> int:
        """How many versions there are."""
        return len(self.number)

    def at(self, rows: Ints | Bools) -> Entries:
        """Some of them."""
        return Entries(**{name: getattr(self, name)[rows] for name in self.__dataclass_fields__})


def entries_of(world: World, recipe: Recipe, mode: str, draw: Draw) -> Entries:
    """Every version of every record of a recipe, delivered as `mode` (snapshot, incremental, events) says."""
    made = _register(world, recipe, mode, draw) if recipe.told == "register" else _cases(world, recipe, draw)
    every, days = recipe.changes.every, len(world.days)
    first, last = -(-made.first // every) * every, -(-made.last // every) * every
    last = np.where(made.last >= days, days, last)
    kept = (first < days) & (first < last)
    return replace(made, first=first, last=last).at(kept)


def _subjects(world: World, recipe: Recipe, draw: Draw) -> Ints:
    """Rows of the people, organisations, units or buildings the department knows, in their order."""
    rows = np.flatnonzero(_WHO[recipe.about](world, recipe.who))
    if recipe.who.street and len(rows) < recipe.who.at_least:
        rows = _filled_up(world, recipe, rows)
    if not len(rows):
        raise ValueError(f"nobody in the district fits who: {recipe.who!r}")
    count = max(round(len(rows) * recipe.who.share), min(recipe.who.at_least, len(rows)))
    return rows if count == len(rows) else rows[draw.sample(len(rows), count)]


def _filled_up(world: World, recipe: Recipe, rows: Ints) -> Ints:
    """`rows` of a street and, a small district having few there, the first elsewhere that fit all the same."""
    elsewhere = recipe.who.model_copy(update={"street": None})
    others = np.setdiff1d(np.flatnonzero(_WHO[recipe.about](world, elsewhere)), rows)
    return np.sort(np.concatenate([rows, others[: recipe.who.at_least - len(rows)]]))


def _people(world: World, who: Who) -> Bools:
    people, first = world.people, int(world.days[0])
    age = (first - people.birth) * 4 // 1461
    low, high = who.age or (-1000, 1000)  # who is not born yet is told of from birth on
    fits = (age >= low) & (age <= high)
    if who.sex:
        fits &= people.is_male == (who.sex == "male")
    if who.heads:
        fits &= np.r_[True, people.unit[1:] != people.unit[:-1]]
    if who.registered_here is not None:
        fits &= people.is_registered_here == who.registered_here
    if who.id_like:
        fits &= people.id_number.str.contains(who.id_like).to_numpy()
    if who.insured:
        fits &= world.organisations.employer_of >= 0
    return fits & _places(world, people.unit, who)


def _organisations(world: World, who: Who) -> Bools:
    held = world.organisations
    fits = np.ones(held.size, dtype=bool)
    if who.entity_type:
        fits &= np.isin(held.kind, [TYPES.index(kind) for kind in who.entity_type])
    if who.named:
        fits &= held.name.str.contains(who.named).to_numpy()
    return fits & _places(world, held.operating, who)


def _units(world: World, who: Who) -> Bools:
    return _places(world, np.arange(world.unit.height), who) & world.unit["is_listed"].to_numpy()


def _buildings(world: World, who: Who) -> Bools:
    building = world.building
    fits = building["is_listed"].to_numpy() & (building["floors"].to_numpy() >= who.floors)
    if who.usage:
        fits &= building["usage"].is_in(who.usage).to_numpy()
    if who.street:
        fits &= (building["street"] == who.street).to_numpy()
    if who.estate:
        fits &= building["kind"].to_numpy() == KINDS[who.estate]
    if who.one_of_each == "community":
        fits &= building["community"].is_first_distinct().to_numpy()
    elif who.one_of_each == "estate":
        fits &= (building["place"].is_first_distinct() & building["estate"].is_not_null()).to_numpy()
    return fits


def _places(world: World, unit: Ints, who: Who) -> Bools:
    """Whether the place of a subject is as asked for."""
    fits = np.ones(len(unit), dtype=bool)
    if who.usage:
        fits &= world.unit["usage"].is_in(who.usage).to_numpy()[unit]
    at = world.unit["building"].to_numpy()[unit]
    if who.estate:
        fits &= world.building["kind"].to_numpy()[at] == KINDS[who.estate]
    if who.floors:
        fits &= world.building["floors"].to_numpy()[at] >= who.floors
    if who.street:
        fits &= (world.building["street"] == who.street).to_numpy()[at]
    return fits


_WHO = {"person": _people, "organisation": _organisations, "unit": _units, "building": _buildings}


def _register(world: World, recipe: Recipe, mode: str, draw: Draw) -> Entries:
    """Entries that stand: as long as the subject is there, with the changes of the recipe."""
    changes, days = recipe.changes, len(world.days)
    members = _subjects(world, recipe, draw)
    if recipe.about == "person" and recipe.place == "home":
        told = person_versions(
            world.people, members, world.days, draw, never=changes.never, lag=changes.lag, corrected=changes.corrected
        )
        made = _entries(world, recipe, told["person"], unit=told["unit"], since=told["since"])
        made = replace(made, first=told["first"], last=told["last"])
    else:
        made = _entries(world, recipe, members)
        late = draw.chance(made.size, changes.new) & (days > 1)
        first = np.where(late, draw.integers(1, max(1, days - 1), made.size), 0)
        since = np.where(late, world.days[first] - draw.integers(0, 6, made.size), made.since)
        made = replace(made, first=first, last=np.full(made.size, days), since=since, opened=since * DAY)
    return _told_again(_moved(world, recipe, made, draw), recipe, mode, days=days, draw=draw)


def _moved(world: World, recipe: Recipe, made: Entries, draw: Draw) -> Entries:
    """Organisations whose registered address changes stand at the next from that day on."""
    if recipe.place != "registered":
        return made
    held = world.organisations
    day = held.moved[made.organisation]
    moves = np.flatnonzero((day > made.first) & (day < made.last))
    then = made.at(moves)
    then = replace(then, unit=held.next_registered[then.organisation], first=day[moves], turn=then.turn + 1)
    last = made.last.copy()
    last[moves] = day[moves]
    return _together(replace(made, last=last), then)


def _told_again(made: Entries, recipe: Recipe, mode: str, *, days: int, draw: Draw) -> Entries:
    """Entries that end, and entries told anew, on days after their first."""
    if days < 2:
        return made
    on = draw.integers(1, days - 1, made.size)
    inside = (on > made.first) & (on < made.last)
    chance = draw.generator.random(made.size)
    ends = np.flatnonzero(inside & (chance < recipe.changes.ended) & (made.last == days))
    share = recipe.changes.ended + recipe.changes.updated
    renewed = np.flatnonzero(inside & (chance >= recipe.changes.ended) & (chance < share))
    last = made.last.copy()
    last[ends], last[renewed] = on[ends], on[renewed]
    again = made.at(renewed)
    parts = [replace(made, last=last), replace(again, first=on[renewed], turn=again.turn + 1)]
    if mode != "snapshot":
        gone = made.at(ends)
        parts.append(
            replace(
                gone, first=on[ends], turn=gone.turn + 1, is_closed=np.ones(gone.size, dtype=bool), closed=gone.opened
            )
        )
    return _together(*parts)


def _cases(world: World, recipe: Recipe, draw: Draw) -> Entries:
    """What happens: the weeks before the first day, then day by day; a case is told again when it closes."""
    days = world.days
    stock = max(recipe.who.at_least, round(world.building.height * recipe.per_building))
    begin = int(days[0]) - STOCK_DAYS
    span = int(days[-1]) - begin
    size = max(1, stock * span // STOCK_DAYS)
    subject = _subjects(world, recipe, draw)
    made = _entries(world, recipe, subject[draw.integers(0, len(subject) - 1, size)])
    day = begin + draw.integers(0, span - 1, size)
    opened = day * DAY + draw.integers(7 * 3600, 20 * 3600, size)
    at_once = draw.chance(size, 0.3) if recipe.told == "cases" else np.ones(size, dtype=bool)
    took = np.where(at_once, draw.integers(600, 3 * 3600, size), draw.integers(DAY, 20 * DAY, size))
    closed = opened + took
    # a day's delivery holds what happened before it
    first = np.searchsorted(days, day, side="right").astype(np.int64)
    ended = np.searchsorted(days, closed // DAY, side="right").astype(np.int64)
    is_closed = at_once | (ended <= first)
    home = world.people.unit_on(int(days[0]))[made.person] if recipe.place == "home" else made.unit
    made = replace(
        made, number=np.arange(size), unit=np.where(home >= 0, home, made.unit), since=day, opened=opened,
        closed=closed, first=first, last=np.where(is_closed, len(days), np.minimum(ended, len(days))),
        is_closed=is_closed, is_outdoors=draw.chance(size, recipe.outdoors),
    )  # fmt: skip
    again = made.at(~is_closed & (ended < len(days)))
    then = replace(
        again, first=again.last, last=np.full(again.size, len(days)), turn=again.turn + 1,
        is_closed=np.ones(again.size, dtype=bool),
    )  # fmt: skip
    return _together(made, then)


def _entries(world: World, recipe: Recipe, rows: Ints, unit: Ints | None = None, since: Ints | None = None) -> Entries:
    """One entry for each row of its subjects, as it stands on the first day."""
    size, people, held = len(rows), world.people, world.organisations
    person = organisation = np.full(size, -1)
    began = np.full(size, int(world.days[0]) - 400) - rows * 7 % 3000
    match recipe.place:
        case "home" | "household_register":
            person, unit = rows, people.unit[rows] if unit is None else unit
            organisation, began = held.employer_of[rows], people.since[rows]
        case "workplace":
            person, organisation = rows, held.employer_of[rows]
            unit = held.operating[np.maximum(organisation, 0)]
            began = np.maximum(people.birth[rows] + 18 * 365, int(world.days[0]) - rows * 7 % 3000 - 20)
        case "operating" | "registered":
            organisation, person, began = rows, held.owner[rows], np.minimum(held.began[rows], int(world.days[0]) - 1)
            unit = (held.operating if recipe.place == "operating" else held.registered)[rows]
        case "building":
            unit = np.searchsorted(world.unit["building"].to_numpy(), rows).astype(np.int64)
        case _:
            unit = rows
    since = began if since is None else since
    none = np.zeros(size, dtype=np.int64)
    never = np.zeros(size, dtype=bool)
    return Entries(
        number=rows, person=person, organisation=organisation, unit=unit, since=since, opened=since * DAY,
        closed=since * DAY, first=none, last=none, turn=none, is_closed=never, is_outdoors=never,
    )  # fmt: skip


def _together(*parts: Entries) -> Entries:
    names = Entries.__dataclass_fields__
    return Entries(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def lived_in(world: World, made: Entries) -> pl.Series:
    """Whether somebody lives in the unit on the day the version is first told."""
    people, days = world.people, world.days
    is_lived_in = np.zeros(made.size, dtype=bool)
    for position in np.unique(made.first):
        homes = np.zeros(world.unit.height, dtype=bool)
        now = people.unit_on(int(days[position]))
        homes[now[now >= 0]] = True
        at = made.first == position
        is_lived_in[at] = homes[made.unit[at]]
    return pl.Series(is_lived_in)
