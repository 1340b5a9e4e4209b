"""How much memory loading a delivery takes at most, guessed from its files: rows are known only once they are read."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from schemas.contract import Contract
from schemas.errors import BlockdataError
from schemas.home import Home
from transforms.lake.keys import keys_of
from transforms.landing import split_sidecars
from transforms.reading.known_lines import LINE, lines_of, some_lines
from transforms.standing import lines_lately

# Bytes of memory a byte of the file (unpacked, where it is packed) at a first delivery, when every row is new. Measured
# on the made district: 2.4 kB a row, whose cells a JSON line names and a DBF pads, and a sheet wraps in tags.
A_BYTE = {"csv": 16, "dbf": 12, "jsonl": 8, "xlsx": 5}
OTHERWISE = 16
A_KNOWN_BYTE = 4  # of lines that are known as they are: the file itself, the hashes of its lines and what stands
LEAST = 200_000_000  # bytes, of whatever delivery


def memory_of(files: Sequence[Path], contract: Contract, home: Home) -> int:
    """Bytes that loading the files of one delivery needs beside what the process holds anyway (the library's index
    above all)."""
    size, new = sum(map(_unpacked, files)), A_BYTE.get(contract.reading.format, OTHERWISE)
    if size * new <= LEAST:  # so little that nobody need look into it
        return LEAST + size * new
    known = share_known(files, contract, home)
    return LEAST + int(size * (new - known * (new - A_KNOWN_BYTE)))


def share_known(files: Sequence[Path], contract: Contract, home: Home) -> float:
    """The share of a delivery's lines that stand already as they are, told by some of them; 0 where none need be."""
    data, _ = split_sidecars(files, contract)
    if contract.delivery.mode != "snapshot" or len(data) != 1:
        return 0.0
    with suppress(OSError, BlockdataError):  # whoever loads the delivery says what is wrong
        some, lately = some_lines(data[0], contract), lines_lately(home, contract)
        lines = lines_of(some, contract, keys_of(home).token) if some is not None and lately is not None else None
        if lately is not None and lines is not None and lines.form == lately.form:
            told, before = lines.hashes[LINE[0]][lines.head :].unique(), lately.hashes[LINE[0]]
            return before.filter(before.is_in(told.implode())).n_unique() / max(1, told.len())
    return 0.0


def _unpacked(path: Path) -> int:
    """Bytes of a file, of what is packed in it where it is a workbook or an archive; 0 where it has gone meanwhile."""
    if path.suffix.lower() in (".xlsx", ".zip"):
        with suppress(OSError, zipfile.BadZipFile), zipfile.ZipFile(path) as packed:
            return sum(part.file_size for part in packed.infolist())
    with suppress(OSError):
        return path.stat().st_size
    return 0
