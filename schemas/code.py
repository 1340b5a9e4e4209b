"""The unified address code (SZDB/Z 281—2017): one permanent code per building and room.

6 district + 3 street + 3 community + 2 base grid + 5 building + 6 room = 25 positions; the first 19 are the building.
The code is permanent and meaningless: the area a building lies in today is an attribute of the address library and
is never read off the code, so nothing here returns a street or a community.

Beyond the standard, from practice: a `T` among the five building positions (temporary structures), and the suffix
`000000` for the building itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["unit", "building", "building_itself", "in_building", "outside"]

BUILDING_LENGTH = 19
UNIT_LENGTH = 25
GRID_LENGTH = 14
IN_BUILDING_MASK = "*" * 6
OUTSIDE_MASK = "*" * 11
ITSELF_SUFFIX = "000000"

# [0-9], not \d: full-width digits are not digits of a code. One T at most, in positions 15 to 19.
_GRID = r"[0-9]{14}"
_BUILDING = r"(?:[0-9]{5}|T[0-9]{4}|[0-9]T[0-9]{3}|[0-9]{2}T[0-9]{2}|[0-9]{3}T[0-9]|[0-9]{4}T)"
_FORM = rf"^{_GRID}(?:{_BUILDING}(?:[0-9]{{6}}|\*{{6}})?|\*{{11}})$"
# A 25-digit code that went through a spreadsheet number keeps 15 digits and ends in ten zeros; no grid holds so
# many buildings that the same code could have been assigned.
_PRECISION_LOST = r"^[0-9]{15}0{10}$|^[0-9]+(?:\.[0-9]+)?[eE]\+?[0-9]+$|^[0-9]{19,25}\.0+$"

REASONS: dict[str, str] = {
    "empty": "is empty",
    "precision_lost": "a spreadsheet turned it into a number, its last digits are gone",
    "wrong_length": "a building has 19 positions and a room 25",
    "wrong_mask": "* must fill positions 20 to 25 (in a building) or 15 to 25 (outside)",
    "wrong_character": "only digits, one T in positions 15 to 19, and a masked tail are allowed",
}


class CodeError(ValueError):
    """Not a unified address code. `reason` is a key of REASONS; the message never repeats the text."""

    def __init__(self, reason: str) -> None:
        super().__init__(REASONS[reason])
        self.reason = reason


@dataclass(frozen=True, order=True)
class Code:
    """A well-formed code. Whether it was ever assigned is known by the address library alone."""

    text: str

    def __post_init__(self) -> None:
        reason = _reason_of(self.text)
        if reason:
            raise CodeError(reason)

    def __str__(self) -> str:
        return self.text

    @property
    def kind(self) -> Kind:
        """unit, building (19), building_itself (suffix 000000), in_building (…******), outside (…***********)."""
        if len(self.text) == BUILDING_LENGTH:
            return "building"
        if self.text.endswith(OUTSIDE_MASK):
            return "outside"
        if self.text.endswith(IN_BUILDING_MASK):
            return "in_building"
        return "building_itself" if self.text.endswith(ITSELF_SUFFIX) else "unit"

    @property
    def building(self) -> str | None:
        """The 19 positions of the building, None outside any building."""
        return None if self.kind == "outside" else self.text[:BUILDING_LENGTH]

    @property
    def grid(self) -> str:
        """The 14 positions of the base grid at assignment: today's grid is an attribute of the building."""
        return self.text[:GRID_LENGTH]

    @property
    def is_temporary(self) -> bool:
        """True with a T in the building part (temporary structure; practice, not standard)."""
        return "T" in self.text


def parse(text: str) -> Code:
    """A well-formed code, or CodeError with its reason. No trimming: cleaning has done that."""
    return Code(text)


def building_of(code: str) -> str:
    """The building of a unit, of an element in a building, or of a building's own code; CodeError outside."""
    building = Code(code).building
    if building is None:
        raise CodeError("wrong_length")
    return building


def building_itself(building_code: str) -> str:
    """The 25-position code of the building itself, suffix 000000."""
    return Code(_only_building(building_code) + ITSELF_SUFFIX).text


def mask_in_building(building_code: str) -> str:
    """The code of an element in a building but in no room (SZDB/Z 281—2017: positions 20 to 25 are *)."""
    return Code(_only_building(building_code) + IN_BUILDING_MASK).text


def mask_outside(grid_code: str) -> str:
    """The code of an element outside any building (positions 15 to 25 are *), from the 14 of its base grid."""
    if not re.fullmatch(_GRID, grid_code):
        raise CodeError("wrong_length" if len(grid_code) != GRID_LENGTH else "wrong_character")
    return grid_code + OUTSIDE_MASK


def unit_code(building_code: str, sequence: int) -> str:
    """The code of the n-th room of a building; the first is 1, a sequence is never used again."""
    if not 1 <= sequence <= 999_999:
        raise CodeError("wrong_length")
    return Code(f"{_only_building(building_code)}{sequence:06d}").text


def checked(expr: pl.Expr) -> pl.Expr:
    """Vectorised `parse`: struct(is_valid: bool, kind: str|null, reason: str|null in plain words)."""
    valid = is_valid(expr)
    reason = (
        pl.when(valid)
        .then(None)
        .when(expr.is_null() | (expr == ""))
        .then(pl.lit(REASONS["empty"]))
        .when(is_precision_lost(expr))
        .then(pl.lit(REASONS["precision_lost"]))
        .when(~expr.str.len_chars().is_in([BUILDING_LENGTH, UNIT_LENGTH]))
        .then(pl.lit(REASONS["wrong_length"]))
        .when(expr.str.contains("*", literal=True))
        .then(pl.lit(REASONS["wrong_mask"]))
        .otherwise(pl.lit(REASONS["wrong_character"]))
    )
    return pl.struct(is_valid=valid, kind=kind_expr(expr), reason=reason)


def is_valid(expr: pl.Expr) -> pl.Expr:
    """True for a well-formed code, False else and for null."""
    return (expr.str.contains(_FORM) & ~is_precision_lost(expr)).fill_null(False)


def is_precision_lost(expr: pl.Expr) -> pl.Expr:
    """True for a code a spreadsheet turned into a number (4.4E+24, or positions 16 to 25 all zero)."""
    return expr.str.contains(_PRECISION_LOST).fill_null(False)


def kind_expr(expr: pl.Expr) -> pl.Expr:
    """Vectorised `Code.kind`, null where malformed."""
    return (
        pl.when(~is_valid(expr))
        .then(None)
        .when(expr.str.len_chars() == BUILDING_LENGTH)
        .then(pl.lit("building"))
        .when(expr.str.ends_with(OUTSIDE_MASK))
        .then(pl.lit("outside"))
        .when(expr.str.ends_with(IN_BUILDING_MASK))
        .then(pl.lit("in_building"))
        .when(expr.str.ends_with(ITSELF_SUFFIX))
        .then(pl.lit("building_itself"))
        .otherwise(pl.lit("unit"))
    )


def building_expr(expr: pl.Expr) -> pl.Expr:
    """Vectorised `Code.building`: 19 positions, null where malformed or outside."""
    inside = is_valid(expr) & ~expr.str.ends_with(OUTSIDE_MASK)
    return pl.when(inside).then(expr.str.slice(0, BUILDING_LENGTH)).otherwise(None)


def _only_building(building_code: str) -> str:
    code = Code(building_code)
    if code.kind != "building":
        raise CodeError("wrong_length")
    return code.text


def _reason_of(text: str) -> str | None:
    if not text:
        return "empty"
    if re.search(_PRECISION_LOST.replace("$", r"\Z"), text):
        return "precision_lost"
    if re.search(_FORM.replace("$", r"\Z"), text):
        return None
    if len(text) not in (BUILDING_LENGTH, UNIT_LENGTH):
        return "wrong_length"
    return "wrong_mask" if "*" in text else "wrong_character"
