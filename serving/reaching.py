"""Whether an agreement may run at all: approved, not expired, and reaching for nothing that never leaves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from schemas.errors import BlockdataError

if TYPE_CHECKING:
    from schemas.agreement import Agreement
    from serving.released import Released

PERSON = "person_key"
ASK = "ask whoever approved the agreement for a new one"
# What names one record: two recipients holding it join their rows, however the person keys were masked.
RECORD = frozenset({"record_id", "row_hash", "row_number"})


def state(agreement: Agreement, today: date) -> str:
    """`runs`, or in a few words why not on this day."""
    if not agreement.approved_by.strip() or agreement.approved_on is None or agreement.approved_on > today:
        return "not approved"
    return "expired" if agreement.is_expired(today) else "runs"


def check_may_run(agreement: Agreement, released: Released, today: date) -> None:
    """Refuse (BlockdataError) what is not approved, expired, or asks for more than there is to grant."""
    now = state(agreement, today)
    if now != "runs":
        until = f" (it ran until {agreement.expires_on})" if now == "expired" else f" as of {today}"
        raise BlockdataError(f"agreement {agreement.id} is {now}{until}: nothing leaves", ASK)
    if not released.has(agreement.source_table):
        raise BlockdataError(
            f"agreement {agreement.id} reaches for {agreement.source_table}, which the release does not hold",
            "`SELECT table_name FROM release.table` lists what there is",
        )
    direct = _direct_identifiers(agreement.source_table)
    for column in agreement.columns:
        if column.name in direct:
            raise BlockdataError(
                f"agreement {agreement.id} reaches for the direct identifier {column.name}",
                "remove it; none ever leaves",
            )
    there = set(released.columns(agreement.source_table))
    strange = [column.name for column in agreement.columns if column.name not in there]
    if strange:
        raise BlockdataError(
            f"agreement {agreement.id} reaches for what {agreement.source_table} does not have: {', '.join(strange)}",
            f"`DESCRIBE {agreement.source_table}` shows what there is",
        )
    _check_names_no_record(agreement, there)
    _check_numbers(agreement, released)
    _check_maskings(agreement, released)
    _check_area(agreement, released)


def _check_names_no_record(agreement: Agreement, there: set[str]) -> None:
    """Of persons, no business number leaves as it is: it would undo the re-keying of `person_key`."""
    from schemas.contract import load_contracts

    if PERSON not in there:
        return
    schema, _, feed = agreement.source_table.partition(".")
    contract = load_contracts().get(feed) if schema.startswith("record") else None
    names = RECORD | {column.name for column in (contract.key_columns if contract else ())}
    naming = [one.name for one in agreement.columns if one.name in names and one.masking not in ("rekey", "drop")]
    if naming:
        raise BlockdataError(
            f"agreement {agreement.id}: {', '.join(naming)} names one record, so two recipients could join their rows",
            "give it masking rekey or drop",
        )


def _check_numbers(agreement: Agreement, released: Released) -> None:
    """No number that is one person's own, and no condition that tells what is withheld."""
    if released.profile_of(agreement.source_table) == "person":
        single = [one.name for one in agreement.measures if one.function in ("min", "max")]
        if single:
            raise BlockdataError(
                f"agreement {agreement.id}: {', '.join(single)} is the value of one record, however large the group",
                "grant avg or sum, or none",
            )
    cells = set(agreement.cell_columns)
    telling = [one.column for one in agreement.conditions if one.column in cells]
    if telling:
        raise BlockdataError(
            f"agreement {agreement.id}: a condition on {', '.join(telling)} tells numbers that are withheld",
            "condition on places only",
        )


def _check_maskings(agreement: Agreement, released: Released) -> None:
    """Each masking, bound and calculation on a column of its kind."""
    types = released.types(agreement.source_table)
    wrong = [
        f"{one.name} is no {what}"
        for one in agreement.columns
        for masking, what, kinds in (
            ("year", "date", ("Date", "Datetime")),
            ("round", "number", ("Int", "UInt", "Float", "Decimal")),
            ("rekey", "text", ("String",)),
        )
        if one.masking == masking and not str(types[one.name]).startswith(kinds)
    ]
    bounded = [one.column for one in agreement.conditions if one.minimum is not None or one.maximum is not None]
    bounded += [one.column for one in agreement.measures if one.column and one.function in ("sum", "avg")]
    wrong += [f"{name} is no number" for name in bounded if not types[name].is_numeric()]
    if wrong:
        raise BlockdataError(
            f"agreement {agreement.id}: {'; '.join(dict.fromkeys(wrong))}", "take another masking or column"
        )


def _check_area(agreement: Agreement, released: Released) -> None:
    import polars as pl

    if agreement.area == ["all"]:
        return
    areas = released.read("address.area", ["area_code", "level"])
    streets = set(areas.filter(pl.col("level") == "street")["area_code"])
    outside = [code for code in agreement.area if code not in streets]
    if outside:
        raise BlockdataError(
            f"agreement {agreement.id} reaches outside the district: {', '.join(outside)} is no street here",
            "name streets of address.area by their unified code",
        )


def _direct_identifiers(table: str) -> set[str]:
    """Columns the feed's contract calls a direct identifier, tokens of names and phones included."""
    from schemas.contract import DIRECT_IDENTIFIERS, load_contracts

    schema, _, feed = table.partition(".")
    contract = load_contracts().get(feed) if schema.startswith("record") else None
    if contract is None:
        return set()
    names = {column.name for column in contract.columns if column.role in DIRECT_IDENTIFIERS}
    return names | {f"{name}_token" for name in names}
