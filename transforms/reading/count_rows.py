"""How many rows a file holds that nobody may read: a refused delivery is counted too, as well as can be told.

Cheap on purpose: lines, announced records and sheet heights, never cells. Titles and totals count as rows, as in
`Reading.received`; one line is taken off for the header.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.binary import kind_of
from transforms.reading.encoding import WIDE_BOMS
from transforms.reading.source import SourceFile
from transforms.reading.workbook_guard import refuse_dangerous

BLANK = b" \t\r\n\xef\xbb\xbf"
PIECE = 4096  # bytes


def count_rows(files: Sequence[SourceFile], contract: Contract) -> int:
    """The rows of all files together; 0 for what cannot be told (a password, damage, another format)."""
    return sum(_rows_of(source, contract) for source in files)


def _rows_of(source: SourceFile, contract: Contract) -> int:
    form = contract.reading.format
    if form in ("csv", "jsonl"):
        if kind_of(source) is not None:
            return 0
        return max(0, _lines(source) - (form == "csv"))
    if form in ("xlsx", "xls"):
        return max(0, _height(source, contract) - 1)
    if form == "dbf" or source.suffix == ".dbf":
        return _announced(source)
    return _features(source, contract, zipped=form == "shp")


def _lines(source: SourceFile) -> int:
    """Lines that are not blank, no line copied: one may be the whole file."""
    content, start, count = source.content, 0, 0
    if content.startswith(WIDE_BOMS):
        content = content.decode("utf-16", "ignore").encode("utf-8", "ignore")
    end_of_line = b"\n" if b"\n" in content else b"\r"
    while start < len(content):
        end = content.find(end_of_line, start)
        end = len(content) if end < 0 else end
        pieces = (content[at : min(at + PIECE, end)].strip(BLANK) for at in range(start, end, PIECE))
        count += any(pieces)
        start = end + 1
    return count


def _height(source: SourceFile, contract: Contract) -> int:
    import fastexcel

    try:
        refuse_dangerous(source)
        book = fastexcel.read_excel(source.content)
        wanted = contract.reading.sheet
        return int(book.load_sheet(wanted if wanted in book.sheet_names else 0, header_row=None).total_height)
    except (BatchRefused, fastexcel.FastExcelError):
        return 0
    except BaseException as error:  # a panic of the reader is no Exception
        if type(error).__name__ != "PanicException":
            raise
        return 0


def _announced(source: SourceFile) -> int:
    """The records a DBF header announces, at most those the file has room for."""
    records, start, width = (int.from_bytes(source.content[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    return min(records, max(0, len(source.content) - start) // width) if width else 0


def _features(source: SourceFile, contract: Contract, *, zipped: bool = False) -> int:
    import pyogrio

    if zipped and source.suffix != ".zip":
        return 0
    try:
        refuse_dangerous(source) if zipped else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # GDAL remarks on the missing file name of content in memory
            layers = [name for name, _ in pyogrio.list_layers(source.content)]
            layer = contract.reading.sheet if contract.reading.sheet in layers else layers[0]
            return max(0, int(pyogrio.read_info(source.content, layer=layer)["features"]))
    except (BatchRefused, pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, IndexError, ValueError):
        return 0
