"""The cells of a recipe's columns: what the recipe says, else what role and code list of the contract tell."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from schemas.codelist import load_codelist
from schemas.contract import Column, Contract, Role
from synth.draw import take
from synth.entries import DAY, lived_in
from synth.fields import Fields, take_days
from synth.organisation import TYPES
from synth.recipe import Cell, Recipe

Floats = np.ndarray
# a position in synth.organisation's trades, by the code of the industry it belongs to
TRADES = ["manufacturing", "wholesale_retail", "accommodation_catering", "information", "leasing_business",
          "construction", "transport", "resident_services", "education", "research"]  # fmt: skip
OF_PERSON = {Role.PERSON_ID: "{id_number}", Role.PERSON_NAME: "{name}", Role.PHONE: "{phone}"}
OF_OTHER = {Role.PERSON_ID: "{other_id}", Role.PERSON_NAME: "{other_name}", Role.PHONE: "{other_phone}"}
OF_ANY = {
    Role.USCC: Cell(text="{uscc}"),
    Role.ORGANISATION_NAME: Cell(text="{organisation}"),
    Role.BIRTH_DATE: Cell(date=(0, 0), base="birth"),
    Role.EVENT_TIME: Cell(date=(0, 0), base="opened"),
    Role.ACCEPTED_TIME: Cell(date=(0, 0), base="opened"),
    Role.DUE_TIME: Cell(date=(5, 5), base="opened"),
    Role.CLOSED_TIME: Cell(date=(0, 0), base="closed", only_closed=True),
    Role.VALID_FROM: Cell(date=(0, 0), base="since"),
    Role.VALID_TO: Cell(date=(365, 1095), base="delivery", missing=0.1),
    Role.REOPENED_COUNT: Cell(number=(0, 2), skew=8),
    Role.FREE_TEXT: Cell(pick={"已电话联系": 3, "材料齐全": 5, "另附说明": 2}, missing=0.7),
    Role.RESPONSIBLE_DEPARTMENT: Cell(text="{street}办事处"),
}


def cell_of(column: Column, recipe: Recipe) -> Cell | None:
    """How a column is drawn: the recipe's cell, else the one its role or code list tells; None where neither does."""
    if column.name in recipe.cells:
        return recipe.cells[column.name]
    if column.key:
        return Cell(text=recipe.number)
    role = column.role
    by_subject = OF_PERSON if recipe.about in ("person", "organisation") else OF_OTHER
    if role in by_subject:
        return Cell(text=by_subject[role])
    if role in OF_ANY:
        return OF_ANY[role]
    if column.meaning.code_list and role not in (Role.SEX, Role.ENTITY_TYPE, Role.INDUSTRY):
        late = role is Role.SATISFACTION
        return Cell(codes=dict.fromkeys(load_codelist(column.meaning.code_list).names, 1), only_closed=late)
    return None


def draw_cell(column: Column, cell: Cell, fields: Fields, contract: Contract) -> pl.Series:
    """The texts of one column, one a version."""
    made = fields.entries
    draw = fields.world.draw(contract.feed_id, column.name)
    # one draw a record, so that it says the same whenever it is told; one a version where the cell changes
    count = made.size if cell.again else int(made.number.max(initial=0)) + 1
    at = np.arange(made.size) if cell.again else made.number
    chance = draw.generator.random(count)[at]
    values = _way(cell)(cell, column, fields, chance)
    if cell.missing:
        values = values.set(pl.Series(draw.generator.random(count)[at] < cell.missing), None)
    if cell.only_closed or cell.while_open is not None:
        is_open = pl.Series(~made.is_closed)
        values = values.zip_with(~is_open, pl.repeat(cell.while_open, made.size, dtype=pl.String, eager=True))
    return values


def by_role(column: Column, fields: Fields) -> pl.Series | None:
    """Columns whose cells follow from the subject alone: sex, type of organisation, industry."""
    made, world = fields.entries, fields.world
    names = load_codelist(column.meaning.code_list).names if column.meaning.code_list else {}
    if column.role is Role.SEX and (made.person >= 0).all():
        words = [names.get("female", "女"), names.get("male", "男")]
        return take(words, world.people.is_male[made.person].astype(np.int64))
    if column.role is Role.ENTITY_TYPE:
        return take([names[kind] for kind in TYPES], world.organisations.kind[made.organisation])
    if column.role is Role.INDUSTRY:
        trade = world.organisations.trade[made.organisation] % len(TRADES)
        return take([names[trade] for trade in TRADES], trade)
    return None


Way = Callable[[Cell, Column, Fields, Floats], pl.Series]


def _way(cell: Cell) -> Way:
    return next(way for name, way in _WAYS.items() if getattr(cell, name) is not None)


def _text(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.text is not None
    return fields.template(cell.text)


def _pick(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.pick is not None
    return _weighted([*cell.pick], [*cell.pick.values()], chance)


def _weighted(options: list[str], weights: list[float], chance: Floats) -> pl.Series:
    edges = np.cumsum(np.asarray(weights, dtype=float))
    at = np.searchsorted(edges / edges[-1], chance, side="right").clip(0, len(options) - 1)
    return take(options, at.astype(np.int64))


def _codes(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    """Codes of the list as the department writes them: by name, by code, or by the first of its other words."""
    assert cell.codes is not None and column.meaning.code_list is not None
    listed = {item.code: item for item in load_codelist(column.meaning.code_list).codes}
    words, weights = [], []
    for code, weight in cell.codes.items():
        item = listed[code]
        alias = item.aliases[0] if item.aliases else item.name
        written = {"name": [item.name], "code": [item.code], "alias": [alias], "mixed": [item.name, alias]}[
            cell.written
        ]
        words += written
        weights += [weight / len(written)] * len(written)
    return _weighted(words, weights, chance)


def _number(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.number is not None
    low, high = cell.number
    values = low + (high - low) * chance**cell.skew
    if cell.decimals:
        return pl.Series(np.round(values, cell.decimals)).cast(pl.String)
    whole = np.floor((low + (high - low + cell.step) * chance**cell.skew) / cell.step) * cell.step
    return pl.Series(np.clip(whole, low, high).astype(np.int64)).cast(pl.String)


def _flag(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.flag is not None
    return take([*reversed(cell.words)], (chance < cell.flag).astype(np.int64))


def _occupied(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.occupied is not None
    is_lived_in = lived_in(fields.world, fields.entries).to_numpy() ^ (chance < cell.occupied)
    return take([*reversed(cell.words)], is_lived_in.astype(np.int64))


def _date(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    """Days, or times of day for timestamps; never after the delivery unless the contract allows it."""
    assert cell.date is not None
    made, world = fields.entries, fields.world
    told = world.days[made.first]
    bases = {"since": made.since * DAY, "opened": made.opened, "closed": made.closed,
             "delivery": told * DAY, "first_day": np.full(made.size, int(world.days[0]) * DAY)}  # fmt: skip
    base = world.people.birth[made.person] * DAY if cell.base == "birth" else bases[cell.base]
    low, high = cell.date
    seconds = base + np.floor(low + (high - low + 1) * chance).astype(np.int64) * DAY
    is_time = column.type == "timestamp"
    if is_time and cell.base not in ("opened", "closed"):
        seconds += 8 * 3600 + (chance * 1e6 % 1 * 36_000).astype(np.int64)
    if not (column.meaning.future or column.meaning.open_ended):
        seconds = np.minimum(seconds, (told - 1) * DAY + seconds % DAY)
    if is_time:
        form = cell.form or "%Y-%m-%d %H:%M:%S"
        return pl.Series((seconds * 1000).astype("datetime64[ms]")).dt.strftime(form)
    return take_days(seconds // DAY, cell.form or "%Y-%m-%d")


def _by_age(cell: Cell, column: Column, fields: Fields, chance: Floats) -> pl.Series:
    assert cell.by_age is not None
    made, world = fields.entries, fields.world
    age = (int(world.days[0]) - world.people.birth[made.person]) * 4 // 1461
    at = np.searchsorted(sorted(cell.by_age), age, side="right") - 1
    return take([cell.by_age[key] for key in sorted(cell.by_age)], at.clip(0).astype(np.int64))


_WAYS: dict[str, Way] = {
    "text": _text, "pick": _pick, "codes": _codes, "number": _number, "flag": _flag, "occupied": _occupied,
    "date": _date, "by_age": _by_age,
}  # fmt: skip
