"""Files as departments write them: one writer a format, bytes that depend on nothing but the rows.

Every writer takes the rows as text, columns named as in the contract, and returns the file's bytes. Row numbers in the
truth count every record a person sees, title and header lines included; `first_row` says where data begins.
"""

from __future__ import annotations

import io
import json
import struct
from datetime import date

import numpy as np
import polars as pl

from schemas.contract import Column, Contract
from synth.geopackage import gpkg
from synth.workbook import head_rows, xlsx

CUT_CELL = "\x01"  # a row whose last cell and its delimiter are missing
BROKEN_CELL = "\x02"  # bytes no encoding knows
BROKEN_BYTES = b"\xff\xff"


def first_row(contract: Contract) -> int:
    """The number of the first data row as a person sees it."""
    match contract.reading.format:
        case "csv":
            return 2
        case "xlsx":
            return 1 + head_rows(contract)
        case _:
            return 1


def columns_of(rows: pl.DataFrame, contract: Contract) -> list[Column]:
    """The contract's columns that `rows` holds, in the contract's order."""
    return [column for column in contract.columns if column.name in rows.columns]


def write(rows: pl.DataFrame, contract: Contract, day: date) -> bytes:
    """The file of one delivery; `rows` holds the contract's columns as text (and `geometry` as WKB)."""
    match contract.reading.format:
        case "csv":
            return csv(rows, contract)
        case "xlsx":
            return xlsx(rows, columns_of(rows, contract), contract, day)
        case "jsonl":
            return jsonl(rows, contract)
        case "dbf":
            return dbf(rows, contract, day)
        case "gpkg":
            layer = contract.feed_id.split("__")[1]
            return gpkg(rows, columns_of(rows, contract), layer, contract.reading.crs, day)
        case other:
            raise NotImplementedError(other)


def csv(rows: pl.DataFrame, contract: Contract) -> bytes:
    """Delimited text in the contract's encoding, CRLF where the encoding is GB18030 (Windows clerks)."""
    reading = contract.reading
    named = rows.select(pl.col(column.name).alias(column.header) for column in columns_of(rows, contract))
    line = "\r\n" if reading.encoding == "gb18030" else "\n"
    buffer = io.BytesIO()
    named.write_csv(buffer, separator=reading.delimiter, line_terminator=line, null_value="")
    content = buffer.getvalue()
    if reading.encoding == "gb18030":
        content = content.decode().encode("gb18030")
    elif reading.encoding == "utf-8-sig":
        content = b"\xef\xbb\xbf" + content
    content = content.replace(reading.delimiter.encode() + CUT_CELL.encode(), b"")
    return content.replace(BROKEN_CELL.encode(), BROKEN_BYTES)


def jsonl(rows: pl.DataFrame, contract: Contract) -> bytes:
    """One JSON object a line; numbers as numbers where they are numbers."""
    columns = [column.name for column in columns_of(rows, contract)]
    headers = [json.dumps(column.header, ensure_ascii=False) for column in columns_of(rows, contract)]
    cells = []
    for name, header, column in zip(columns, headers, contract.columns, strict=True):
        escaped = pl.col(name).str.replace_all("\\", "\\\\", literal=True).str.replace_all('"', '\\"', literal=True)
        text = pl.lit('"') + escaped.str.replace_all("\x00", "\\u0000", literal=True) + pl.lit('"')
        if column.type in ("integer", "number"):
            is_number = pl.col(name).str.contains(r"^-?(0|[1-9]\d*)(\.\d+)?$")
            text = pl.when(is_number).then(pl.col(name)).otherwise(text)
        cells.append(pl.lit(f"{header}: ") + text.fill_null("null"))
    lines = rows.select(pl.lit("{") + pl.concat_str(cells, separator=", ") + pl.lit("}")).to_series()
    content = ("\n".join(lines.to_list()) + "\n").encode() if rows.height else b""
    return content.replace(BROKEN_CELL.encode(), BROKEN_BYTES)


def dbf(rows: pl.DataFrame, contract: Contract, day: date) -> bytes:
    """dBase III: fixed widths, GB18030 bytes, numbers right-aligned, field names of at most ten bytes."""
    fields, cells = [], []
    for column in columns_of(rows, contract):
        number = column.type in ("integer", "number")
        cell = _fixed(rows[column.name].fill_null(""), 12 if number else 8, right=number)
        cells.append(cell)
        header = column.header.encode("gb18030")[:10].ljust(11, b"\0")
        kind, decimals = (b"N", 2 if column.type == "number" else 0) if number else (b"C", 0)
        fields.append(header + kind + b"\0" * 4 + bytes([cell.dtype.itemsize, decimals]) + b"\0" * 14)
    record = 1 + sum(cell.dtype.itemsize for cell in cells)
    head = struct.pack(
        "<BBBBIHH20x", 3, day.year - 1900, day.month, day.day, rows.height, 33 + 32 * len(fields), record
    )
    layout = np.dtype([("deleted", "S1"), *((f"f{number}", cell.dtype) for number, cell in enumerate(cells))])
    table = np.zeros(rows.height, dtype=layout)
    table["deleted"] = b" "
    for place, cell in enumerate(cells):
        table[f"f{place}"] = cell
    return head + b"".join(fields) + b"\r" + table.tobytes() + b"\x1a"


def _fixed(values: pl.Series, least: int, *, right: bool) -> np.ndarray:
    """Cells as GB18030 bytes of one width, filled with spaces."""
    if values.is_empty():
        return np.empty(0, dtype=f"S{least}")
    if right:
        values = values.str.pad_start(max(least, *values.str.len_chars().to_list()))
    encoded = "\n".join(values.to_list()).encode("gb18030").split(b"\n")
    width = min(max(least, *map(len, encoded), 1), 254) if len(encoded) > 1 else max(least, len(encoded[0]))
    cells = np.array(encoded, dtype=f"S{width}")
    octets = cells.view(np.uint8)
    octets[octets == 0] = 32
    return cells
