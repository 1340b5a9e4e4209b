"""Excel eats codes: a code or identifier that went through a spreadsheet number has lost its last digits.

4403060100021300483 as a number becomes …0224, a well-formed code of another door; so the type of the cell is
evidence, not only its text.
"""

from __future__ import annotations

import polars as pl

from schemas.code import is_precision_lost
from schemas.contract import Column, Contract, Role
from transforms.reading.quarantine import faults_of, no_faults

SCIENTIFIC = r"^\s*[0-9](?:[.．][0-9]+)?[eE]\+?[0-9]{1,2}\s*$"
IDENTIFYING = {Role.UNIT_CODE, Role.PERSON_ID, Role.EMBEDDED_PERSON_ID, Role.USCC, Role.PHONE, Role.AREA_CODE}


def precision_lost(rows: pl.DataFrame, contract: Contract, numeric: pl.DataFrame | None = None) -> pl.DataFrame:
    """Quarantine lines (rule precision_lost) for the cells of `rows` that a spreadsheet has rounded.

    `numeric`: per contract column a Boolean, true where the cell was a number; same rows, in the same order.
    """
    faults = [no_faults()]
    for column in contract.columns:
        if column.name not in rows.columns or column.type != "string" or column.is_dropped:
            continue
        broken = _lost_text(column)
        if numeric is not None and column.name in numeric.columns:
            is_number = pl.lit(numeric[column.name])
            rounded = is_number & pl.col(column.name).str.contains(r"^[0-9]{16,}")  # 15 digits are exact
            broken = rounded if broken is None else broken | rounded
        if broken is None:
            continue
        faults.append(faults_of(rows, broken, column.name, "precision_lost"))
    return pl.concat(faults)


def _lost_text(column: Column) -> pl.Expr | None:
    """What the text alone tells: 4.4E+24, or digits that end where a spreadsheet stops."""
    text = pl.col(column.name)
    if column.role is Role.UNIT_CODE:
        # a building code (19) has no such tail either: no grid holds tens of thousands of buildings
        return is_precision_lost(text.str.strip_chars()) | text.str.contains(r"^\s*[0-9]{15}0{4}\s*$|" + SCIENTIFIC)
    if column.role in IDENTIFYING or column.key:
        return text.str.contains(SCIENTIFIC)
    return None
