"""Faults put into single rows on purpose, by the row rules of schemas/rules.yaml: about one row in a hundred.

A fault changes one cell (or copies the row, for conflicting_key) and names its rule in `_rule`. Which rules fit a feed
follows from its contract, so a new column with a role brings its faults along.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from schemas.contract import Column, Contract, Role
from synth.draw import Draw
from synth.formats import BROKEN_CELL, CUT_CELL
from synth.workbook import NUMBER

SHARE = 0.01
_TEXT_FORMATS = ("csv", "jsonl")
_NEXT_DIGIT = {str(digit): str((digit + 1) % 10) for digit in range(10)} | {"X": "0"}
_NEXT_LETTER = dict(zip("0123456789ABCDEFGHJKLMNPQRTUWXY", "123456789ABCDEFGHJKLMNPQRTUWXY0", strict=True))


@dataclass(frozen=True, eq=False)
class Fault:
    """One rule, the column it is put into, which cells it fits, and the broken cell."""

    rule: str
    column: str
    fits: pl.Expr
    broken: pl.Expr


def plant(versions: pl.DataFrame, contract: Contract, draw: Draw, last_day: date) -> pl.DataFrame:
    """Breaks about `SHARE` of the rows, spread evenly over every fault that fits the feed."""
    faults = faults_of(contract, last_day)
    count = round(versions.height * SHARE)
    if count == 0:
        return versions
    rules = sorted({fault.rule for fault in faults})
    rows = draw.generator.permutation(versions.height)
    # a broken last line would read as a file cut off
    not_last = versions.select(pl.col("_record") < pl.col("_record").max().over("_first")).to_series().to_numpy()
    every = max(count, min(2 * len(rules), versions.height // 30))
    free = deque(rows[not_last[rows]][: 40 * every + 2000].tolist())
    chosen: dict[Fault, list[int]] = {}
    start = int(draw.integers(0, len(rules) - 1, 1)[0])
    options = {rule: [fault for fault in faults if fault.rule == rule] for rule in rules}
    held = {fault: versions.with_columns(_fits=fault.fits.fill_null(False))["_fits"].to_numpy() for fault in faults}
    for turn in range(every):
        rule = rules[(start + turn) % len(rules)]
        fault = options[rule][turn // len(rules) % len(options[rule])]
        if rule == "precision_lost" and turn // len(rules) >= 4:
            continue  # more of them and the whole delivery is refused
        for _ in range(min(len(free), 500)):
            row = free.popleft()
            if held[fault][row]:
                chosen.setdefault(fault, []).append(row)
                break
            free.append(row)  # another rule may fit it
    return _broken(versions, chosen, contract)


def _broken(versions: pl.DataFrame, chosen: dict[Fault, list[int]], contract: Contract) -> pl.DataFrame:
    """The frame with the chosen cells broken; a conflicting row is written again behind its twin."""
    columns = {name: versions[name] for name in versions.columns}
    copies = []
    for fault, rows in chosen.items():
        at = pl.Series(rows, dtype=pl.UInt32)
        values = versions.select(fault.broken.alias("broken")) if fault.rule == "area_mismatch" else None
        hit = values[at] if values is not None else versions[at].select(fault.broken.alias("broken"))
        cells = hit["broken"] if hit.height == len(rows) else pl.repeat(hit["broken"][0], len(rows), eager=True)
        columns["_rule"] = columns["_rule"].scatter(at, fault.rule)
        if fault.rule == "conflicting_key":
            twin = versions[at].with_columns(cells.alias(fault.column), _rule=pl.lit(fault.rule), _row=at)
            copies.append(twin)
            continue
        if fault.rule == "coordinates_swapped":
            latitude = contract.column_of(Role.LATITUDE)
            assert latitude is not None
            columns[latitude.name] = columns[latitude.name].scatter(at, versions[fault.column].gather(at))
        columns[fault.column] = columns[fault.column].scatter(at, cells)
    frame = pl.DataFrame(columns).with_row_index("_row")
    return (
        pl.concat([frame, *(copy.select(frame.columns) for copy in copies)])
        .sort("_row", maintain_order=True)
        .drop("_row")
    )


def faults_of(contract: Contract, last_day: date) -> list[Fault]:
    """Every fault that fits the feed's columns and format."""
    faults = [fault for column in contract.columns for fault in _of_column(column, contract, last_day)]
    quantity = next((column for column in contract.columns if column.role is Role.ADDRESS_TEXT), None)
    if quantity is not None and contract.reading.format != "gpkg":
        other = pl.col(quantity.name) + "（旧）"
        faults.append(Fault("conflicting_key", quantity.name, pl.col(quantity.name).is_not_null(), other))
    if contract.reading.format == "csv":
        faults.append(Fault("row_width", contract.columns[-1].name, pl.lit(True), pl.lit(CUT_CELL)))
    return faults


def _of_column(column: Column, contract: Contract, last_day: date) -> list[Fault]:
    name, cell = column.name, pl.col(column.name)
    there, form = cell.is_not_null(), contract.reading.format
    faults = []

    def add(rule: str, broken: pl.Expr, fits: pl.Expr = there) -> None:
        faults.append(Fault(rule, name, fits, broken))

    if column.is_dropped or column.role is Role.GEOMETRY:
        return []
    if column.required and not column.key:
        add("missing_value", pl.lit(None, pl.String))
    is_coordinate = column.role in (Role.LONGITUDE, Role.LATITUDE)
    if column.type in ("integer", "number") and form != "gpkg" and not is_coordinate:
        add("wrong_type", pl.lit("若干"))
    if column.options.maximum is not None:
        add("out_of_range", pl.lit(str(int(column.options.maximum) + 7)))
    elif column.options.minimum is not None:
        add("out_of_range", pl.lit(str(int(column.options.minimum) - 3)))
    if column.meaning.code_list:
        add("not_in_code_list", pl.lit("未列明"))
    if column.options.pattern and not column.key:
        add("bad_pattern", cell.str.slice(0, 3))
    if column.type in ("date", "timestamp"):
        faults += _of_dates(column, last_day)
    if form in _TEXT_FORMATS and column.role is Role.ADDRESS_TEXT:
        add("control_character", cell + "\x00")
        add("bad_encoding", cell.str.slice(0, 4) + BROKEN_CELL + cell.str.slice(4))
    by_role = _OF_ROLE.get(column.role) if column.role else None
    return faults + (by_role(column, contract) if by_role else [])


def _of_dates(column: Column, last_day: date) -> list[Fault]:
    there = pl.col(column.name).is_not_null()
    clock = " 10:00:00" if column.type == "timestamp" else ""
    impossible = "20261340" if column.meaning.masked else f"2026-02-30{clock}"
    faults = [Fault("impossible_date", column.name, there, pl.lit(impossible))]
    if not (column.meaning.future or column.meaning.open_ended or column.meaning.masked):
        future = f"{last_day + timedelta(days=400):%Y-%m-%d}{clock}"
        faults.append(Fault("future_date", column.name, there, pl.lit(future)))
    return faults


def _person_id(column: Column, contract: Contract) -> list[Fault]:
    cell = pl.col(column.name)
    inside = r"^(.*?)([0-9]{17})([0-9X])(.*)$"
    full = cell.str.contains(inside).fill_null(False)
    before, body, check, after = (cell.str.extract(inside, group) for group in range(1, 5))
    faults = [
        Fault("person_id_malformed", column.name, full, before + body.str.slice(0, 16) + check + after),
        Fault("person_id_check_digit", column.name, full, before + body + check.replace(_NEXT_DIGIT) + after),
    ]
    if contract.reading.format == "xlsx" and column.role is Role.PERSON_ID:
        # a number keeps 15 digits: the cell must show that some were lost
        faults.append(Fault("precision_lost", column.name, cell.str.contains(r"^[0-9]{17}[1-9]$"), NUMBER + cell))
    return faults


def _uscc(column: Column, contract: Contract) -> list[Fault]:
    cell = pl.col(column.name)
    there = cell.is_not_null()
    return [
        Fault("uscc_malformed", column.name, there, cell.str.slice(0, 16)),
        Fault("uscc_check_digit", column.name, there, cell.str.slice(0, 17) + cell.str.slice(17).replace(_NEXT_LETTER)),
    ]


def _unit_code(column: Column, contract: Contract) -> list[Fault]:
    cell = pl.col(column.name)
    inside = cell.is_not_null() & ~cell.str.contains(r"\*{11}$")
    faults = [Fault("code_malformed", column.name, cell.is_not_null(), cell.str.slice(0, 17))]
    unknown = cell.str.slice(0, 14) + "89999" + cell.str.slice(19)  # no grid holds so many buildings
    faults.append(Fault("code_unknown", column.name, inside, unknown))
    room = cell.str.contains(r"^[0-9]{25}$")
    if contract.reading.format == "xlsx":
        faults.append(Fault("precision_lost", column.name, room, NUMBER + cell))
    elif contract.reading.format == "csv":
        faults.append(Fault("precision_lost", column.name, room, pl.lit("4.40306E+24")))
    return faults


def _area_code(column: Column, contract: Contract) -> list[Fault]:
    name = contract.column_of(Role.AREA_NAME)
    cell = pl.col(column.name)
    there = cell.is_not_null()
    faults = [Fault("area_unknown", column.name, there, cell.str.head(-3) + "999")]
    if name is not None:
        first, second = cell.drop_nulls().first(), cell.drop_nulls().max()
        other = pl.when(cell == first).then(second).otherwise(first)
        fits = there & pl.col(name.name).is_not_null() & (first != second)
        faults.append(Fault("area_mismatch", column.name, fits, other))
    return faults


def _longitude(column: Column, contract: Contract) -> list[Fault]:
    latitude = contract.column_of(Role.LATITUDE)
    there = pl.col(column.name).is_not_null()
    assert latitude is not None
    return [
        Fault("coordinates_swapped", column.name, there, pl.col(latitude.name)),
        Fault("coordinates_outside", column.name, there, pl.lit("121.473701")),
    ]


_OF_ROLE: dict[Role, Callable[[Column, Contract], list[Fault]]] = {
    Role.PERSON_ID: _person_id,
    Role.EMBEDDED_PERSON_ID: _person_id,
    Role.USCC: _uscc,
    Role.UNIT_CODE: _unit_code,
    Role.AREA_CODE: _area_code,
    Role.LONGITUDE: _longitude,
}
