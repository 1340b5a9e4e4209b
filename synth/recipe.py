"""How a feed is made, declared: synth/recipes/<department>/<feed>.yaml, beside the contract of the same name.

A recipe says whom the records are about, how many there are, how they change day by day, and how the cells are drawn
that the contract alone does not tell. Columns with a role (identity numbers, names, codes, addresses, coordinates,
areas, times) and columns with a code list need no cell: they follow from the contract. So do the file's name, format,
encoding, delivery mode, coordinate system, faults and truth. The shortest recipe that works:

    about: person
    at: home
    who: {age: [65, 120], share: 0.2}
    number: 'YL{n:08}'
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Strict, declare
from synth.address_text import Style

RECIPES = Path(__file__).parent / "recipes"
Weights = dict[str, float]
# where the subjects of each kind can be
PLACES: dict[str, tuple[str, ...]] = {
    "person": ("home", "household_register", "workplace"),
    "organisation": ("operating", "registered"),
    "unit": ("unit",),
    "building": ("building",),
}


class Who(Strict):
    """Which subjects the department knows. Every condition given must hold; of those, `share`."""

    share: float = Field(default=1.0, gt=0, le=1)
    at_least: int = 8  # however small the district, as far as the conditions leave so many
    age: tuple[int, int] | None = None  # years on the first day, both included
    sex: Literal["female", "male"] | None = None
    heads: bool = False  # one person a household, or a room
    registered_here: bool | None = None  # whose household register is in the district
    id_like: str | None = None  # regular expression over the identity number
    insured: bool = False  # who works for an organisation of the district
    usage: list[str] = Field(
        default_factory=list
    )  # of the unit (residence, dormitory, shop, factory, other), of a building its own
    estate: Literal["village", "estate", "factory", "single", "roadside"] | None = None  # the kind of place
    floors: int = 0  # of the building, at least
    street: str | None = None  # of a street office; where the district has too few there, the rest is from elsewhere
    one_of_each: Literal["estate", "community"] | None = None  # buildings: the first of each estate, or community
    entity_type: list[str] = Field(
        default_factory=list
    )  # company, sole_trader, public_institution, social_organisation, agency
    named: str | None = None  # regular expression over the organisation's name


class Changes(Strict):
    """How the records change from one delivery to the next, as shares of the records over all days told of."""

    never: float = 0.15  # of those who moved: the department never learns of it
    lag: int = 20  # days until it learns of a move, at most
    corrected: float = 0.004  # entries that named a wrong place at first
    new: float = 0.02  # entries of organisations, units and buildings that begin after the first day
    ended: float = 0.01  # entries that end: gone from a snapshot, told once more as closed otherwise
    updated: float = 0.02  # entries told again with their `again` cells drawn anew
    every: int = Field(default=1, ge=1)  # the department delivers on every so-many-th day only


class Cell(Strict):
    """How one column is drawn: exactly one of the ways, then what may be done to it.

    text: a template over fields of the record, e.g. '{street}{name}'; the fields are those of synth/fields.py.
    pick: texts and their weights. codes: codes of the column's list and their weights; `written` says how they stand.
    number: from and to, with `decimals`; `skew` above 1 makes small numbers common. flag: share of yes.
    date: days added to `base`, from and to; `form` as in strftime. by_age: from this age on, this text.
    """

    text: str | None = None
    pick: Weights | None = None
    codes: Weights | None = None
    number: tuple[float, float] | None = None
    flag: float | None = None
    occupied: float | None = None  # yes where somebody lives; wrong in this share
    date: tuple[int, int] | None = None
    by_age: dict[int, str] | None = None

    written: Literal["name", "code", "alias", "mixed"] = "name"
    decimals: int = 0
    step: float = 1  # numbers are multiples of it
    skew: float = 1
    words: tuple[str, str] = ("是", "否")
    base: Literal["since", "birth", "opened", "closed", "delivery", "first_day"] = "since"
    form: str | None = None
    missing: float = Field(default=0, ge=0, lt=1)  # share of empty cells
    only_closed: bool = False  # empty until the record is closed
    while_open: str | None = None  # what stands here until the record is closed
    again: bool = False  # drawn anew whenever the record is told again

    @model_validator(mode="after")
    def one_way(self) -> Cell:
        """Exactly one way of drawing."""
        ways = ("text", "pick", "codes", "number", "flag", "occupied", "date", "by_age")
        given = [way for way in ways if getattr(self, way) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of {', '.join(ways)}; there is {', '.join(given) or 'none'}")
        return self


class Sheet(Strict):
    """What a workbook says around its rows."""

    title: str | None = None
    groups: tuple[str, str] | None = None  # a merged line over the halves of the header
    foot: list[str] = Field(default_factory=list)  # lines below the last row; 合计 gets the number of rows

    @model_validator(mode="after")
    def groups_have_a_title(self) -> Sheet:
        """The merged line stands below a title."""
        if self.groups and not self.title:
            raise ValueError("groups need a title above them")
        return self

    @property
    def head_rows(self) -> int:
        """Lines above the first record."""
        return 1 + (self.title is not None) + (self.groups is not None)


class Recipe(Strict):
    """One feed."""

    about: Literal["person", "organisation", "unit", "building"]
    at: str = ""  # see PLACES; empty: the first of them
    told: Literal["register", "cases", "once"] = "register"  # stands until it ends · opened and closed · happened
    who: Who = Who()
    per_building: float = 0.5  # cases and what happens: how many to a building in four weeks
    changes: Changes = Changes()
    number: str = Field(pattern=r"\{n")  # of the record; {n:08} is what tells records apart
    area: Literal["street", "community"] = "street"  # what area codes and names are of
    style: dict[str, float | list[float]] = Field(
        default_factory=dict
    )  # habits of writing addresses: fields of synth.address_text.Style
    outside: float = 0.003  # share of addresses in other cities
    nonsense: float = 0.002
    outdoors: float = 0  # share that lies on the open street, in no building
    beside: float = 0  # share of addresses that say 旁边, 门口 … of the building
    reach: Literal["door", "estate", "area"] = "door"  # how far its addresses go; area: to `area`, without any address
    cells: dict[str, Cell] = Field(default_factory=dict)
    sheet: Sheet = Sheet()

    @model_validator(mode="after")
    def fits_together(self) -> Recipe:
        """The place is one its subjects have; the style is one addresses can be written in."""
        if self.at and self.at not in PLACES[self.about]:
            raise ValueError(f"at: {self.about} can be at {', '.join(PLACES[self.about])}")
        if self.outdoors and self.told == "register":
            raise ValueError("outdoors: only what happens can lie on the open street; set told")
        _ = self.writing
        return self

    @property
    def place(self) -> str:
        """Where its subjects are."""
        return self.at or PLACES[self.about][0]

    @property
    def writing(self) -> Style:
        """The department's habits of writing addresses."""
        unknown = sorted(self.style.keys() - Style.__dataclass_fields__.keys())
        if unknown:
            raise ValueError(f"style: {', '.join(unknown)} is no habit of synth.address_text.Style")
        values = {name: tuple(value) if isinstance(value, list) else value for name, value in self.style.items()}
        if self.about == "building":
            values["room"] = 0.0
        return Style(**values)  # type: ignore[arg-type]


def recipes_folder() -> Path:
    """BLOCKDATA_RECIPES, else those of this package."""
    return Path(os.environ.get("BLOCKDATA_RECIPES") or RECIPES)


def recipe_ids() -> list[str]:
    """The feeds that have a recipe, sorted."""
    return sorted(f"{path.parent.name}__{path.stem}" for path in recipes_folder().glob("*/*.yaml"))


def recipe_of(feed_id: str) -> Recipe | None:
    """The recipe of a feed, None where it has none; ContractError when the file is wrong."""
    department, _, feed = feed_id.partition("__")
    path = recipes_folder() / department / f"{feed}.yaml"
    return _declared(path) if path.is_file() else None


@cache
def _declared(path: Path) -> Recipe:
    return declare(path, Recipe)
