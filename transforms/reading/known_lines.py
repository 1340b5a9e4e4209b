"""Lines of a file that were read before: told by a keyed hash of their bytes, so that nobody decodes them again.

A snapshot says every day what it said the day before; of its lines, one in a hundred is new. A line is known when the
same bytes stood under the same header and became a sound row. The others, with the header, are a small file of their
own that any reader reads as it would read the whole: where that could differ (an open quote, another header, a refusal)
the whole file is read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from schemas.contract import Contract
from schemas.errors import BatchRefused
from transforms.reading.delimited import LINE_LIMIT, header_of
from transforms.reading.known_rows import Rows, rest_of_rows, rows_of
from transforms.reading.source import Reading, SourceFile
from transforms.reading.workbook import HEADER_WITHIN

PIECE = 16 * 1024 * 1024  # bytes searched for line ends at once
SPOT, SPOTS = 64 * 1024, 8  # bytes of a place looked at, and how many places, to tell a file by some of its lines
LINE = ("line_1", "line_2")  # the two halves of a line's hash


@dataclass(frozen=True)
class Lines:
    """A file as lines, each of them one record: row number = place + 1.

    `starts`: where each begins, and the end of the last. `head`: how many stand before the first record. `form`: a hash
    of the header, the same for files whose lines mean the same. `hashes`: the columns LINE, a row a line. `rows`: of a
    workbook, whose sheet the `starts` are of.
    """

    starts: np.ndarray
    head: int
    form: str
    hashes: pl.DataFrame
    rows: Rows | None = None

    def without_rows(self) -> Lines:
        """The same once its file is read."""
        return replace(self, rows=None)


def lines_of(source: SourceFile, contract: Contract, secret: bytes) -> Lines | None:
    """The lines of a CSV, DBF or XLSX file; None for other formats, and where a line need not be one record."""
    if contract.reading.format == "xlsx":
        rows = rows_of(source, contract)
        if rows is None:
            return None
        hashes = _hashes(_cut(rows.plain, rows.starts), secret)
        return Lines(rows.starts, HEADER_WITHIN, _digest(rows.form), hashes, rows)
    if contract.reading.format == "csv":
        found = _lines_of_text(source, contract)
    elif contract.reading.format == "dbf":
        found = _records_of_dbase(source)
    else:
        found = None
    if found is None:
        return None
    starts, head, header = found
    return Lines(starts, head, _digest(header), _hashes(_cut(source.content, starts), secret))


def rest_of(source: SourceFile, contract: Contract, lines: Lines, known: np.ndarray) -> tuple[SourceFile, np.ndarray]:
    """The file without the `known` lines, and for each of its rows (from 1) the row number in the whole file.

    An empty line stands where lines of text were left out: what stood apart does not become neighbours.
    """
    keep = ~known
    keep[: lines.head] = True
    if lines.rows is not None:
        return rest_of_rows(source, lines.rows, keep)
    place = np.flatnonzero(keep)
    is_last = np.append(np.diff(place) > 1, True)  # of lines that follow one another
    begins, ends = lines.starts[place[np.append(True, is_last[:-1])]], lines.starts[place[is_last] + 1]
    parts = [source.content[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
    numbers = (place + 1).astype(np.uint32)
    if contract.reading.format == "dbf":
        head = bytearray(source.content[: int(lines.starts[0])])
        head[4:8] = len(place).to_bytes(4, "little")
        content = bytes(head) + b"".join(parts) + b"\x1a"
        return SourceFile(source.name, content, source.shown), numbers
    content = b"\n".join(parts) + (b"" if keep[-1] else b"\n")
    return SourceFile(source.name, content, source.shown), np.insert(numbers, np.flatnonzero(is_last) + 1, 0)


def some_lines(path: Path, contract: Contract) -> SourceFile | None:
    """The first lines of a CSV or DBF file and some from SPOTS places behind them, as a file of its own; None for
    other formats."""
    is_text = contract.reading.format == "csv"
    if not is_text and contract.reading.format != "dbf":
        return None
    with path.open("rb") as file:
        size, first = path.stat().st_size, file.read(SPOT)
        _, start, width = _shape_of_dbase(first) if not is_text else (0, SPOT, 1)
        parts = []
        for number in range(1, SPOTS + 1):
            at = (size - SPOT - start) * number // SPOTS // max(1, width) * width + start
            file.seek(max(at, start))
            parts.append(file.read(SPOT))
    if is_text:  # what stands between two line ends is whole
        lines = [part[part.find(b"\n") + 1 : part.rfind(b"\n") + 1] for part in parts]
        return SourceFile(path.name, first[: first.rfind(b"\n") + 1] + b"".join(lines))
    records = b"".join(part[: len(part) // width * width] for part in parts if width)
    count = (len(records) // max(1, width)).to_bytes(4, "little")
    return SourceFile(path.name, first[:4] + count + first[8:start] + records)


def renumbered(reading: Reading, numbers: np.ndarray, more: int) -> Reading:
    """The reading of a rest, as of the whole file, which has `more` rows."""
    place = pl.Series(numbers)

    def back(frame: pl.DataFrame) -> pl.DataFrame:
        return frame.with_columns(row_number=place.gather(frame["row_number"] - 1))

    return Reading(
        rows=back(reading.rows),
        ignored=back(reading.ignored),
        quarantined=back(reading.quarantined),
        received=reading.received + more,
        warnings=reading.warnings,
        kept_out=back(reading.kept_out) if reading.kept_out is not None else None,
    )


def _lines_of_text(source: SourceFile, contract: Contract) -> tuple[np.ndarray, int, bytes] | None:
    content = source.content
    octets = np.frombuffer(content, np.uint8)
    found = [np.flatnonzero(octets[at : at + PIECE] == ord("\n")) + (at + 1) for at in range(0, len(octets), PIECE)]
    ends = np.concatenate(found) if found else np.zeros(0, np.int64)
    if not len(ends):
        return None
    last = [len(content)] if ends[-1] < len(content) else []
    starts = np.concatenate([[0], ends, last]).astype(np.int64)
    if b'"' in content and _has_odd_quotes(octets, starts):
        return None
    end = int(starts[min(int(np.searchsorted(starts, LINE_LIMIT)), len(starts) - 1)])
    try:
        titles = header_of(SourceFile(source.name, content[:end], source.shown), contract)
    except BatchRefused:
        return None
    head = 0
    for number, (a, b) in enumerate(pairwise(starts[: min(len(starts), 4 * (titles + 2))].tolist())):
        head += content[a:b].strip(b" \t\r\n\xef\xbb\xbf") != b""
        if head == titles + 1:
            return starts, number + 1, content[a:b]
    return None


def _has_odd_quotes(octets: np.ndarray, starts: np.ndarray) -> bool:
    quotes = np.concatenate(
        [np.flatnonzero(octets[at : at + PIECE] == ord('"')) + at for at in range(0, len(octets), PIECE)]
    )
    line = np.searchsorted(starts, quotes, "right")
    return bool((np.unique(line, return_counts=True)[1] % 2).any())


def _records_of_dbase(source: SourceFile) -> tuple[np.ndarray, int, bytes] | None:
    content = source.content
    records, start, width = _shape_of_dbase(content)
    if not records or not width or start + records * width > len(content):
        return None
    return start + width * np.arange(records + 1, dtype=np.int64), 0, content[8:start]


def _shape_of_dbase(content: bytes) -> tuple[int, int, int]:
    """How many records, where the first begins, and the bytes of each, as the header of a DBF file tells them."""
    records, start, width = (int.from_bytes(content[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    return records, start, width


def _cut(content: bytes | np.ndarray, starts: np.ndarray) -> pl.Series:
    """The lines themselves, none of them copied."""
    import pyarrow as pa

    buffers = [None, pa.py_buffer(starts), pa.py_buffer(content)]
    return pl.Series(pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(starts) - 1, buffers))


def _hashes(lines: pl.Series, secret: bytes) -> pl.DataFrame:
    """Two keyed 64-bit hashes of each line. They are Polars' own, stable within one version of it: what is kept of
    them says the version (`transforms.standing`)."""
    seeds = (int.from_bytes(hashlib.sha256(secret + name.encode()).digest()[:8], "big") for name in LINE)
    return pl.DataFrame([lines.hash(seed).alias(name) for name, seed in zip(LINE, seeds, strict=True)])


def _digest(header: bytes) -> str:
    return hashlib.sha256(header).hexdigest()[:16]
