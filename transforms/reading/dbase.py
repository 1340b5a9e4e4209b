"""DBF: fixed-width text tables of the dBASE family, cut by array.

Own code: GDAL reads DBF too, but turns numeric fields into floats, which is the very loss `precision` looks for.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.source import Sheet, SourceFile

FIELD = 32  # bytes of one field description
END_OF_FIELDS = b"\r"
DELETED = ord("*")


def read_dbase(source: SourceFile, contract: Contract) -> Sheet:
    """One DBF table as a grid of text; records marked deleted are left out, row numbers count them.

    Raises BatchRefused: unreadable_file, truncated_file.
    """
    return read_table(source, "gb18030" if contract.reading.encoding == "gb18030" else "utf-8")


def read_table(source: SourceFile, encoding: str) -> Sheet:
    """The attribute table of a DBF or a shapefile."""
    content = source.content
    if len(content) < FIELD + 1 or content[0] & 0x07 not in (2, 3, 4, 5) or content.find(END_OF_FIELDS, FIELD) < 0:
        raise _refused("unreadable_file", source, "the file is no DBF table")
    records = int.from_bytes(content[4:8], "little")
    start = int.from_bytes(content[8:10], "little")
    width = int.from_bytes(content[10:12], "little")
    names, lengths, numeric = _fields(content, encoding)
    if not names or width < 1 + sum(lengths) or start > len(content):
        raise _refused("unreadable_file", source, "the field descriptions do not fit the records")
    whole = (len(content) - start) // width
    if whole < records:
        raise _refused("truncated_file", source, f"{records} records announced, {whole} in the file", whole + 1, whole)
    grid = np.frombuffer(content, np.uint8, records * width, start).reshape(records, width)
    kept = np.flatnonzero(grid[:, 0] != DELETED)
    grid = grid[kept]
    columns: dict[str, list[str]] = {}
    at = 1
    for position, length in enumerate(lengths):
        columns[str(position)] = _decoded(grid[:, at : at + length], encoding)
        at += length
    body = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    body = body.with_columns(pl.all().str.strip_chars(" \x00"))
    overflown = [pl.when(~pl.col(name).str.contains(r"^\*+$")).then(pl.col(name)).alias(name) for name in numeric]
    body = body.with_columns(*overflown, row_number=pl.Series(kept + 1, dtype=pl.UInt32))
    return Sheet(header=names, body=body)


def _fields(content: bytes, encoding: str) -> tuple[list[str], list[int], list[str]]:
    """Names, widths, and the positions of numeric fields, whose asterisks say “no value”."""
    names: list[str] = []
    lengths: list[int] = []
    numeric: list[str] = []
    at = FIELD
    while content[at : at + 1] not in (END_OF_FIELDS, b"") and at + FIELD <= len(content):
        names.append(content[at : at + 11].split(b"\0")[0].decode(encoding, "ignore").strip())
        if content[at + 11 : at + 12] in (b"N", b"F"):
            numeric.append(str(len(lengths)))
        lengths.append(content[at + 16])
        at += FIELD
    return names, lengths, numeric


def _decoded(cells: np.ndarray, encoding: str) -> list[str]:
    """A column of fixed-width cells as texts. A line end is no part of any character of the two encodings, so the
    whole column decodes at once and a character cut at a cell's end harms no other cell."""
    if not len(cells):
        return []
    lined = np.full((cells.shape[0], cells.shape[1] + 1), ord("\n"), np.uint8)
    lined[:, :-1] = np.where((cells == ord("\n")) | (cells == ord("\r")), ord(" "), cells)
    return lined.tobytes().decode(encoding, "replace").split("\n")[:-1]


def _refused(rule: str, source: SourceFile, message: str, row: int | None = None, received: int = 0) -> BatchRefused:
    mend = "ask the department to send the file again"
    return BatchRefused(rule, message, mend, file=source.base_name, row=row, received=received)
