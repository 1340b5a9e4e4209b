"""What one address says, part by part, and how the parts are put into a line."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.second_set.districts import District
from benchmarks.second_set.housing import House, Room

ORDER = ("province", "city", "county", "street", "community", "road", "plate", "estate", "number", "entrance", "floor")


@dataclass(frozen=True)
class Said:
    """The parts of one address as somebody writes them; None where nothing is said. `mark` follows the room."""

    province: str | None = None
    city: str | None = None
    county: str | None = None
    street: str | None = None
    community: str | None = None
    road: str | None = None
    plate: str | None = None
    estate: str | None = None
    number: str | None = None
    entrance: str | None = None
    floor: str | None = None
    room: str | None = None
    mark: str = ""

    def without(self, *parts: str) -> Said:
        """The same, these parts unsaid."""
        unsaid: dict[str, Any] = dict.fromkeys(parts)
        return replace(self, **unsaid)

    def line(self, between: str = "") -> str:
        """In the usual order."""
        parts = [getattr(self, part) for part in ORDER]
        return between.join([part for part in parts if part] + ([self.room + self.mark] if self.room else []))

    def head(self) -> str:
        """Province to community."""
        return "".join(getattr(self, part) or "" for part in ORDER[:5])

    def tail(self) -> str:
        """Estate to room, or the doorplate where there is no estate."""
        areas = ("province", "city", "county", "street", "community")
        return (self.without(*areas, "road", "plate") if self.estate else self.without(*areas)).line()


def everything(district: District, house: House, room: Room | None, rng: random.Random) -> Said:
    """All that can be said of a room. A lane named after its village is said once."""
    mark = ""
    if room and house.housing in ("hutong",):
        mark = "室"
    elif room and room.text[-1:].isdigit() and "铺" not in room.text:
        mark = rng.choice(["", "", "", "室", "室", "房"])
    own_road = house.estate is not None and (house.road or "").startswith(house.estate.name)
    return Said(
        None if district.province == district.city else district.province,
        district.city, district.county, house.street, house.community, house.road, house.plate,
        house.estate.name if house.estate and not own_road else None,
        house.number, room.entrance if room else None, None, room.text if room else None, mark,
    )  # fmt: skip
