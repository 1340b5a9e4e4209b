"""Could a careful person with the library decide? Only what is decidable is truth; the rest is dropped or a tie."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from benchmarks.second_set.housing import SUFFIXES, House
from benchmarks.second_set.said import Said


def stem(name: str) -> str:
    """The name without 花园, 小区, 村 …; never shorter than two characters."""
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix)
    return name


def bare(number: str | None) -> str:
    """A house number without its marker: 3栋, 3座 and 3号楼 are one, 宿舍3栋 is another."""
    return re.sub("(号楼|栋|座|幢|楼|号|#)$", "", number or "")


def holes(text: str) -> Iterator[str]:
    """The text with each character in turn left open: two texts share one where they differ in one place at most."""
    for place in range(len(text)):
        yield text[:place] + "?" + text[place + 1 :]


class Gazetteer:
    """The houses of a library by what may be said of them."""

    def __init__(self, houses: list[House], former: dict[str, list[str]]) -> None:
        """`former`: old names of streets, and the streets of today they may mean."""
        self.houses, self.former = houses, former
        self.by_name: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.by_plate: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.near_names: dict[str, set[str]] = defaultdict(set)
        self.streets: dict[str, set[str]] = defaultdict(set)
        self.numbers: dict[str, set[str]] = defaultdict(set)
        for position, house in enumerate(houses):
            for road, plate in ((house.road, house.plate), *house.plates):
                if road and plate:
                    self.by_plate[road, plate].add(position)
            if not house.estate:
                continue
            own_road = (house.road or "").startswith(house.estate.name)
            number = house.number or (
                (house.road or "").removeprefix(house.estate.name) + (house.plate or "") if own_road else ""
            )
            for name in (house.estate.name, house.estate.former, house.estate.other):
                if name:
                    self.by_name[name, bare(number)].add(position)
                    self.streets[name].add(house.street)
                    self.numbers[name].add(number)
        for name in self.streets:
            for form in (name, stem(name)):
                for open_form in holes(form):
                    self.near_names[open_form].add(name)

    def near(self, text: str) -> set[str]:
        """Names whose whole or short form differs from this one, or from its short form, in at most one character."""
        return {name for form in (text, stem(text)) for hole in holes(form) for name in self.near_names.get(hole, ())}

    def places(self, said: Said) -> set[int]:
        """Houses that what is said (names as the library has them) can mean."""
        if said.estate:
            found = set(self.by_name.get((said.estate, bare(said.number)), ()))
            if not found and said.road and said.plate:
                plated = (p for p in self.by_plate.get((said.road, said.plate), ()) if self.named(p, said.estate))
                found = {p for p in plated if not (said.number and self.houses[p].number)}
        else:
            found = set(self.by_plate.get((said.road or "", said.plate or ""), ()))
            found = (
                {p for p in found if bare(self.houses[p].number) == bare(said.number)}
                if said.number or len(found) > 1
                else found
            )
        there = {
            p
            for p in found
            if (
                said.street in (None, self.houses[p].street)
                or self.houses[p].street in self.former.get(said.street or "", ())
            )
            and said.community in (None, self.houses[p].community)
        }
        return there if any(self.may_bear(p, said) for p in there) else set()

    def may_bear(self, position: int, said: Said) -> bool:
        """False for a house that lies on the road said, under another doorplate."""
        house = self.houses[position]
        there = {plate for road, plate in ((house.road, house.plate), *house.plates) if road == said.road}
        return not there or said.plate in (None, *there)

    def named(self, position: int, name: str) -> bool:
        """Is the house of an estate of this name?"""
        estate = self.houses[position].estate
        return estate is not None and name in (estate.name, estate.former, estate.other)

    def units(self, said: Said) -> list[tuple[int, int]]:
        """Rooms (house, room) that what is said can mean."""
        return [
            (place, n)
            for place in self.places(said)
            for n, room in enumerate(self.houses[place].rooms)
            if room.text == said.room and said.entrance in (None, room.entrance)
        ]
