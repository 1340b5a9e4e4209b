"""Whole deliveries that a department got wrong, by the batch rules of schemas/rules.yaml: two a day, none on the first.

The day after, the same feed is good again and brings what the refused delivery held back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from schemas.contract import Contract, Role
from synth import formats
from synth.draw import Draw
from synth.workbook import NUMBER

# one pair a day; no feed on two days running
PLAN = [
    [("education__students", "truncated_file"), ("hotline__requests", "repeated_content")],
    [("water__accounts", "row_drop"), ("housing__leases", "wrong_encoding")],
    [("police__residents", "quarantined_share"), ("civil_affairs__elderly_subsidies", "missing_column")],
    [("human_resources__contributions", "manifest_mismatch"), ("fire__inspections", "empty_file")],
    [("grid_office__findings", "no_rows"), ("education__students", "wrong_delimiter")],
    [("water__accounts", "column_vanished"), ("housing__leases", "mixed_encoding")],
    [("education__students", "null_jump"), ("natural_resources__buildings", "unreadable_file")],
    [("grid_office__findings", "duplicate_column"), ("grid_office__door_outcomes", "precision_lost")],
    [("civil_affairs__elderly_subsidies", "match_drop"), ("market_regulation__organisations", "suite_error")],
    [("housing__leases", "line_too_long"), ("hotline__requests", "truncated_file")],
    [("police__residents", "row_drop"), ("human_resources__contributions", "repeated_content")],
]


@dataclass(frozen=True)
class Delivery:
    """A file's bytes, the rows it holds as truth knows them, and what the manifest (if any) says of it."""

    content: bytes
    rows: pl.DataFrame
    claimed_rows: int


def planned(position: int) -> dict[str, str]:
    """The broken deliveries of a day (position from 0): feed id to rule."""
    return dict(PLAN[(position - 1) % len(PLAN)]) if position > 0 else {}


def delivery(
    rule: str, rows: pl.DataFrame, contract: Contract, *, day: date, draw: Draw, before: Delivery | None
) -> Delivery | None:
    """The broken file of a day, or None when this fault cannot be shown on these rows."""
    if rule == "repeated_content" or rows.height < 4:
        return before if rule == "repeated_content" else None
    if rule in _ROWS:
        rows = _ROWS[rule](rows, contract, draw)
    whole = formats.write(rows, contract, day)
    nothing = rows.clear()
    match rule:
        case "empty_file":
            return Delivery(b"", nothing, 0)
        case "no_rows":
            return Delivery(formats.write(nothing, contract, day), nothing, 0)
        case "unreadable_file":
            return Delivery(b"\x00" * 64 + whole[1000:6000], nothing, 0)
        case "truncated_file":
            return _cut(whole, rows)
    claimed = rows.height + 7 if rule == "manifest_mismatch" else rows.height
    return Delivery(_rewritten(rule, whole, contract) if rule in _REWRITTEN else whole, rows, claimed)


def _cut(whole: bytes, rows: pl.DataFrame) -> Delivery:
    """Ends in the middle of a row, about two thirds through."""
    end = whole.find(b"\n", len(whole) * 2 // 3)
    start = whole.rfind(b"\n", 0, end)
    content = whole[: start + max(2, (end - start) // 3)]
    kept = content.count(b"\n") - (0 if whole.lstrip().startswith(b"{") else 1)
    return Delivery(content, rows.head(kept), kept)


_REWRITTEN = ("wrong_encoding", "mixed_encoding", "wrong_delimiter", "duplicate_column", "line_too_long")


def _rewritten(rule: str, whole: bytes, contract: Contract) -> bytes:
    """A text file in another encoding or with another delimiter, a doubled header or a giant line."""
    reading = contract.reading
    declared = "gb18030" if reading.encoding == "gb18030" else "utf-8"
    other = "utf-8" if declared == "gb18030" else "gb18030"
    body = whole.removeprefix(b"\xef\xbb\xbf")
    half = body.find(b"\n", len(body) // 2) + 1
    match rule:
        case "wrong_encoding":
            return body.decode(declared, "replace").encode(other, "replace")
        case "mixed_encoding":
            return body[:half] + body[half:].decode(declared, "replace").encode(other, "replace")
        case "wrong_delimiter":
            return whole.replace(reading.delimiter.encode(), b";")
        case "duplicate_column":
            head, _, rest = body.partition(b"\n")
            first = contract.columns[-1].header.encode(declared)
            return head + b"," + first + b"\n" + rest.replace(b"\n", b",\n")
        case "line_too_long":
            return body[:half] + b"x" * 1_200_000 + b"\n" + body[half:]
        case _:
            raise NotImplementedError(rule)


def _half(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    return rows.filter(pl.Series(draw.generator.random(rows.height) < 0.45))


def _without_column(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """The column of the identity number, or another required one, is not in the file."""
    required = [column for column in contract.columns if column.required and not column.key]
    return rows.drop(required[0].name)


def _bad_rows(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """Three rows in five lost the end of their identity number."""
    column = contract.column_of(Role.PERSON_ID)
    assert column is not None
    bad = pl.Series(draw.generator.random(rows.height) < 0.6)
    return rows.with_columns(
        pl.when(bad).then(pl.col(column.name).str.slice(0, 14)).otherwise(column.name).alias(column.name)
    )


def _emptied(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """An optional column of the snapshot is wholly empty."""
    name = "meter_number" if contract.feed_id == "water__accounts" else contract.columns[-1].name
    return rows.with_columns(pl.lit(None, pl.String).alias(name))


def _thinned(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """Nine cells in ten of the area name are gone."""
    column = contract.column_of(Role.AREA_NAME)
    assert column is not None
    gone = pl.Series(draw.generator.random(rows.height) < 0.9)
    return rows.with_columns(pl.when(~gone).then(column.name).alias(column.name))


def _unaddressed(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """Seven addresses in ten were replaced by a note."""
    column = contract.column_of(Role.ADDRESS_TEXT)
    assert column is not None
    gone = pl.Series(draw.generator.random(rows.height) < 0.7)
    return rows.with_columns(
        pl.when(gone).then(pl.lit("详见纸质档案")).otherwise(column.name).alias(column.name),
        *(pl.when(~gone).then(name).alias(name) for name in ("_unit", "_building")),
        _level=pl.when(gone).then(pl.lit("none")).otherwise("_level"),
    )


def _one_code(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """Every organisation carries the code of the first."""
    column = contract.column_of(Role.USCC)
    assert column is not None
    return rows.with_columns(pl.col(column.name).first())


def _as_numbers(rows: pl.DataFrame, contract: Contract, draw: Draw) -> pl.DataFrame:
    """Every code went through a spreadsheet number."""
    column = contract.column_of(Role.UNIT_CODE)
    assert column is not None
    cell = pl.col(column.name)
    return rows.with_columns(
        pl.when(cell.str.contains("^[0-9]{25}$")).then(NUMBER + cell).otherwise(cell).alias(column.name)
    )


_ROWS = {
    "row_drop": _half,
    "missing_column": _without_column,
    "quarantined_share": _bad_rows,
    "column_vanished": _emptied,
    "null_jump": _thinned,
    "match_drop": _unaddressed,
    "suite_error": _one_code,
    "precision_lost": _as_numbers,
}
