"""Files as departments write them: one writer a format, bytes that depend on nothing but the rows.

Every writer takes the rows as text, columns named as in the contract, and returns the file's bytes. Row numbers in the
truth count every record a person sees, title and header lines included; `first_row` says where data begins.
"""

from __future__ import annotations

import io
import json
import struct
import tempfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import polars as pl

from schemas.contract import Column, Contract

EXCEL_EPOCH = date(1899, 12, 30)
CUT_CELL = "\x01"  # a row whose last cell and its delimiter are missing
BROKEN_CELL = "\x02"  # bytes no encoding knows
NUMBER = "\x03"  # before a code that a spreadsheet shall hold as a number
BROKEN_BYTES = b"\xff\xff"


def first_row(contract: Contract) -> int:
    """The number of the first data row as a person sees it."""
    match contract.reading.format:
        case "csv":
            return 2
        case "xlsx":
            return 1 + HEAD_ROWS.get(contract.feed_id, 1)
        case _:
            return 1


HEAD_ROWS = {"health__births_deaths": 3, "civil_affairs__elderly_subsidies": 2}  # title, merged header, header
FOOT_ROWS = {"health__births_deaths": ("合计", "填表人：", "审核人：")}
TITLES = {"health__births_deaths": "宝安区出生死亡登记表", "civil_affairs__elderly_subsidies": "宝安区高龄津贴发放名册"}


def columns_of(rows: pl.DataFrame, contract: Contract) -> list[Column]:
    """The contract's columns that `rows` holds, in the contract's order."""
    return [column for column in contract.columns if column.name in rows.columns]


def write(rows: pl.DataFrame, contract: Contract, day: date) -> bytes:
    """The file of one delivery; `rows` holds the contract's columns as text (and `geometry` as WKB)."""
    match contract.reading.format:
        case "csv":
            return csv(rows, contract)
        case "xlsx":
            return xlsx(rows, contract, day)
        case "jsonl":
            return jsonl(rows, contract)
        case "dbf":
            return dbf(rows, contract, day)
        case "gpkg":
            return gpkg(rows, contract, day)
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
        values = rows[column.name].fill_null("").to_list()
        encoded = [value.encode("gb18030") for value in values]
        width = max([1, *(len(value) for value in encoded)])
        width = min(max(width, 12 if column.type == "number" else 8), 254)
        number = column.type in ("integer", "number")
        padded = [value.rjust(width) if number else value.ljust(width) for value in encoded]
        cells.append(np.array(padded, dtype=f"S{width}") if padded else np.empty(0, dtype=f"S{width}"))
        kind = b"N" if number else b"C"
        header = column.header.encode("gb18030")[:10].ljust(11, b"\0")
        fields.append(header + kind + b"\0" * 4 + bytes([width, 2 if column.type == "number" else 0]) + b"\0" * 14)
    record = 1 + sum(cell.dtype.itemsize for cell in cells)
    head = struct.pack(
        "<BBBBIHH20x", 3, day.year - 1900, day.month, day.day, rows.height, 33 + 32 * len(fields), record
    )
    layout = np.dtype([("deleted", "S1"), *((f"f{number}", cell.dtype) for number, cell in enumerate(cells))])
    table = np.zeros(rows.height, dtype=layout)
    table["deleted"] = b" "
    for number, cell in enumerate(cells):
        table[f"f{number}"] = cell
    return head + b"".join(fields) + b"\r" + table.tobytes() + b"\x1a"


def gpkg(rows: pl.DataFrame, contract: Contract, day: date) -> bytes:
    """A GeoPackage layer; its timestamps are the delivery day's."""
    import pyogrio
    from pyogrio.raw import write as write_layer

    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{day.isoformat()}T00:00:00.000Z"})
    fields, data = [], []
    for column in columns_of(rows, contract):
        if column.name == "geometry":
            continue
        fields.append(column.header)
        if column.type == "integer":
            data.append(rows[column.name].cast(pl.Int32, strict=False).fill_null(0).to_numpy())
        elif column.type == "number":
            data.append(rows[column.name].cast(pl.Float64, strict=False).to_numpy())
        else:
            data.append(np.array(rows[column.name].to_list(), dtype=object))
    masks = [None if column.dtype.kind == "O" else rows[name].is_null().to_numpy() for name, column in zip(
        [column.name for column in columns_of(rows, contract) if column.name != "geometry"], data, strict=True)]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.gpkg"
        write_layer(
            path,
            geometry=np.array(rows["geometry"].to_list(), dtype=object),
            field_data=data,
            fields=fields,
            field_mask=masks,
            layer=contract.feed_id.split("__")[1],
            driver="GPKG",
            geometry_type="Polygon",
            crs=contract.reading.crs,
        )
        return path.read_bytes()


def xlsx(rows: pl.DataFrame, contract: Contract, day: date) -> bytes:
    """A sheet as a clerk fills it: titles and merged headers where the department has them, dates as serial numbers."""
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"constant_memory": True, "default_date_format": "yyyy-mm-dd"})
    book.set_properties({"title": contract.name, "created": datetime(day.year, day.month, day.day)})
    sheet = book.add_worksheet()
    headers = [column.header for column in columns_of(rows, contract)]
    head = HEAD_ROWS.get(contract.feed_id, 1)
    if head >= 2:
        sheet.merge_range(
            0, 0, 0, len(headers) - 1, f"{TITLES[contract.feed_id]}（{day.year}年{day.month}月{day.day}日）"
        )
    if head >= 3:
        half = len(headers) // 2
        sheet.merge_range(1, 0, 1, half - 1, "基本信息")
        sheet.merge_range(1, half, 1, len(headers) - 1, "登记信息")
    sheet.write_row(head - 1, 0, headers)
    columns = [_excel_cells(rows[column.name], column.type) for column in columns_of(rows, contract)]
    formats = [
        book.add_format({"num_format": "yyyy-mm-dd"}) if column.type == "date" and not column.meaning.masked
        else book.add_format({"num_format": "yyyy-mm-dd hh:mm"}) if column.type == "timestamp"
        else None
        for column in columns_of(rows, contract)
    ]  # fmt: skip
    for number, row in enumerate(zip(*columns, strict=True), start=head):
        for position, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, position, value)
            elif value is not None:
                sheet.write_number(number, position, value, formats[position])
    for number, text in enumerate(FOOT_ROWS.get(contract.feed_id, ()), start=head + rows.height):
        sheet.write_string(number, 0, text)
        if text == "合计":
            sheet.write_number(number, 1, rows.height)
    book.close()
    return buffer.getvalue()


def _excel_cells(values: pl.Series, kind: str) -> list[str | float | None]:
    """Numbers as numbers, dates and times as serial numbers, anything that is not one as text."""
    texts = values.to_list()
    if kind in ("integer", "number"):
        numbers = values.cast(pl.Float64, strict=False).to_list()
    elif kind == "date":
        days = values.str.to_date("%Y-%m-%d", strict=False)
        numbers = ((days - EXCEL_EPOCH).dt.total_days().cast(pl.Float64)).to_list()
    elif kind == "timestamp":
        times = values.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False)
        numbers = ((times - datetime(1899, 12, 30)).dt.total_seconds() / 86_400).to_list()
    else:
        return [float(text[1:]) if text is not None and text.startswith(NUMBER) else text for text in texts]
    return [number if number is not None else text for number, text in zip(numbers, texts, strict=True)]
